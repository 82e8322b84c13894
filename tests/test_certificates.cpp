#include "tests/test_certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace reprise {
namespace {

template <auto Free>
struct freed {
  template <typename T>
  void operator()(T* owned) const {
    Free(owned);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed<&EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed<&X509_free>>;
using bio_ptr = std::unique_ptr<BIO, freed<&BIO_free_all>>;

void require(bool done) {
  if (!done) throw std::runtime_error{"OpenSSL refused"};
}

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long count = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(count)};
}

bio_ptr reader_of(const std::string& text) {
  return bio_ptr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const made = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  require(made != nullptr && X509_add_ext(certificate, made, -1) == 1);
  X509_EXTENSION_free(made);
}

}  // namespace

test_certificate make_certificate(const certificate_wish& wish, const test_certificate* issuer) {
  static long serial = 0;
  const key_ptr key{EVP_EC_gen("P-256")};
  const certificate_ptr made{X509_new()};
  require(key && made && X509_set_version(made.get(), 2) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), wish.valid_from_seconds);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), wish.valid_until_seconds);
  X509_NAME* const name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
  certificate_ptr issuer_certificate;
  key_ptr issuer_key;
  if (issuer != nullptr) {
    issuer_certificate.reset(
        PEM_read_bio_X509(reader_of(issuer->certificate).get(), nullptr, nullptr, nullptr));
    issuer_key.reset(
        PEM_read_bio_PrivateKey(reader_of(issuer->key).get(), nullptr, nullptr, nullptr));
  }
  X509* const by = issuer_certificate ? issuer_certificate.get() : made.get();
  require(X509_set_issuer_name(made.get(), X509_get_subject_name(by)) == 1);
  require(X509_set_pubkey(made.get(), key.get()) == 1);
  extend(made.get(), by, NID_basic_constraints, wish.authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!wish.alternative.empty()) {
    extend(made.get(), by, NID_subject_alt_name, wish.alternative);
  }
  require(X509_sign(made.get(), issuer_key ? issuer_key.get() : key.get(), EVP_sha256()) > 0);

  const bio_ptr certificate{BIO_new(BIO_s_mem())}, secret{BIO_new(BIO_s_mem())};
  require(PEM_write_bio_X509(certificate.get(), made.get()) == 1);
  require(PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                   nullptr) == 1);
  return {text_of(certificate.get()), text_of(secret.get())};
}

std::shared_ptr<net::ssl::context> make_server_context(const test_certificate& certificate) {
  auto made = std::make_shared<net::ssl::context>(net::ssl::context::tls_server);
  made->use_certificate(net::buffer(certificate.certificate), net::ssl::context::pem);
  made->use_private_key(net::buffer(certificate.key), net::ssl::context::pem);
  return made;
}

}  // namespace reprise
