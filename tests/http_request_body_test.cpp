// Bodies that a handler reads as they come: what it is given, what the client is told, and what
// becomes of both when one of them stops.
#include <gtest/gtest.h>

#include "net/multipart_field.hpp"
#include "tests/http_server_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

// What a test sees of the handler, from another thread.
struct body_log {
  std::atomic<std::uint64_t> bytes = 0;
  std::atomic<std::size_t> longest = 0;  // piece
  std::atomic<int> begun = 0;
  std::atomic<int> failed = 0;
  std::atomic<int> ended = 0;
};

// The handler of one test.
struct plan {
  std::uint64_t pieces_max = UINT64_MAX;  // then it answers without the rest
  bool waits_first = false;               // until the test lets it go on
  std::chrono::milliseconds busy{0};      // behind each piece
};

class reader_route {
 public:
  explicit reader_route(plan of = {}) : plan_{of} {}

  route made(std::uint64_t bytes_max = std::uint64_t{2} << 30) {
    route added;
    added.method = "POST";
    added.pattern = "/upload";
    added.access = route_access::open;
    added.while_loading = true;
    added.body_bytes_max = bytes_max;
    added.handle_body = [this](api_request, request_body& body) { return read(body); };
    return added;
  }
  void let_go(http_test_server& server) {
    server.in_server([this] { timer_->cancel(); });
  }

  body_log log;

 private:
  net::awaitable<api_response> read(request_body& body) {
    net::steady_timer timer{co_await net::this_coro::executor, net::steady_timer::duration::max()};
    timer_ = &timer;
    ++log.begun;
    if (plan_.waits_first) co_await timer.async_wait(as_result);
    for (std::uint64_t count = 0; count < plan_.pieces_max; ++count) {
      auto piece = co_await body.next();
      if (!piece) {
        ++log.failed;
        EXPECT_EQ(piece.error().code, errc::data_malformed);
        const auto again = co_await body.next();
        EXPECT_FALSE(again);
        break;
      }
      if (!*piece) break;
      EXPECT_FALSE((*piece)->empty());
      log.longest = std::max(log.longest.load(), (*piece)->size());
      log.bytes += (*piece)->size();
      if (plan_.busy > 0ms) {
        timer.expires_after(plan_.busy);
        co_await timer.async_wait(as_result);
      }
    }
    ++log.ended;
    api_response made;
    made.body = std::to_string(log.bytes);
    co_return made;
  }

  plan plan_;
  net::steady_timer* timer_ = nullptr;
};

