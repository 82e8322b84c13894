// Answers that are made piece by piece, handlers that wait, and what becomes of both when the
// client goes or the server stops.
#include <gtest/gtest.h>

#include <deque>

#include "tests/http_server_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

// What a test sees of its streams, from another thread.
struct stream_log {
  std::atomic<int> asked = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<int> destroyed = 0;
};

enum class ending { end, wait, fail };

// Gives its pieces, then ends, waits until it is cancelled, or throws.
class test_stream final : public body_stream {
 public:
  test_stream(stream_log& log, std::deque<std::string> pieces, ending then, bool endless)
      : log_{log}, pieces_{std::move(pieces)}, then_{then}, endless_{endless} {}
  ~test_stream() override { ++log_.destroyed; }
  net::awaitable<std::optional<std::string>> next() override {
    ++log_.asked;
    if (!pieces_.empty()) {
      std::string piece = std::move(pieces_.front());
      pieces_.pop_front();
      co_return piece;
    }
    if (then_ == ending::fail) throw std::runtime_error{"no more"};
    if (then_ == ending::wait) {
      net::steady_timer never{co_await net::this_coro::executor,
                              net::steady_timer::duration::max()};
      const auto [error] = co_await never.async_wait(as_result);
      if (error) ++log_.cancelled;
      throw boost::system::system_error{error};
    }
    co_return std::nullopt;
  }
  [[nodiscard]] bool is_endless() const override { return endless_; }

 private:
  stream_log& log_;
  std::deque<std::string> pieces_;
  ending then_;
  bool endless_;
};

route streaming(stream_log& log, std::deque<std::string> pieces, ending then,
                bool endless = false) {
  return {"GET",
          "/stream",
          route_access::open,
          true,
          true,
          0,
          {},
          answering([&log, pieces, then, endless](const api_request&) {
            api_response made;
            made.content_type = "text/plain";
            made.stream = std::make_shared<test_stream>(log, pieces, then, endless);
            return made;
          })};
}

bool becomes(const std::atomic<int>& number, int wanted) {
  return eventually([&] { return number == wanted; });
}

TEST(HttpStream, ComesInChunksAndTheConnectionGoesOn) {
  stream_log log;
  http_test_server server{{}, {streaming(log, {"one ", "", std::string(5000, 'x')}, ending::end)}};
  raw_client client{server.port()};
  client.send(get("/stream") + get("/hello"));
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.header("transfer-encoding"), "chunked");
  EXPECT_EQ(answer.header("content-length"), "");
  EXPECT_EQ(answer.body, "one " + std::string(5000, 'x'));
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(client.answer().body, "hello");
  EXPECT_EQ(log.destroyed, 1);
}

TEST(HttpStream, ComesBareToHttp10) {
  stream_log log;
  http_test_server server{{}, {streaming(log, {"one ", "two"}, ending::end)}};
  raw_client client{server.port()};
  client.send("GET /stream HTTP/1.0\r\n\r\n");
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.header("transfer-encoding"), "");
  EXPECT_EQ(answer.body, "one two");
}

TEST(HttpStream, IsNotAskedByHead) {
  stream_log log;
  http_test_server server{{}, {streaming(log, {"one"}, ending::end)}};
  raw_client client{server.port()};
  client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + get("/hello"));
  EXPECT_EQ(client.answer(true).status, 200);
  EXPECT_EQ(client.answer().body, "hello");
  EXPECT_EQ(log.asked, 0);
  EXPECT_EQ(log.destroyed, 1);
}

TEST(HttpStream, ThatFailsIsNotTakenForWhole) {
  stream_log log;
  http_test_server server{{}, {streaming(log, {"one"}, ending::fail)}};
  raw_client client{server.port()};
  client.send(get("/stream"));
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.body, "one");
  EXPECT_FALSE(answer.whole);
  EXPECT_TRUE(client.ends());
  ASSERT_EQ(server.failures().size(), 1u);
  EXPECT_EQ(server.failures()[0].what, "no more");
}

