// The client over TLS: whom it trusts, and what it says of those that it does not.
#include <stdlib.h>

#include <fstream>

#include "tests/http_client_support.hpp"
#include "tests/test_certificates.hpp"

namespace reprise {
namespace {

class HttpClientTls : public HttpClient {
 protected:
  HttpClientTls() {
    char folder[] = "/tmp/reprise-tls-XXXXXX";
    if (::mkdtemp(folder) != nullptr) folder_ = folder;
    std::ofstream{ca_file()} << authority_.certificate;
    make({.ca_file = ca_file()});
    lookup_.script("cam.example", {{"127.0.0.1"}});
    lookup_.script("other.example", {{"127.0.0.1"}});
  }
  ~HttpClientTls() override {
    ::unlink(ca_file().c_str());
    ::rmdir(folder_.c_str());
  }
  [[nodiscard]] std::string ca_file() const { return folder_ + "/authorities.pem"; }
  [[nodiscard]] scripted_server serve_tls(const certificate_wish& wish, bool signed_by_us = true,
                                          server_script script = answering(plain_answer("x"))) {
    return scripted_server{
        io_,
        {std::move(script)},
        make_server_context(make_certificate(wish, signed_by_us ? &authority_ : nullptr))};
  }
  [[nodiscard]] static std::string url(const scripted_server& server, const std::string& host) {
    return "https://" + host + ":" + std::to_string(server.port()) + "/?key=secret";
  }
  void expect_refused(const scripted_server& server, const std::string& host,
                      const std::string& words) {
    EXPECT_EQ(ask(url(server, host)), "tls");
    EXPECT_NE(what_.find(words), std::string::npos) << what_;
    EXPECT_EQ(what_.find("secret"), std::string::npos) << what_;
    EXPECT_TRUE(server.requests().empty());
    EXPECT_EQ(metric("reprise_connections_open"), 0);
  }

  const test_certificate authority_ =
      make_certificate({.name = "authority", .authority = true}, nullptr);
  const certificate_wish good_{.alternative = "DNS:cam.example,IP:127.0.0.1"};
  std::string folder_;
};

TEST_F(HttpClientTls, TrustsAServerByNameAndByAddress) {
  const auto server = serve_tls(good_);
  for (const char* host : {"cam.example", "CAM.example", "127.0.0.1", "cam.example."}) {
    if (std::string_view{host}.ends_with('.')) lookup_.script(host, {{"127.0.0.1"}});
    EXPECT_EQ(ask(url(server, host)), "200 x") << what_;
  }
}

// What the servers of a test were asked for by name, "" where by none.
int note_name(SSL* session, int*, void* names) {
  const char* const name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
  static_cast<std::vector<std::string>*>(names)->emplace_back(name == nullptr ? "" : name);
  return SSL_TLSEXT_ERR_OK;
}

TEST_F(HttpClientTls, NamesTheHostInTheHandshakeAndNoAddress) {
  const auto context = make_server_context(make_certificate(good_, &authority_));
  std::vector<std::string> names;
  SSL_CTX_set_tlsext_servername_callback(context->native_handle(), note_name);
  SSL_CTX_set_tlsext_servername_arg(context->native_handle(), &names);
  const scripted_server server{io_, {answering(plain_answer("x"))}, context};
  lookup_.script("cam.example.", {{"127.0.0.1"}});
  for (const char* host : {"cam.example", "cam.example.", "127.0.0.1"}) {
    EXPECT_EQ(ask(url(server, host)), "200 x") << what_;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"cam.example", "cam.example", ""}));
}

TEST_F(HttpClientTls, KeepsOneConnectionForManyExchanges) {
  const auto server = serve_tls(good_);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(url(server, "cam.example")), "200 x") << what_;
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(HttpClientTls, RefusesAnExpiredCertificate) {
  certificate_wish expired = good_;
  expired.valid_until_seconds = -60;
  expect_refused(serve_tls(expired), "cam.example", "certificate has expired");
}

TEST_F(HttpClientTls, RefusesACertificateOfTheFuture) {
  certificate_wish early = good_;
  early.valid_from_seconds = 1'800;
  expect_refused(serve_tls(early), "cam.example", "certificate is not yet valid");
}

TEST_F(HttpClientTls, RefusesACertificateOfAnotherHost) {
  const auto server = serve_tls(good_);
  expect_refused(server, "other.example", "hostname mismatch");
  const auto named = serve_tls({.alternative = "DNS:cam.example"});
  expect_refused(named, "127.0.0.1", "IP address mismatch");
}

TEST_F(HttpClientTls, DoesNotGiveAConnectionOfOneHostToAnother) {
  const auto server = serve_tls(good_);
  EXPECT_EQ(ask(url(server, "cam.example")), "200 x");
  EXPECT_EQ(ask(url(server, "other.example")), "tls");
}

