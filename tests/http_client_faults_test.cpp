// Sources and sinks that break the rules: each fault with the reason that its tick gets.
#include <new>
#include <string>

#include "tests/http_client_support.hpp"

namespace reprise {
namespace {

using HttpClientFaults = HttpClient;

TEST_F(HttpClientFaults, RefusedConnectionIsConnect) {
  std::string url;
  { url = serve({}).url(); }
  EXPECT_EQ(ask(url + "?key=secret"), "connect");
  EXPECT_NE(what_.find("Connection refused"), std::string::npos) << what_;
  EXPECT_EQ(what_.find("secret"), std::string::npos);
}

TEST_F(HttpClientFaults, HangingSourceIsTimeoutAndItsConnectionIsReset) {
  const auto server = serve({{step::request}, {step::hang}});
  EXPECT_EQ(ask(get(server.url(), brief)), "timeout");
  run_until([&] { return !server.ends().empty(); });
  EXPECT_EQ(server.ends().at(0), net::error::connection_reset);
  EXPECT_EQ(metric("reprise_connections_open"), 0);
  EXPECT_NE(what_.find("waiting for the answer"), std::string::npos) << what_;
}

TEST_F(HttpClientFaults, OneWhoseAnswerFindsNoMemoryIsLostAlone) {
  const auto server = serve(answering(plain_answer("x")));
  bool told = false;
  client_->start(get(server.url()), [&](const exchange_result&) {
    told = true;
    throw std::bad_alloc{};
  });
  run_until([&] { return told; });
  EXPECT_EQ(ask(server), "200 x");
}

TEST_F(HttpClientFaults, DrippingSourceIsTimeout) {
  const std::string endless(exchange_bytes_max, 'x');
  for (const std::string& begin :
       {std::string{"HTTP/1.1 200 OK\r\nX: "}, plain_answer("").substr(0, 15),
        std::string{"HTTP/1.1 200 OK\r\n\r\n"}}) {
    const auto server = serve({{step::request}, {step::drip, begin + endless}});
    EXPECT_EQ(ask(get(server.url(), brief)), "timeout");
  }
}

TEST_F(HttpClientFaults, DeadlineThatHasPassedIsTimeout) {
  const auto server = serve(answering(plain_answer("x")));
  EXPECT_EQ(ask(get(server.url(), -1s)), "timeout");
}

TEST_F(HttpClientFaults, SinkThatDoesNotReadIsTimeout) {
  const auto server = serve({{step::request}, {step::hang}});
  exchange_request request = post(server.url(), std::string(64 << 20, ' '));
  request.deadline = core_.clock().steady() + brief;
  EXPECT_EQ(ask(std::move(request)), "timeout");
}

TEST_F(HttpClientFaults, AnswerThatDripsInTimeIsAnAnswer) {
  const auto server = serve({{step::request},
                             {step::drip,
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n"},
                             {step::again}});
  EXPECT_EQ(ask(server), "200 abcde");
  EXPECT_EQ(ask(server), "200 abcde");
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(HttpClientFaults, EarlyCloseIsConnectAndSaysWhere) {
  const auto silent = serve({{step::request}, {step::close}});
  EXPECT_EQ(ask(silent), "connect");
  EXPECT_NE(what_.find("closed without an answer"), std::string::npos) << what_;
  for (const char* part : {"H", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 100 Continue\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    const auto server = serve({{step::request}, {step::send, part}, {step::close}});
    EXPECT_EQ(ask(server), "connect") << part;
    EXPECT_NE(what_.find("closed in the middle"), std::string::npos) << what_;
  }
}

TEST_F(HttpClientFaults, ResetIsConnect) {
  const auto server = serve({{step::request}, {step::send, "HTTP/1.1 200 OK\r\n"}, {step::reset}});
  EXPECT_EQ(ask(server), "connect");
}

TEST_F(HttpClientFaults, StatusesAreAnswersAndNeverFollowed) {
  for (const char* status :
       {"204 No Content", "301 Moved", "302 Found", "304 Not Modified", "307 Temporary Redirect",
        "404 Not Found", "410 Gone", "500 Oops", "503 Busy"}) {
    const bool bodiless =
        std::string_view{status}.starts_with("204") || std::string_view{status}.starts_with("304");
    const auto server = serve(answering("HTTP/1.1 " + std::string{status} +
                                        "\r\nLocation: http://127.0.0.1:9/\r\n" +
                                        (bodiless ? "\r\n" : "Content-Length: 1\r\n\r\nx")));
    EXPECT_EQ(ask(server), std::string{status}.substr(0, 3) + (bodiless ? " " : " x"));
    EXPECT_EQ(server.requests().size(), 1u);
  }
}

TEST_F(HttpClientFaults, OldProtocolVersionIsRead) {
  const auto server =
      serve({{step::request}, {step::send, "HTTP/1.0 200 OK\r\n\r\nabc"}, {step::close}});
  EXPECT_EQ(ask(server), "200 abc");
}

TEST_F(HttpClientFaults, TwoAnswersInOnePacketAreFraming) {
  const auto server = serve(answering(plain_answer("x") + plain_answer("y")));
  EXPECT_EQ(ask(server), "framing");
  EXPECT_NE(what_.find("bytes follow the answer"), std::string::npos) << what_;
  EXPECT_EQ(ask(server), "framing");
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(HttpClientFaults, OneInterimAnswerIsSkippedAndAStormIsFraming) {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(ask(serve(answering(interim + plain_answer("x")))), "200 x");
  EXPECT_EQ(ask(serve(answering(interim + interim + plain_answer("x")))), "framing");
  EXPECT_EQ(ask(serve({{step::request}, {step::flood, interim}})), "framing");
  EXPECT_EQ(ask(serve(answering("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n"))), "framing");
}

TEST_F(HttpClientFaults, EndlessAnswersAreTooLarge) {
  const std::string head = "HTTP/1.1 200 OK\r\n", chunked = "Transfer-Encoding: chunked\r\n\r\n";
  const std::vector<std::pair<std::string, std::string>> floods = {
      {head, "X: y\r\n"},
      {head + "X: ", "y"},
      {"HTTP/1.1 200 ", "O"},
      {head + "\r\n", "body"},
      {head + chunked, "1\r\nx\r\n"},
      {head + chunked + "1;", std::string(1 << 20, 'e')},        // a chunk extension of 1 MB
      {head + chunked + "0\r\nT: ", std::string(100'000, 't')},  // trailers of 100 KB
      {head + chunked + "0\r\n", "T: t\r\n"}};
  for (const auto& [begin, more] : floods) {
    const auto server = serve({{step::request}, {step::send, begin}, {step::flood, more}});
    EXPECT_EQ(ask(server), "too_large") << begin << more.substr(0, 10);
  }
  for (const char* length : {"16384", "1000000", "18446744073709551615"}) {
    const auto server =
        serve(answering(head + "Content-Length: " + std::string{length} + "\r\n\r\n"));
    EXPECT_EQ(ask(server), "too_large") << length;
  }
}

TEST_F(HttpClientFaults, WhatIsNotHttpIsFraming) {
  const std::string head = "HTTP/1.1 200 OK\r\n", chunked = "Transfer-Encoding: chunked\r\n";
  for (const std::string& bytes : {
           std::string{"SSH-2.0-OpenSSH_9.2\r\n"},
           std::string(128, '\xaa'),  // HTTP/0.9
           std::string{"HTTP/2.0 200 OK\r\n\r\n"},
           std::string{"HTTP/1.1 20 OK\r\n\r\n"},
           std::string{"HTTP/1.1 000 OK\r\n\r\n"},
           std::string{"HTTP/1.1 999 OK\r\n\r\n"},
           std::string{"HTTP/1.1 200 OK\n\n"},  // bare LF
           head + "X: a\r\n b\r\n\r\n",         // obs-fold
           head + "X : a\r\n\r\n",
           head + std::string{"X: a\0b\r\n\r\n", 10},
           head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
           head + "Content-Length: -1\r\n\r\n",
           head + "Content-Length: 1x\r\n\r\n",
           head + "Content-Length: 1\r\n" + chunked + "\r\n1\r\nx\r\n0\r\n\r\n",
           head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           head + "Transfer-Encoding: gzip\r\n\r\nxx",
           head + chunked + chunked + "\r\n0\r\n\r\n",
           "HTTP/1.0 200 OK\r\n" + chunked + "\r\n0\r\n\r\n",
           head + chunked + "\r\nxyz\r\n",
           head + chunked + "\r\n3\r\nabcd\r\n0\r\n\r\n",
           head + chunked + "\r\n-1\r\nx\r\n0\r\n\r\n",
           head + chunked + "\r\nfffffffffffffffff\r\nx\r\n0\r\n\r\n",
           head + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b",
           head + "X-Frame-Time: 1\r\nX-Frame-Time: 2\r\nContent-Length: 0\r\n\r\n",
       }) {
    const auto server = serve({{step::request}, {step::send, bytes}, {step::hang}});
    EXPECT_EQ(ask(server), "framing") << bytes;
  }
}

TEST_F(HttpClientFaults, SinkNeedsNoBodyThatCanBeRead) {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const std::vector<server_script> scripts = {
      answering(head + "Content-Length: 1000000\r\n\r\n"),
      answering(head + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"),
      {{step::request}, {step::send, head + "\r\n"}, {step::flood, "body"}}};
  for (const server_script& script : scripts) {
    const auto server = serve(script);
    EXPECT_EQ(ask(post(server.url(), "{}")), "200 ");
  }
  const auto endless = serve({{step::request}, {step::send, head}, {step::flood, "X: y\r\n"}});
  EXPECT_EQ(ask(post(endless.url(), "{}")), "too_large");
}

}  // namespace
}  // namespace reprise