std::string head_of(const std::string& fields) {
  return "POST /upload HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}
std::string with_length(std::uint64_t bytes) {
  return head_of("Content-Length: " + std::to_string(bytes) + "\r\n");
}
const std::string chunked = head_of("Transfer-Encoding: chunked\r\n");

TEST(HttpRequestBody, ComesPieceByPieceAndTheConnectionGoesOn) {
  reader_route reader;
  http_test_server server{{}, {reader.made()}};
  raw_client client{server.port()};
  constexpr std::size_t bytes = 3 << 20;
  client.send(with_length(bytes));
  client.send(std::string(bytes, 'x') + get("/hello"));
  EXPECT_EQ(client.answer().body, std::to_string(bytes));
  EXPECT_EQ(client.answer().body, "hello");
  EXPECT_LE(reader.log.longest, body_piece_bytes_max);
}

TEST(HttpRequestBody, ComesInChunksAndEmpty) {
  reader_route reader;
  http_test_server server{{}, {reader.made()}};
  raw_client client{server.port()};
  client.send(chunked + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" + with_length(0) + get("/hello"));
  EXPECT_EQ(client.answer().body, "5");
  EXPECT_EQ(client.answer().body, "5") << "nothing more came";
  EXPECT_EQ(client.answer().body, "hello");
}

TEST(HttpRequestBody, TakesNoRoomButForOnePiece) {
  reader_route reader;
  http_limits limits;
  limits.bodies_bytes_max = body_piece_bytes_max;
  http_test_server server{limits, {reader.made()}};
  raw_client client{server.port()};
  constexpr std::size_t bytes = 2 << 20;
  client.send(with_length(bytes) + std::string(bytes, 'x'));
  EXPECT_EQ(client.answer().body, std::to_string(bytes));
  EXPECT_NE(server.metrics().find("reprise_http_bodies_bytes 0\n"), std::string::npos);
}

TEST(HttpRequestBody, IsCountedAndRefusedWhereThereIsNoRoom) {
  reader_route reader;
  http_limits limits;
  limits.bodies_bytes_max = 10;
  http_test_server server{limits, {reader.made()}};
  const raw_answer answer = answer_to(server, with_length(100) + std::string(100, 'x'));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(code_of(answer), "overloaded");
  EXPECT_EQ(reader.log.failed, 1);
}

TEST(HttpRequestBody, OverTheBoundIsRefusedBeforeTheHandler) {
  reader_route reader;
  http_test_server server{{}, {reader.made(1000)}};
  const raw_answer answer = answer_to(server, with_length(1001));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(code_of(answer), "body_too_large");
  EXPECT_EQ(reader.log.begun, 0);
}

TEST(HttpRequestBody, OverTheBoundInChunksIsRefusedAsSoonAsThatIsKnown) {
  reader_route reader;
  http_test_server server{{}, {reader.made(1000)}};
  raw_client client{server.port()};
  client.send(chunked + "3\r\nabc\r\n3e6\r\n");  // 3 and 998
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(code_of(answer), "body_too_large");
  EXPECT_EQ(reader.log.failed, 1);
  EXPECT_TRUE(client.ends());
}

TEST(HttpRequestBody, ThatIsBadlyFramedFailsAndIsToldAsThat) {
  reader_route reader;
  http_test_server server{{}, {reader.made()}};
  raw_client client{server.port()};
  client.send(chunked + "3\r\nabcd" + get("/hello"));
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(code_of(answer), "bad_framing");
  EXPECT_TRUE(client.ends());
  EXPECT_EQ(reader.log.failed, 1);
}

TEST(HttpRequestBody, ThatBreaksOffFails) {
  reader_route reader;
  http_test_server server{{}, {reader.made()}};
  {
    raw_client client{server.port()};
    client.send(with_length(10) + "abc");
    EXPECT_TRUE(eventually([&] { return reader.log.bytes == 3; }));
    client.end_sending();
    EXPECT_EQ(code_of(client.answer()), "bad_framing");
    EXPECT_EQ(reader.log.failed, 1);
  }
  raw_client client{server.port()};
  client.send(with_length(10) + "abc");
  EXPECT_TRUE(eventually([&] { return reader.log.bytes == 6; }));
  client.reset();
  EXPECT_TRUE(eventually([&] { return reader.log.failed == 2 && reader.log.ended == 2; }));
  EXPECT_TRUE(server.failures().empty());
}

TEST(HttpRequestBody, ThatIsTooSlowFails) {
  reader_route reader;
  http_limits limits;
  limits.body_time_max = 50ms;
  http_test_server server{limits, {reader.made()}};
  raw_client client{server.port()};
  client.send(with_length(10) + "abc");
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(code_of(answer), "request_timeout");
  EXPECT_EQ(reader.log.failed, 1);
  EXPECT_TRUE(client.ends());
}

// Each piece keeps the handler busy for as long as the client has in all.
TEST(HttpRequestBody, HasNoLessTimeForASlowHandler) {
  plan busy;
  busy.busy = 300ms;
  reader_route reader{busy};
  http_limits limits;
  limits.body_time_max = 300ms;
  limits.body_time_per_64_kib = 0ms;
  http_test_server server{limits, {reader.made()}};
  raw_client client{server.port()};
  constexpr std::size_t bytes = 3 * 16'384;  // some reads of the socket
  client.send(with_length(bytes) + std::string(bytes, 'x'));
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, std::to_string(bytes));
}

TEST(HttpRequestBody, IsAskedForOnlyWhenItsHandlerDoes) {
  plan waiting;
  waiting.waits_first = true;
  reader_route reader{waiting};
  http_test_server server{{}, {reader.made()}};
  raw_client client{server.port()};
  client.send(head_of("Expect: 100-continue\r\nContent-Length: 3\r\n"));
  EXPECT_TRUE(eventually([&] { return reader.log.begun == 1; }));
  reader.let_go(server);
  EXPECT_EQ(client.answer().status, 100);
  client.send("abc");
  EXPECT_EQ(client.answer().body, "3");
}

TEST(HttpRequestBody, IsNotAskedForByAHandlerThatDoesNotWantIt) {
  plan none;
  none.pieces_max = 0;
  reader_route reader{none};
  http_test_server server{{}, {reader.made()}};
  raw_client client{server.port()};
  client.send(head_of("Expect: 100-continue\r\nContent-Length: 3\r\n"));
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("connection"), "close");
  client.end_sending();
  EXPECT_TRUE(client.ends());
}

TEST(HttpRequestBody, ThatIsNotReadToTheEndIsDroppedAndTheAnswerArrives) {
  plan one;
  one.pieces_max = 1;
  reader_route reader{one};
  http_test_server server{{}, {reader.made()}};
  raw_client client{server.port()};
  client.send(with_length(200'000) + std::string(200'000, 'x') + get("/hello"));
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.ends()) << "nothing behind it is understood";
  EXPECT_LT(reader.log.bytes, 200'000u);
}

TEST(HttpRequestBody, EndsWithTheServersPatience) {
  reader_route reader;
  http_limits limits;
  limits.shutdown_grace = 10ms;
  limits.abort_grace = 1h;
  http_test_server server{limits, {reader.made()}};
  raw_client client{server.port()};
  client.send(with_length(10) + "abc");
  EXPECT_TRUE(eventually([&] { return reader.log.bytes == 3; }));
  server.start_stopping();
  server.wait_until_stopped();
  EXPECT_EQ(reader.log.failed, 1);
  EXPECT_TRUE(server.failures().empty());
}

constexpr std::string_view form_types[] = {"multipart/form-data"};

net::awaitable<api_response> count_file(api_request request, request_body& body) {
  multipart_field file{request, body, "file"};
  std::size_t bytes = 0;
  for (;;) {
    const auto piece = co_await file.next();
    if (!piece) co_return piece.error();
    if (!*piece) break;
    bytes += (*piece)->size();
  }
  api_response made;
  made.body = file.part().filename.value_or("") + " " + std::to_string(bytes);
  co_return made;
}

TEST(HttpRequestBody, BringsTheFileOfAForm) {
  route form;
  form.method = "POST";
  form.pattern = "/form";
  form.access = route_access::open;
  form.while_loading = true;
  form.body_bytes_max = 1 << 20;
  form.content_types = form_types;
  form.handle_body = count_file;
  http_test_server server{{}, {form}};
  raw_client client{server.port()};
  const auto ask = [&](const std::string& body) {
    client.send(
        "POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b"
        "\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.answer();
  };
  const std::string begin =
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n";
  EXPECT_EQ(ask(begin + std::string(100'000, 'x') + "\r\n--b--\r\n").body, "a.csv 100000");
  EXPECT_EQ(ask("--b--\r\n").status, 422);
  EXPECT_EQ(code_of(ask(begin + "x")), "bad_multipart");
}

}  // namespace
}  // namespace reprise