TEST_F(HttpClientTls, RefusesACertificateThatNobodyVouchesFor) {
  expect_refused(serve_tls(good_, false), "cam.example", "self-signed certificate");
  const test_certificate stranger = make_certificate({.name = "stranger", .authority = true}, {});
  const scripted_server server{
      io_, {answering(plain_answer("x"))}, make_server_context(make_certificate(good_, &stranger))};
  expect_refused(server, "cam.example", "the certificate was refused");
}

TEST_F(HttpClientTls, TrustsOnlyTheSystemsAuthoritiesWithoutAFile) {
  make({});
  expect_refused(serve_tls(good_), "cam.example", "the certificate was refused");
}

TEST_F(HttpClientTls, RefusesAnOldVersionOfTheProtocol) {
  const auto context = make_server_context(make_certificate(good_, &authority_));
  ASSERT_EQ(SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_VERSION), 1);
  ASSERT_EQ(SSL_CTX_set_max_proto_version(context->native_handle(), TLS1_1_VERSION), 1);
  ASSERT_EQ(SSL_CTX_set_cipher_list(context->native_handle(), "ALL:@SECLEVEL=0"), 1);
  const scripted_server old{io_, {answering(plain_answer("x"))}, context};
  expect_refused(old, "cam.example", "version");
}

TEST_F(HttpClientTls, TakesTheOldestVersionThatIsAllowed) {
  const auto context = make_server_context(make_certificate(good_, &authority_));
  ASSERT_EQ(SSL_CTX_set_max_proto_version(context->native_handle(), TLS1_2_VERSION), 1);
  const scripted_server server{io_, {answering(plain_answer("x"))}, context};
  EXPECT_EQ(ask(url(server, "cam.example")), "200 x") << what_;
}

TEST_F(HttpClientTls, NeverSpeaksPlainToAServerThatDoes) {
  const auto server = serve({{step::send, plain_answer("x")}, {step::hang}});
  EXPECT_EQ(ask(url(server, "cam.example")), "tls");
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpClientTls, SaysThatTheHandshakeWasCutShort) {
  expect_refused(serve({{step::close}}), "cam.example", "TLS handshake");
}

TEST_F(HttpClientTls, WaitsForAHandshakeNoLongerThanTheDeadline) {
  const auto server = serve({{step::hang}});
  EXPECT_EQ(ask(get(url(server, "cam.example"), brief)), "timeout");
  EXPECT_NE(what_.find("in the TLS handshake"), std::string::npos) << what_;
}

// Without its goodbye a connection may have been cut by anyone: the body's end is not known.
TEST_F(HttpClientTls, DoesNotTakeACutConnectionForTheEndOfABody) {
  const auto server = serve_tls(
      good_, true, {{step::request}, {step::send, "HTTP/1.1 200 OK\r\n\r\nabc"}, {step::close}});
  EXPECT_EQ(ask(url(server, "cam.example")), "connect");
}

TEST_F(HttpClientTls, NeverTakesBytesBehindAnAnswerForTheNextOne) {
  const auto server = serve_tls(good_, true,
                                {{step::request},
                                 {step::send, plain_answer("x")},
                                 {step::send, plain_answer("stale")},
                                 {step::hang}});
  for (int i = 0; i < 3; ++i) {
    const std::string seen = ask(url(server, "cam.example"));
    EXPECT_TRUE(seen == "200 x" || seen == "framing") << seen;
  }
  EXPECT_EQ(server.connections(), 3u);
}

TEST_F(HttpClientTls, ReadsItsAuthoritiesAnewAndKeepsThemIfItCannot) {
  const auto server = serve_tls(good_);
  EXPECT_EQ(ask(url(server, "cam.example")), "200 x");
  const auto refused = client_->reload(folder_ + "/missing.pem");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::configuration_invalid);
  EXPECT_EQ(ask(url(server, "cam.example")), "200 x");
  ASSERT_TRUE(client_->reload(""));
  EXPECT_EQ(ask(url(server, "cam.example")), "tls");  // the kept connection is gone, too
  ASSERT_TRUE(client_->reload(ca_file()));
  EXPECT_EQ(ask(url(server, "cam.example")), "200 x");
}

TEST_F(HttpClientTls, DoesNotKeepAConnectionAcrossAReload) {
  const auto server =
      serve_tls(good_, true, {{step::request}, {step::drip, plain_answer("x")}, {step::again}});
  std::optional<exchange_result> seen;
  client_->start(get(url(server, "cam.example")), [&](exchange_result r) { seen = std::move(r); });
  run_until([&] { return server.requests().size() == 1; });
  ASSERT_TRUE(client_->reload(""));
  run_until([&] { return seen.has_value(); });
  EXPECT_TRUE(*seen);
  EXPECT_EQ(metric("reprise_connections_idle"), 0);
}

}  // namespace
}  // namespace reprise
