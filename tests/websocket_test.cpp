// WebSocket routes: who may have one, and what becomes of it. The client is Beast's, where it keeps
// to the rules, and a raw one, where it does not.
#include <gtest/gtest.h>

#include "net/web_socket.hpp"
#include "tests/http_server_support.hpp"
#include "tests/web_socket_client.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
namespace websocket = boost::beast::websocket;

// What a test sees of the handler, from another thread.
struct talk_log {
  std::atomic<int> begun = 0;
  std::atomic<int> heard = 0;   // messages
  std::atomic<int> ended = 0;   // in order
  std::atomic<int> broken = 0;  // or not
  std::atomic<int> cut = 0;     // while writing
};

// Answers each message with itself; some words have it do something else.
net::awaitable<void> talk(talk_log& log, web_socket& with) {
  ++log.begun;
  for (;;) {
    auto message = co_await with.read();
    if (!message) {
      ++log.broken;
      co_return;
    }
    if (!*message) {
      ++log.ended;
      co_return;
    }
    ++log.heard;
    if (**message == "return") co_return;
    if (**message == "wait") {
      net::steady_timer pause{co_await net::this_coro::executor, 300ms};
      (void)co_await pause.async_wait(as_result);
    }
    if (**message == "throw") throw std::runtime_error{"an inner secret"};
    if (**message == "close") co_await with.close(close_code::policy_violation, "you said so");
    std::string reply = **message == "much" ? std::string(64 << 20, 'x') : **message;
    const bool sent = co_await with.write(std::move(reply));
    if (!sent) ++log.cut;
  }
}

route talking(talk_log& log) {
  route made;
  made.method = "GET";
  made.pattern = "/talk";
  made.access = route_access::open;
  made.while_loading = true;
  made.converse = [&log](api_request, web_socket& with) { return talk(log, with); };
  return made;
}

class ws_client : public web_socket_client {
 public:
  explicit ws_client(http_test_server& server) : web_socket_client{server.port(), "/talk"} {}
};

bool becomes(const std::atomic<int>& number, int wanted) {
  return eventually([&] { return number == wanted; });
}