TEST(HttpStream, HearsThatItsClientHasClosed) {
  stream_log log;
  http_test_server server{{}, {streaming(log, {"one"}, ending::wait)}};
  {
    raw_client client{server.port()};
    client.send(get("/stream"));
    EXPECT_EQ(client.line(), "HTTP/1.1 200 OK");
    EXPECT_TRUE(becomes(log.asked, 2));
    EXPECT_EQ(log.destroyed, 0);
  }
  EXPECT_TRUE(becomes(log.destroyed, 1));
  EXPECT_EQ(log.cancelled, 1);
  EXPECT_TRUE(server.failures().empty());
}

TEST(HttpStream, HearsThatItsClientWasCutOff) {
  stream_log log;
  http_test_server server{{}, {streaming(log, {"one"}, ending::wait)}};
  raw_client client{server.port()};
  client.send(get("/stream"));
  EXPECT_TRUE(becomes(log.asked, 2));
  client.reset();
  EXPECT_TRUE(becomes(log.destroyed, 1));
}

TEST(HttpStream, IsNotAskedForMoreThanItsClientReads) {
  stream_log log;
  http_limits limits;
  limits.write_stall_max = 50ms;
  const std::deque<std::string> pieces(100, std::string(1 << 20, 'x'));
  http_test_server server{limits, {streaming(log, pieces, ending::end)}};
  raw_client client{server.port(), 4096};
  client.send(get("/stream"));
  EXPECT_TRUE(becomes(log.destroyed, 1));  // it does not read, and is cut
  EXPECT_LT(log.asked, 100);
}

TEST(HttpStream, WithoutAnEndEndsWhenTheKeysChange) {
  stream_log log;
  http_test_server server{{}, {streaming(log, {"one"}, ending::wait, true)}};
  raw_client client{server.port()};
  client.send(get("/stream"));
  EXPECT_TRUE(becomes(log.asked, 2));
  server.in_server([&] { server.end_endless(); });
  const raw_answer answer = client.answer();
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.body, "one");
  client.send(get("/stream"));
  EXPECT_TRUE(becomes(log.asked, 4)) << "asked for with the new keys";
}

// What ends it comes behind the judgement of its key and before its first byte.
TEST(HttpStream, WithoutAnEndEndsWhenTheKeysChangedBeforeItBegan) {
  stream_log log;
  route secret = streaming(log, {"one"}, ending::wait, true);
  secret.access = route_access::key;
  http_test_server server{{}, {secret}};
  server.in_server([&] { server.judged = [&] { server.end_endless(); }; });
  raw_client client{server.port()};
  client.send("GET /stream HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\n\r\n");
  const raw_answer answer = client.answer();
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.body, "");
}

TEST(HttpStop, EndsIdleConnectionsAndTakesNoNewOnes) {
  http_test_server server;
  raw_client idle{server.port()};
  idle.send(get("/hello"));
  EXPECT_EQ(idle.answer().status, 200);
  raw_client waiting{server.port()};  // in the backlog, or accepted and silent
  server.start_stopping();
  server.wait_until_stopped();
  EXPECT_TRUE(idle.ends());
  EXPECT_TRUE(waiting.ends());
}

TEST(HttpStop, EndsAnEndlessStreamInOrder) {
  stream_log log;
  http_test_server server{{}, {streaming(log, {"one"}, ending::wait, true)}};
  raw_client client{server.port()};
  client.send(get("/stream"));
  EXPECT_TRUE(becomes(log.asked, 2));
  server.start_stopping();
  const raw_answer answer = client.answer();
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.body, "one");
  EXPECT_TRUE(client.ends());
  server.wait_until_stopped();
  EXPECT_EQ(log.destroyed, 1);
  EXPECT_TRUE(server.failures().empty());
}

