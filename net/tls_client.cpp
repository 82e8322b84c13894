#include "net/tls_client.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "host/printable.hpp"

namespace reprise {

outcome<std::shared_ptr<net::ssl::context>> make_tls_client(const std::string& ca_file) {
  auto made = std::make_shared<net::ssl::context>(net::ssl::context::tls_client);
  error_code failed;
  made->set_verify_mode(net::ssl::verify_peer, failed);
  if (!failed) made->set_default_verify_paths(failed);
  SSL_CTX* const native = made->native_handle();
  if (failed || SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1) {
    return failure{errc::io_failed, "TLS cannot be set up: " + failed.message()};
  }
  // Thousands of kept connections, idle for most of each second.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  if (ca_file.empty()) return made;
  made->load_verify_file(ca_file, failed);
  if (failed) {
    ERR_clear_error();
    return failure{errc::configuration_invalid,
                   "egress.ca_file: " + printable(ca_file) +
                       ": no certificates in PEM: " + printable(failed.message())};
  }
  return made;
}

bool expect_host(SSL* session, const std::string& host) {
  X509_VERIFY_PARAM* const expected = SSL_get0_param(session);
  error_code no_literal;
  (void)net::ip::make_address(host, no_literal);
  if (!no_literal) return X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1;
  const std::string name = host.substr(0, host.size() - (host.ends_with('.') ? 1 : 0));
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size()) == 1 &&
         SSL_set_tlsext_host_name(session, name.c_str()) == 1;
}

std::string handshake_words(SSL* session, error_code failed) {
  const long verdict = SSL_get_verify_result(session);
  if (verdict != X509_V_OK) {
    return std::string{"the certificate was refused: "} + X509_verify_cert_error_string(verdict);
  }
  if (failed == net::error::eof || failed == net::ssl::error::stream_truncated) {
    return "closed in the TLS handshake";
  }
  if (failed.category() == net::error::get_ssl_category()) {
    const char* const reason = ERR_reason_error_string(static_cast<unsigned long>(failed.value()));
    if (reason != nullptr) return std::string{"the TLS handshake failed: "} + reason;
  }
  return "the TLS handshake failed: " + failed.message();
}

}  // namespace reprise
