// The bounds of the server: slow clients, too many of them, and descriptors that run out. Deadlines
// are shortened; no test asserts how soon something happens.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <memory>

#include "tests/http_server_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

bool serves(http_test_server& server, std::size_t connections) {
  const std::string line = "reprise_http_connections " + std::to_string(connections) + "\n";
  return eventually([&] { return server.metrics().find(line) != std::string::npos; });
}

route large_answer() {
  return {"GET", "/large", route_access::open, true, true, 0, {}, answering([](const api_request&) {
            api_response made;
            made.body = std::string(32 << 20, 'x');  // more than any socket buffers
            return made;
          })};
}

TEST(HttpDeadlines, EndAHeadThatComesTooSlowly) {
  http_limits limits;
  limits.head_time_max = 50ms;
  http_test_server server{limits};
  raw_client client{server.port()};
  client.send("GET /hello HTTP/1.1\r\nHost:");
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(code_of(answer), "request_timeout");
  EXPECT_TRUE(client.ends());
}

TEST(HttpDeadlines, EndASecondHeadThatComesTooSlowly) {
  http_limits limits;
  limits.head_time_max = 50ms;
  http_test_server server{limits};
  raw_client client{server.port()};
  client.send(get("/hello") + "G");
  EXPECT_EQ(client.answer().status, 200);
  EXPECT_EQ(client.answer().status, 408);
}

TEST(HttpDeadlines, EndAConnectionThatNeverAsksWithoutAWord) {
  http_limits limits;
  limits.head_time_max = 50ms;
  http_test_server server{limits};
  raw_client client{server.port()};
  EXPECT_TRUE(client.ends());
}

TEST(HttpDeadlines, EndAnIdleConnectionWithoutAWord) {
  http_limits limits;
  limits.idle_time_max = 50ms;
  http_test_server server{limits};
  raw_client client{server.port()};
  client.send(get("/hello"));
  EXPECT_EQ(client.answer().status, 200);
  EXPECT_TRUE(client.ends());
}

TEST(HttpDeadlines, EndABodyThatComesTooSlowly) {
  http_limits limits;
  limits.body_time_max = 50ms;
  http_test_server server{limits};
  raw_client client{server.port()};
  std::string request = post("/echo", "abcdef");
  request.pop_back();
  client.send(request);
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(code_of(answer), "request_timeout");
  EXPECT_TRUE(client.ends());
}

TEST(HttpDeadlines, CutAClientThatDoesNotRead) {
  http_limits limits;
  limits.write_stall_max = 50ms;
  http_test_server server{limits, {large_answer()}};
  raw_client client{server.port(), 4096};
  client.send(get("/large"));
  EXPECT_TRUE(serves(server, 1));
  EXPECT_TRUE(serves(server, 0));
  EXPECT_FALSE(client.answer().whole);
}

TEST(HttpDeadlines, LeaveASlowReaderThatReads) {
  http_test_server server{{}, {large_answer()}};
  raw_client client{server.port(), 4096};
  client.send(get("/large"));
  EXPECT_TRUE(client.answer().whole);
}

TEST(HttpDeadlines, EndTheReadingOfARefusedRequest) {
  http_limits limits;
  limits.linger_time_max = 50ms;
  http_test_server server{limits};
  raw_client client{server.port()};
  client.send("nonsense\r\n");
  EXPECT_EQ(client.answer().status, 400);
  EXPECT_TRUE(serves(server, 0));  // although the client neither sends nor closes
}

TEST(HttpConnections, Are64FromOneAddressAndTheNextIsToldSo) {
  http_test_server server;
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(std::make_unique<raw_client>(server.port()));
    clients.back()->send(get("/hello"));
    ASSERT_EQ(clients.back()->answer().status, 200);
  }
  raw_client next{server.port()};
  const raw_answer answer = next.answer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(code_of(answer), "overloaded");
  EXPECT_EQ(answer.header("retry-after"), "1");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(next.ends());
  EXPECT_NE(server.metrics().find("reprise_http_connections_refused_total 1\n"), std::string::npos);
  clients.pop_back();
  EXPECT_TRUE(serves(server, 63));
  EXPECT_EQ(answer_to(server, get("/hello")).status, 200);
}

TEST(HttpConnections, HaveABoundInAll) {
  http_limits limits;
  limits.connections_max = 1;
  limits.refusals_max = 1;
  limits.linger_time_max = 1h;  // who is refused stays as long as the client does
  http_test_server server{limits};
  raw_client first{server.port()};
  first.send(get("/hello"));
  EXPECT_EQ(first.answer().status, 200);
  raw_client second{server.port()};
  EXPECT_EQ(second.answer().status, 503);
  raw_client third{server.port()};
  EXPECT_EQ(third.answer().status, 0);  // closed unheard
}

TEST(HttpBodies, HaveABoundForAllRequestsTogether) {
  http_limits limits;
  limits.bodies_bytes_max = 1500;
  http_test_server server{limits};
  raw_client first{server.port()};
  std::string request = post("/echo", std::string(1000, 'x'));
  request.pop_back();
  first.send(request);
  EXPECT_TRUE(eventually([&] {
    const std::string metrics = server.metrics();
    return metrics.find("reprise_http_bodies_bytes 0\n") == std::string::npos;
  }));
  const raw_answer refused = answer_to(server, post("/echo", std::string(600, 'y')));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(code_of(refused), "overloaded");
  EXPECT_EQ(refused.header("retry-after"), "1");
  first.reset();
  EXPECT_TRUE(serves(server, 0));
  EXPECT_EQ(answer_to(server, post("/echo", std::string(600, 'y'))).status, 200);
}

// The process's limit of descriptors, lowered for one test.
class few_descriptors {
 public:
  few_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    ::rlimit lowered = before_;
    lowered.rlim_cur = 256;
    ::setrlimit(RLIMIT_NOFILE, &lowered);
  }
  ~few_descriptors() {
    release();
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  few_descriptors(const few_descriptors&) = delete;
  few_descriptors& operator=(const few_descriptors&) = delete;

  void take_all() {
    for (int taken = 0; (taken = ::open("/dev/null", O_RDONLY)) >= 0;) taken_.push_back(taken);
  }
  void release(std::size_t keep = 0) {
    for (; taken_.size() > keep; taken_.pop_back()) ::close(taken_.back());
  }

 private:
  ::rlimit before_{};
  std::vector<int> taken_;
};

bool pauses(http_test_server& server) {
  return eventually([&] {
    return server.metrics().find("reprise_http_accept_pauses_total 0\n") == std::string::npos;
  });
}

TEST(HttpDescriptors, AreWaitedForWhenThereAreNone) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer needs a descriptor to look at an object's type";
#endif
  http_limits limits;
  limits.accept_pause = 1ms;
  http_test_server server{limits};
  raw_client client;
  few_descriptors descriptors;
  descriptors.take_all();
  client.connect(server.port());
  client.send(get("/hello"));
  EXPECT_TRUE(pauses(server));
  descriptors.release();
  EXPECT_EQ(client.answer().status, 200);
}

TEST(HttpDescriptors, AreLeftInReserveForOthers) {
  http_limits limits;
  limits.accept_pause = 1ms;
  http_test_server server{limits};
  raw_client client;
  few_descriptors descriptors;
  descriptors.take_all();
  descriptors.release(256 - limits.descriptors_reserve);  // less those that were open before
  client.connect(server.port());
  client.send(get("/hello"));
  EXPECT_TRUE(pauses(server));
  descriptors.release();
  EXPECT_EQ(client.answer().status, 200);
}

}  // namespace
}  // namespace reprise
