#include "net/plain_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/simulate/byte_server.hpp"
#include "net/simulate/service_calls.hpp"
#include "tests/simulate_support.hpp"

namespace reprise {
namespace {

using testing::HasSubstr;

// A server that answers what a function says, byte for byte; false ends the connection behind it.
struct told_answer {
  std::string bytes;
  bool goes_on = true;
};
class told_server {
 public:
  using teller = std::function<told_answer(const request_head&, const std::string& body)>;
  explicit told_server(teller tell)
      : server{*byte_server::listen(
            io, {.listen = {net::ip::address_v4::loopback(), 0}, .body_bytes_max = 65'536},
            [told = std::move(tell)](byte_peer& to, request_head head,
                                     std::string body) -> net::awaitable<bool> {
              told_answer answer = told(head, body);
              const bool written = co_await to.write(std::move(answer.bytes));
              co_return written&& answer.goes_on;
            })},
        network{io} {}
  [[nodiscard]] std::string url(const std::string& path) const {
    return http_url(server->address()) + path;
  }
  net::io_context io{1};
  std::unique_ptr<byte_server> server;
  network_thread network;
};

TEST(PlainClient, SendsMethodHeadersAndBodyAndReadsTheAnswer) {
  const told_server server{[](const request_head& head, const std::string& body) {
    return told_answer{http_answer(201, head.method + " " + head.target + " " +
                                            std::string{head.header("x-a")} + " " +
                                            std::string{head.header("content-type")} + " " + body)};
  }};
  plain_client client;
  const auto answer = client.send({.method = "PUT",
                                   .url = server.url("/a/b?c=d"),
                                   .headers = {{"X-A", "1"}},
                                   .content_type = "text/plain",
                                   .body = "hello"});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 201U);
  EXPECT_EQ(answer->body, "PUT /a/b?c=d 1 text/plain hello");
}

TEST(PlainClient, AsksAgainWhereAKeptConnectionHasEnded) {
  std::atomic<int> asked = 0;
  const told_server server{[&](const request_head&, const std::string&) {
    ++asked;
    return told_answer{http_answer(200, "x"), false};  // says nothing of its closing
  }};
  plain_client client;
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.send({.url = server.url("/")});
    ASSERT_TRUE(answer) << answer.error().what;
  }
  EXPECT_EQ(asked, 3);
}

TEST(PlainClient, StreamsABodyOfAnyLengthInPieces) {
  constexpr std::size_t size = 3'000'000;
  const told_server server{[&](const request_head&, const std::string&) {
    return told_answer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                       (std::string{"2dc6c0\r\n"} + std::string(size, 'x')) + "\r\n0\r\n\r\n"};
  }};
  plain_client client;
  const auto stream = client.open({.url = server.url("/")});
  ASSERT_TRUE(stream);
  std::array<char, 10'000> piece;
  std::size_t taken = 0;
  for (;;) {
    const auto read = stream->body->read(piece);
    ASSERT_TRUE(read);
    if (*read == 0) break;
    taken += *read;
  }
  EXPECT_EQ(taken, size);
  const auto small = client.send({.url = server.url("/"), .answer_bytes_max = 1'000});
  ASSERT_FALSE(small);
  EXPECT_THAT(small.error().what, HasSubstr("more than 1000 bytes"));
}

TEST(PlainClient, SaysWhatIsWrong) {
  plain_client client;
  for (const char* url : {"", "https://a/", "ftp://a/", "http://u:p@a/", "http://", "a b"}) {
    const auto answer = client.send({.url = url});
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().code, errc::usage) << url;
  }
  std::string gone;
  {
    const told_server server{[](const request_head&, const std::string&) { return told_answer{}; }};
    gone = server.url("/");
  }
  const auto refused = client.send({.url = gone});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::io_failed);
  const told_server broken{[](const request_head&, const std::string&) {
    return told_answer{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nxx", false};
  }};
  EXPECT_FALSE(client.send({.url = broken.url("/")}));
}

TEST(PlainClient, GivesUpASilentServer) {
  const told_server silent{[](const request_head&, const std::string&) { return told_answer{}; }};
  plain_client client;
  const auto answer =
      client.send({.url = silent.url("/"), .timeout = std::chrono::milliseconds{50}});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, HasSubstr("no answer in time"));
}

TEST(ServiceCalls, ReadWhatTheServiceShowsOfAChannel) {
  const told_server server{[](const request_head& head, const std::string&) {
    EXPECT_EQ(head.header("authorization"), "Bearer rpr_x");
    EXPECT_EQ(head.target, "/channels/a");
    return told_answer{
        http_answer(200, R"({"name":"a","source_url":null,"reporting_url":"http://s/",
      "similarity":0.9,"still":"skip","min_lag_seconds":2,"window_seconds":100,"top_k":3,
      "report_empty":true,"gaps":{"timeout":4,"late":1},"durable_through":17})")};
  }};
  service_calls service{server.url("/"), "rpr_x"};
  const auto seen = service.channel("a");
  ASSERT_TRUE(seen) << seen.error().what;
  EXPECT_EQ(seen->gaps[static_cast<std::size_t>(gap_reason::timeout)], 4U);
  EXPECT_EQ(seen->gaps[static_cast<std::size_t>(gap_reason::late)], 1U);
  EXPECT_EQ(seen->durable_through, 17);
  EXPECT_EQ(seen->settings, (channel_settings{.reporting_url = "http://s/",
                                              .similarity = 0.9,
                                              .still = still_policy::skip,
                                              .min_lag_seconds = 2,
                                              .window_seconds = 100,
                                              .top_k = 3,
                                              .report_empty = true}));
}

TEST(ServiceCalls, TellWhyTheServiceRefuses) {
  const told_server server{[](const request_head&, const std::string&) {
    return told_answer{
        http_answer(422, R"({"code":"url_blocked","detail":"127.0.0.1 is\nno public address"})")};
  }};
  service_calls service{server.url(""), ""};
  const auto put = service.put_channel("a", simulated_settings("http://127.0.0.1/", ""));
  ASSERT_FALSE(put);
  EXPECT_THAT(put.error().what, HasSubstr("/channels/a: 422 url_blocked: 127.0.0.1 is\\x0ano"));
  EXPECT_THAT(put.error().what, HasSubstr("[egress] allow"));
}

TEST(ServiceCalls, ReadTheNamesOfAllPagesAndAnEmptyExport) {
  const told_server server{[](const request_head& head, const std::string&) {
    if (head.target == "/channels") {
      return told_answer{http_answer(200, R"({"items":[{"name":"a"}],"next":"a"})")};
    }
    if (head.target == "/channels?cursor=a") {
      return told_answer{http_answer(200, R"({"items":[{"name":"b"}],"next":null})")};
    }
    return told_answer{http_answer(200, "", "Content-Type: application/x-ndjson\r\n")};
  }};
  service_calls service{server.url(""), ""};
  EXPECT_EQ(*service.channel_names(), (std::vector<std::string>{"a", "b"}));
  const auto seconds = service.exported("a");
  ASSERT_TRUE(seconds) << seconds.error().what;
  EXPECT_TRUE(seconds->empty());
}

}  // namespace
}  // namespace reprise