const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const std::string asks = "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n";
const std::string version = "Sec-WebSocket-Version: 13\r\n";
std::string asking(const std::string& fields) {
  return "GET /talk HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

TEST(WebSocketUpgrade, IsAnsweredAsRfc6455Says) {
  talk_log log;
  http_test_server server{{}, {talking(log)}};
  raw_client client{server.port()};
  client.send(asking(asks + version + key));
  EXPECT_EQ(client.line(), "HTTP/1.1 101 Switching Protocols");
  bool accepted = false, has_id = false;
  for (std::string field = client.line(); !field.empty(); field = client.line()) {
    accepted = accepted || field == "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    has_id = has_id || field.starts_with("X-Request-Id: ");
    EXPECT_FALSE(field.starts_with("Sec-WebSocket-Extensions")) << field;
    EXPECT_EQ(field.find("Beast"), std::string::npos) << field;
  }
  EXPECT_TRUE(accepted);
  EXPECT_TRUE(has_id);
}

TEST(WebSocketUpgrade, IsAskedForWhereThereIsNone) {
  talk_log log;
  http_test_server server{{}, {talking(log)}};
  raw_client client{server.port()};
  for (const std::string& fields :
       {std::string{}, version + key, "Upgrade: websocket\r\n" + version + key,
        "Connection: Upgrade\r\n" + version + key,
        "Upgrade: h2c\r\nConnection: Upgrade\r\n" + version + key}) {
    client.send(asking(fields));
    const raw_answer answer = client.answer();
    EXPECT_EQ(answer.status, 426) << fields;
    EXPECT_EQ(code_of(answer), "upgrade_required");
    EXPECT_EQ(answer.header("upgrade"), "websocket");
    EXPECT_EQ(answer.header("connection"), "Upgrade");
  }
  client.send("GET /talk HTTP/1.0\r\nHost: localhost\r\n" + asks + version + key + "\r\n");
  const raw_answer old = client.answer();
  EXPECT_EQ(old.status, 426);
  EXPECT_EQ(old.header("connection"), "Upgrade, close");
  EXPECT_EQ(log.begun, 0);
}

TEST(WebSocketUpgrade, IsRefusedWithAnotherVersionOrABadKey) {
  talk_log log;
  http_test_server server{{}, {talking(log)}};
  raw_client client{server.port()};
  for (const std::string& other :
       {std::string{}, std::string{"Sec-WebSocket-Version: 8\r\n"}, version + version}) {
    client.send(asking(asks + other + key));
    const raw_answer answer = client.answer();
    EXPECT_EQ(answer.status, 426) << other;
    EXPECT_EQ(answer.header("sec-websocket-version"), "13");
  }
  for (const char* bad :
       {"", "Sec-WebSocket-Key: abc\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQAA\r\n",
        "Sec-WebSocket-Key: dGhlIHNhbXBs*SBub25jZQ==\r\n"}) {
    client.send(asking(asks + version + bad));
    const raw_answer answer = client.answer();
    EXPECT_EQ(answer.status, 400) << bad;
    EXPECT_EQ(code_of(answer), "bad_request");
  }
  client.send(asking(asks + version + key + key));
  EXPECT_EQ(client.answer().status, 400);
  EXPECT_EQ(log.begun, 0);
}

TEST(WebSocketUpgrade, IsRefusedWithBytesBehindItOrABody) {
  talk_log log;
  http_test_server server{{}, {talking(log)}};
  raw_client hasty{server.port()};
  hasty.send(asking(asks + version + key) + "\x81\x80");
  EXPECT_EQ(hasty.answer().status, 400);
  EXPECT_TRUE(hasty.ends());
  const raw_answer body =
      answer_to(server, asking(asks + version + key + "Content-Length: 1\r\n") + "x");
  EXPECT_EQ(body.status, 413);
  EXPECT_EQ(log.begun, 0);
}

TEST(WebSocketUpgrade, IsDecidedAsEveryRequestIs) {
  talk_log log;
  route secret = talking(log);
  secret.access = route_access::key;
  secret.while_loading = false;
  http_test_server server{{}, {secret}};
  EXPECT_EQ(answer_to(server, asking(asks + version + key)).status, 401);
  const std::string good = "Authorization: Bearer good\r\n";
  server.ready = false;
  EXPECT_EQ(answer_to(server, asking(asks + version + key + good)).status, 503);
  server.ready = true;
  EXPECT_EQ(answer_to(server, "POST /talk HTTP/1.1\r\nHost: a\r\n\r\n").status, 405);
  raw_client client{server.port()};
  client.send(asking(asks + version + key + good));
  EXPECT_EQ(client.line(), "HTTP/1.1 101 Switching Protocols");
}

TEST(WebSocket, CarriesTextBothWaysAndEndsInOrder) {
  talk_log log;
  http_test_server server{{}, {talking(log)}};
  ws_client client{server};
  const std::string large(1 << 20, 'x');
  for (const std::string& text : {std::string{"one"}, std::string{"\xc3\xbc"}, large}) {
    client.write(text);
    EXPECT_EQ(client.read(), text);
    EXPECT_TRUE(client.stream().got_text());
  }
  client.stream().close(websocket::close_code::normal);
  EXPECT_TRUE(becomes(log.ended, 1));
  EXPECT_NE(server.metrics().find("reprise_http_bodies_bytes 0\n"), std::string::npos);
}

TEST(WebSocket, JoinsAMessageOfManyFrames) {
  talk_log log;
  http_test_server server{{}, {talking(log)}};
  ws_client client{server};
  for (const char* each : {"a", "b", "c"}) {
    client.stream().write_some(*each == 'c', net::buffer(each, 1));
  }
  EXPECT_EQ(client.read(), "abc");
}

TEST(WebSocket, IsClosedWithWhatIsWrongWithAMessage) {
  talk_log log;
  http_test_server server{{}, {talking(log)}};
  ws_client binary{server};
  binary.stream().binary(true);
  binary.write("x");
  EXPECT_EQ(binary.code(), 1003);
  ws_client longer{server};
  longer.write(std::string((1 << 20) + 1, 'x'));
  EXPECT_EQ(longer.code(), 1009);
  ws_client garbled{server};
  garbled.write("\xff\xfe");
  EXPECT_EQ(garbled.code(), 1007);
  EXPECT_TRUE(becomes(log.broken, 3));
  EXPECT_EQ(log.heard, 0);
}

TEST(WebSocket, IsClosedWhereThereIsNoRoomForAMessage) {
  talk_log log;
  http_limits limits;
  limits.bodies_bytes_max = 1000;
  http_test_server server{limits, {talking(log)}};
  ws_client client{server};
  client.write(std::string(100'000, 'x'));
  EXPECT_EQ(client.code(), 1013);
}

TEST(WebSocket, IsClosedAsItsHandlerEnds) {
  talk_log log;
  http_test_server server{{}, {talking(log)}};
  ws_client returned{server};
  returned.write("return");
  EXPECT_EQ(returned.code(), 1000);
  ws_client closed{server};
  closed.write("close");
  EXPECT_EQ(closed.code(), 1008);
  EXPECT_EQ(closed.stream().reason().reason, "you said so");
  ws_client thrown{server};
  thrown.write("throw");
  EXPECT_EQ(thrown.code(), 1011);
  ASSERT_EQ(server.failures().size(), 1u);
  EXPECT_EQ(server.failures()[0].what, "an inner secret");
  EXPECT_EQ(server.failures()[0].request_id, std::string{thrown.answer["X-Request-Id"]});
}

TEST(WebSocket, HearsThatItsClientWasCutOff) {
  talk_log log;
  http_test_server server{{}, {talking(log)}};
  raw_client client{server.port()};
  client.send(asking(asks + version + key));
  EXPECT_TRUE(becomes(log.begun, 1));
  client.reset();
  EXPECT_TRUE(becomes(log.broken, 1));
}

TEST(WebSocket, PingsASilentClientAndThenCutsIt) {
  talk_log log;
  http_limits limits;
  limits.web_socket_idle_time_max = 100ms;
  http_test_server server{limits, {talking(log)}};
  raw_client client{server.port()};
  client.send(asking(asks + version + key));
  while (!client.line().empty()) continue;
  EXPECT_EQ(client.some(2), std::string("\x89\x00", 2)) << "a ping";
  EXPECT_TRUE(client.ends());
  EXPECT_TRUE(becomes(log.broken, 1));
}

// While it only reads, it answers pings, and that is all that the server hears of it.
TEST(WebSocket, KeepsASilentClientThatAnswersPings) {
  talk_log log;
  http_limits limits;
  limits.web_socket_idle_time_max = 400ms;
  http_test_server server{limits, {talking(log)}};
  ws_client client{server};
  int pings = 0;
  client.stream().control_callback([&](websocket::frame_type kind, auto) {
    if (kind != websocket::frame_type::ping || ++pings != 4) return;
    client.write("still here");
  });
  EXPECT_EQ(client.read(), "still here");
  EXPECT_EQ(pings, 4);
}

// Nobody can hear it then: its silence says nothing.
TEST(WebSocket, KeepsAClientWhileItsHandlerIsBusyForLongerThanItMayBeSilent) {
  talk_log log;
  http_limits limits;
  limits.web_socket_idle_time_max = 100ms;
  http_test_server server{limits, {talking(log)}};
  ws_client client{server};
  client.write("wait");
  EXPECT_EQ(client.read(), "wait");
}

TEST(WebSocket, CutsAMessageThatDoesNotEnd) {
  talk_log log;
  http_limits limits;
  limits.body_time_max = 50ms;
  http_test_server server{limits, {talking(log)}};
  ws_client client{server};
  client.stream().write_some(false, net::buffer("a", 1));
  EXPECT_EQ(client.read(), "");
  EXPECT_TRUE(becomes(log.broken, 1));
}

TEST(WebSocket, CutsAClientThatDoesNotRead) {
  talk_log log;
  http_limits limits;
  limits.write_stall_max = 50ms;
  http_test_server server{limits, {talking(log)}};
  ws_client client{server};
  client.write("much");
  EXPECT_TRUE(becomes(log.cut, 1));
  EXPECT_TRUE(becomes(log.broken, 1));
}

TEST(WebSocket, CountsAmongTheConnections) {
  talk_log log;
  http_limits limits;
  limits.connections_max = 1;
  http_test_server server{limits, {talking(log)}};
  {
    ws_client client{server};
    EXPECT_TRUE(becomes(log.begun, 1));
    EXPECT_NE(server.metrics().find("reprise_http_connections 1\n"), std::string::npos);
    EXPECT_NE(server.metrics().find("reprise_http_requests_total{status=1xx} 1\n"),
              std::string::npos)
        << server.metrics();
    raw_client other{server.port()};
    EXPECT_EQ(other.answer().status, 503);
  }
  EXPECT_TRUE(eventually(
      [&] { return server.metrics().find("reprise_http_connections 0\n") != std::string::npos; }));
}

TEST(WebSocket, HearsThatTheKeysHaveChanged) {
  talk_log log;
  http_test_server server{{}, {talking(log)}};
  ws_client client{server};
  EXPECT_TRUE(becomes(log.begun, 1));
  server.in_server([&] { server.end_endless(); });
  EXPECT_EQ(client.code(), 1008);
  EXPECT_EQ(client.stream().reason().reason, "the keys have changed: ask again with a good one");
  EXPECT_TRUE(becomes(log.ended, 1));
}

// The task that ends it comes behind the judgement of its key and before the end of its handshake.
TEST(WebSocket, HearsThatTheKeysChangedWhileItBegan) {
  talk_log log;
  route secret = talking(log);
  secret.access = route_access::key;
  http_test_server server{{}, {secret}};
  server.in_server(
      [&] { server.judged = [&] { net::post(server.context(), [&] { server.end_endless(); }); }; });
  raw_client client{server.port()};
  client.send(asking(asks + version + key + "Authorization: Bearer good\r\n"));
  while (!client.line().empty()) continue;
  EXPECT_EQ(client.some(4).substr(2), "\x03\xf0") << "a close with 1008";
}

TEST(HttpStop, ClosesAWebSocketAsGoingAway) {
  talk_log log;
  http_limits limits;
  limits.shutdown_grace = 1h;
  http_test_server server{limits, {talking(log)}};
  ws_client client{server};
  client.write("one");
  EXPECT_EQ(client.read(), "one");
  server.start_stopping();
  EXPECT_EQ(client.code(), 1001);
  server.wait_until_stopped();
  EXPECT_EQ(log.ended, 1);
}

TEST(HttpStop, EndsAWebSocketWhoseClientDoesNotAnswerTheClose) {
  talk_log log;
  http_limits limits;
  limits.shutdown_grace = 1h;
  limits.web_socket_close_time_max = 50ms;
  http_test_server server{limits, {talking(log)}};
  ws_client client{server};
  EXPECT_TRUE(becomes(log.begun, 1));
  server.start_stopping();
  server.wait_until_stopped();
  EXPECT_EQ(log.ended, 1);
}

TEST(HttpStop, CutsAWebSocketThatTheGraceIsTooShortFor) {
  talk_log log;
  http_limits limits;
  limits.shutdown_grace = 10ms;
  limits.abort_grace = 1h;
  limits.web_socket_close_time_max = 1h;
  http_test_server server{limits, {talking(log)}};
  ws_client client{server};
  EXPECT_TRUE(becomes(log.begun, 1));
  server.start_stopping();
  server.wait_until_stopped();
  EXPECT_EQ(log.begun, 1);
}

}  // namespace
}  // namespace reprise