TEST(HttpStop, CancelsAStreamThatTheGraceIsTooShortFor) {
  stream_log log;
  http_limits limits;
  limits.shutdown_grace = 50ms;
  http_test_server server{limits, {streaming(log, {"one"}, ending::wait)}};
  raw_client client{server.port()};
  client.send(get("/stream"));
  EXPECT_TRUE(becomes(log.asked, 2));
  server.start_stopping();
  EXPECT_FALSE(client.answer().whole);
  server.wait_until_stopped();
  EXPECT_EQ(log.destroyed, 1);
}

// A handler that waits until the test lets it go on.
struct gate_of_handler {
  net::steady_timer* timer = nullptr;  // of the handler, while it waits
  std::atomic<int> waiting = 0;
  bool heeds_cancelling = true;
};

net::awaitable<api_response> wait_at(gate_of_handler& gate) {
  if (!gate.heeds_cancelling) {
    co_await net::this_coro::reset_cancellation_state(net::disable_cancellation());
  }
  net::steady_timer timer{co_await net::this_coro::executor, net::steady_timer::duration::max()};
  gate.timer = &timer;
  ++gate.waiting;
  co_await timer.async_wait(as_result);
  api_response made;
  made.body = "\"waited\"";
  co_return made;
}

route waiting_at(gate_of_handler& gate) {
  return {"GET", "/wait", route_access::open, true, true, 0, {}, [&gate](const api_request&) {
            return wait_at(gate);
          }};
}

TEST(HttpStop, LetsARequestInProgressEnd) {
  gate_of_handler gate;
  http_test_server server{{}, {waiting_at(gate)}};
  raw_client client{server.port()};
  client.send(get("/wait") + get("/hello"));
  EXPECT_TRUE(becomes(gate.waiting, 1));
  server.start_stopping();
  server.in_server([&] { gate.timer->cancel(); });
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.body, "\"waited\"");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.ends());  // what was sent behind it is not begun
  server.wait_until_stopped();
}

TEST(HttpStop, CancelsAHandlerThatTheGraceIsTooShortFor) {
  gate_of_handler gate;
  http_limits limits;
  limits.shutdown_grace = 50ms;
  limits.abort_grace = 1h;
  http_test_server server{limits, {waiting_at(gate)}};
  raw_client client{server.port()};
  client.send(get("/wait"));
  EXPECT_TRUE(becomes(gate.waiting, 1));
  server.start_stopping();
  server.wait_until_stopped();
  EXPECT_EQ(client.answer().status, 0);
}

TEST(HttpStop, EndsThoughAHandlerDoesNot) {
  gate_of_handler gate;
  gate.heeds_cancelling = false;
  http_limits limits;
  limits.shutdown_grace = 10ms;
  limits.abort_grace = 10ms;
  http_test_server server{limits, {waiting_at(gate)}};
  raw_client client{server.port()};
  client.send(get("/wait"));
  EXPECT_TRUE(becomes(gate.waiting, 1));
  server.start_stopping();
  server.wait_until_stopped();
  EXPECT_EQ(client.answer().status, 0);
  server.in_server([&] { gate.timer->cancel(); });
}

TEST(HttpServer, IsDestroyedWithAllThatItServes) {
  stream_log log;
  const auto random = make_seeded_random(1);
  net::io_context context;
  auto server = std::make_unique<http_server>(
      context.get_executor(),
      http_server_parts{router{{streaming(log, {"one"}, ending::wait)}, {}}, *random, {}});
  const auto bound = server->listen({net::ip::address_v4::loopback(), 0});
  ASSERT_TRUE(bound);
  raw_client client{bound->port()};
  client.send(get("/stream"));
  while (log.asked < 2) context.run_one();
  server.reset();
  context.run();
  EXPECT_EQ(log.destroyed, 1);
  EXPECT_EQ(client.answer().status, 200);
}

}  // namespace
}  // namespace reprise
