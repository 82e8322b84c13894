// The client at work: requests as they are sent, connections kept, names looked up and judged.
#include "net/http_client.hpp"

#include <sys/resource.h>

#include "tests/http_client_support.hpp"

namespace reprise {
namespace {

TEST_F(HttpClient, SendsARequestAndGivesTheAnswer) {
  const auto server = serve(
      answering("HTTP/1.1 200 OK\r\nX-Frame-Time: 1700000000\r\nContent-Length: 3\r\n\r\nabc"));
  exchange_request request = get(server.url("/live?key=1"));
  request.headers = {{"Authorization", "Bearer x"}, {"accept", "application/octet-stream"}};
  const steady_time before = core_.clock().steady();
  const exchange_result result = finish(std::move(request));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200u);
  EXPECT_EQ(result->body, "abc");
  EXPECT_EQ(result->frame_time, "1700000000");
  EXPECT_FALSE(result->retry_after);
  EXPECT_GE(result->received, before);
  EXPECT_LE(result->received, core_.clock().steady());
  EXPECT_EQ(server.requests().at(0),
            "GET /live?key=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                "\r\nAccept-Encoding: identity\r\nUser-Agent: reprise/0.1.0\r\n"
                "Authorization: Bearer x\r\naccept: application/octet-stream\r\n\r\n");
}

TEST_F(HttpClient, PostsABodyAndReadsWhenToTryAgain) {
  const auto server = serve(
      answering("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"));
  const exchange_result result = finish(post(server.url(), "{\"a\":1}"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 429u);
  EXPECT_EQ(result->retry_after, "7");
  const std::string& sent = server.requests().at(0);
  EXPECT_TRUE(sent.starts_with("POST / HTTP/1.1\r\n"));
  EXPECT_NE(sent.find("\r\nContent-Type: application/json\r\n"), std::string::npos);
  EXPECT_TRUE(sent.ends_with("\r\nContent-Length: 7\r\n\r\n{\"a\":1}"));
}

TEST_F(HttpClient, ReadsTheAnswerToAPostAsFarAsThatIsAskedFor) {
  const std::string body(50'000, 'x');
  const auto server = serve(answering(plain_answer(body)));
  exchange_request request = post(server.url(), "{}");
  EXPECT_EQ(finish(request)->body, "");  // its status is all that counts
  request.answer_wanted = true;
  request.answer_bytes_max = 60'000;
  EXPECT_EQ(finish(request)->body, body);
  request.answer_bytes_max = 50'000;
  EXPECT_EQ(ask(request), "too_large");
}

TEST_F(HttpClient, RefusesHeadersThatWouldMakeAnotherMessage) {
  const auto server = serve(answering(plain_answer("x")));
  for (const header_field& field : std::vector<header_field>{{"X", "a\r\nY: b"},
                                                             {"X\r\nY", "a"},
                                                             {"X", std::string{"a\0b", 3}},
                                                             {"", "a"},
                                                             {"X Y", "a"},
                                                             {"host", "other"},
                                                             {"Content-Length", "0"},
                                                             {"transfer-encoding", "chunked"},
                                                             {"Connection", "close"}}) {
    exchange_request request = get(server.url());
    request.headers = {field};
    EXPECT_EQ(ask(std::move(request)), "framing") << field.name;
  }
  EXPECT_EQ(server.connections(), 0u);
}

TEST_F(HttpClient, KeepsOneConnectionForManyExchanges) {
  const auto server = serve(answering(plain_answer("x")));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ask(server), "200 x");
  EXPECT_EQ(ask(post(server.url(), "{}")), "200 ");
  EXPECT_EQ(server.connections(), 1u);
  EXPECT_EQ(metric("reprise_connections_opened_total"), 1);
  EXPECT_EQ(metric("reprise_connections_reused_total"), 100);
  EXPECT_EQ(metric("reprise_connections_open"), 1);
}

TEST_F(HttpClient, OpensAsManyConnectionsAsExchangesAreUnderWay) {
  const auto server = serve(answering(plain_answer("x")));
  int answered = 0;
  for (int i = 0; i < 50; ++i) {
    client_->start(get(server.url()), [&](const exchange_result& r) { answered += r ? 1 : 0; });
  }
  run_until([&] { return answered == 50; });
  EXPECT_LE(server.connections(), 50u);
  EXPECT_EQ(metric("reprise_connections_idle"), metric("reprise_connections_open"));
}

TEST_F(HttpClient, ClosesAConnectionWhenTheAnswerSaysSo) {
  const auto closing =
      serve(answering("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"));
  const auto old = serve(answering("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask(closing), "200 x");
    EXPECT_EQ(ask(old), "200 x");
  }
  EXPECT_EQ(closing.connections(), 3u);
  EXPECT_EQ(old.connections(), 3u);
  EXPECT_EQ(metric("reprise_connections_open"), 0);
}

TEST_F(HttpClient, NoticesThatAKeptConnectionWasClosedMeanwhile) {
  for (const step end : {step::close, step::reset}) {
    const auto server = serve({{step::request}, {step::send, plain_answer("x")}, {end}});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(server), "200 x");
    EXPECT_EQ(server.connections(), 3u);
  }
}

TEST_F(HttpClient, AsksOnceMoreWhenAKeptConnectionDiesAsItIsUsed) {
  for (const step end : {step::close, step::reset}) {
    const scripted_server server{
        io_,
        {{{step::request}, {step::send, plain_answer("x")}, {step::request}, {end}},
         answering(plain_answer("y"))}};
    EXPECT_EQ(ask(server), "200 x");
    EXPECT_EQ(ask(post(server.url(), "{}")), "200 ");
    EXPECT_EQ(server.connections(), 2u);
    EXPECT_EQ(server.requests().size(), 3u);
  }
}

TEST_F(HttpClient, DoesNotAskAgainOnceAnAnswerHasBegun) {
  const auto server = serve({{step::request},
                             {step::send, plain_answer("x")},
                             {step::request},
                             {step::send, "HTTP/1.1 2"},
                             {step::close}});
  EXPECT_EQ(ask(server), "200 x");
  EXPECT_EQ(ask(server), "connect");
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(HttpClient, NeverTakesLateBytesForTheNextAnswer) {
  const auto server = serve({{step::request},
                             {step::send, plain_answer("x")},
                             {step::drip, plain_answer("stale")},
                             {step::hang}});
  // Whether the first of them come along with the answer is the network's choice.
  for (int i = 0; i < 10; ++i) {
    const std::string seen = ask(server);
    EXPECT_TRUE(seen == "200 x" || seen == "framing") << seen;
  }
}

TEST_F(HttpClient, ClosesIdleConnectionsAfterTheirTime) {
  make({.idle_for = 1ms});
  const auto server = serve({{step::request}, {step::send, plain_answer("x")}, {step::hang}});
  EXPECT_EQ(ask(server), "200 x");
  EXPECT_EQ(metric("reprise_connections_idle"), 1);
  run_until([&] { return !server.ends().empty(); });
  EXPECT_EQ(metric("reprise_connections_open"), 0);
}

TEST_F(HttpClient, FailsWithOverloadBeyondItsConnections) {
  make({.connections_max = 2});
  const auto server = serve({{step::request}, {step::hang}});
  for (int i = 0; i < 2; ++i) client_->start(get(server.url()), [](const exchange_result&) {});
  run_until([&] { return server.requests().size() == 2; });
  EXPECT_EQ(ask(server), "overload");
  EXPECT_EQ(metric("reprise_connections_open"), 2);
}

TEST_F(HttpClient, ClosesTheOldestIdleConnectionForANewOne) {
  make({.connections_max = 2});
  std::vector<std::unique_ptr<scripted_server>> servers;
  for (int i = 0; i < 4; ++i) {
    servers.push_back(std::make_unique<scripted_server>(
        io_, std::vector<server_script>{answering(plain_answer("x"))}));
    EXPECT_EQ(ask(*servers.back()), "200 x");
  }
  EXPECT_EQ(metric("reprise_connections_idle"), 2);
  EXPECT_EQ(ask(*servers[3]), "200 x");
  EXPECT_EQ(servers[3]->connections(), 1u);
  EXPECT_EQ(ask(*servers[0]), "200 x");
  EXPECT_EQ(servers[0]->connections(), 2u);
}

TEST_F(HttpClient, KeepsFileDescriptorsInReserve) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit small{files_reserved + 5, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &small), 0);
  make({});
  EXPECT_EQ(metric("reprise_connections_limit"), 5);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST_F(HttpClient, FailsWithOverloadWhenTheProcessMayOpenNoMoreFiles) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer needs a descriptor to look at an object's type";
#endif
  const auto server = serve(answering(plain_answer("x")));
  io_.poll();  // so that it listens
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{3, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const std::string seen = ask(server);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(seen, "overload");
  EXPECT_EQ(ask(server), "200 x");
}

TEST_F(HttpClient, ConnectsToTheAddressThatWasJudgedAndSaysTheName) {
  const auto server = serve(answering(plain_answer("x")));
  lookup_.script("cam.example", {{"127.0.0.1"}});
  EXPECT_EQ(ask("http://CAM.example:" + std::to_string(server.port()) + "/"), "200 x");
  EXPECT_NE(server.requests().at(0).find("\r\nHost: cam.example:" + std::to_string(server.port())),
            std::string::npos);
}

TEST_F(HttpClient, TriesTheOtherAddressesOfAName) {
  const auto server = serve(answering(plain_answer("x")));
  lookup_.script("cam.example", {{"127.0.0.2", "127.0.0.1"}});  // nobody listens at the first
  const std::string url = "http://cam.example:" + std::to_string(server.port()) + "/";
  EXPECT_EQ(ask(url), "200 x");
  EXPECT_EQ(metric("reprise_connections_opened_total"), 2);
  EXPECT_EQ(ask(url), "200 x");
  EXPECT_EQ(metric("reprise_connections_opened_total"), 2);
}

TEST_F(HttpClient, SaysWhatBecameOfTheName) {
  EXPECT_EQ(ask("http://nobody.example/?key=secret"), "dns");
  EXPECT_EQ(what_, "nobody.example: no such name");
  lookup_.hanging = true;
  EXPECT_EQ(ask(get("http://slow.example/", brief)), "timeout");
  EXPECT_EQ(what_, "slow.example: the deadline passed while looking up the name");
  EXPECT_EQ(metric("reprise_dns_failures_total"), 1);
  EXPECT_EQ(metric("reprise_dns_lookups_total"), 2);
}

TEST_F(HttpClient, BlocksDeniedAddressesInUrls) {
  for (const char* url : {"http://10.0.0.1/", "http://[::ffff:10.0.0.1]/", "http://0.0.0.0/",
                          "http://169.254.169.254/latest/meta-data/", "https://[fe80::1]/"}) {
    EXPECT_EQ(ask(url), "blocked") << url;
  }
  EXPECT_EQ(metric("reprise_connections_opened_total"), 0);
}

// The name answers with a public address and the trap's in turn. Asked anew for each poll, which is
// the worst case, no byte may reach the trap: only what was judged is connected to.
TEST_F(HttpClient, SendsNothingToATrapInTenThousandPollsOfARebindingName) {
  const auto trap = serve(answering(plain_answer("trapped")));
  const auto open_to = serve(answering(plain_answer("x")));
  resolver rebinding{core_,
                     lookup_,
                     egress_guard::make(std::vector<std::string>{"127.0.0.1"}).value(),
                     {.fresh_for = 0ms, .usable_for = 0ms, .failed_for = 0ms}};
  const scripted_server inner{
      io_, {answering(plain_answer("trapped"))}, nullptr, "127.0.0.2", open_to.port()};
  client_ = make_http_client(io_, core_, rebinding, {}).value();
  lookup_.alternate(true);
  lookup_.script("cam.example", {{"127.0.0.1"}, {"127.0.0.2"}, {"127.0.0.1", "127.0.0.2"}});
  const std::string url = "http://cam.example:" + std::to_string(open_to.port()) + "/";
  std::map<std::string, int> seen;
  for (int i = 0; i < 10'000; ++i) ++seen[ask(url)];
  EXPECT_EQ(seen, (std::map<std::string, int>{{"200 x", 3334}, {"blocked", 6666}}));
  EXPECT_EQ(lookup_.asked, 10'000u);
  EXPECT_EQ(inner.connections(), 0u);
  EXPECT_EQ(inner.bytes_received(), 0u);
  EXPECT_EQ(trap.connections(), 0u);
  client_ = nullptr;
}

TEST_F(HttpClient, DropsWhatIsUnderWayWhenItIsDestroyed) {
  const auto server = serve({{step::request}, {step::hang}});
  client_->start(get(server.url()), [](const exchange_result&) { FAIL(); });
  run_until([&] { return server.requests().size() == 1; });
  client_ = nullptr;
  run_until([&] { return !server.ends().empty(); });
}

}  // namespace
}  // namespace reprise
