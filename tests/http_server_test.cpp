// What a client sees of the server, byte by byte, over loopback.
#include "net/http_server.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include <nlohmann/json.hpp>

#include "tests/http_server_support.hpp"

namespace reprise {
namespace {

std::string echo_with(const std::string& fields, const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n" + fields + "\r\n" + body;
}

TEST(HttpServer, AnswersWithTheHeadersThatEveryAnswerHas) {
  http_test_server server;
  const raw_answer answer = answer_to(server, get("/hello"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.header("content-type"), "text/plain");
  EXPECT_EQ(answer.header("content-length"), "5");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.header("x-request-id").size(), 16u);
  EXPECT_EQ(answer.header("connection"), "");
}

struct bad_request {
  const char* name;
  std::string bytes;
  int status;
  const char* code;
};

void PrintTo(const bad_request& row, std::ostream* out) {
  *out << row.name;
}

// Behind each of them stands a good request: nobody may read it.
class BadRequest : public testing::TestWithParam<bad_request> {};

TEST_P(BadRequest, IsAnsweredOnceAndTheConnectionEnds) {
  http_test_server server;
  raw_client client{server.port()};
  client.send(GetParam().bytes + get("/hello"));
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.status, GetParam().status) << answer.body;
  EXPECT_EQ(code_of(answer), GetParam().code) << answer.body;
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(nlohmann::json::parse(answer.body)["request_id"], answer.header("x-request-id"));
  EXPECT_TRUE(client.ends());
  EXPECT_EQ(answer_to(server, get("/hello")).status, 200);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadRequest,
    testing::Values(
        bad_request{"NotHttp", "\x01\x02\x03", 400, "bad_request"},
        bad_request{"TlsOnThePlainPort", "\x16\x03\x01\x02", 400, "bad_request"},
        bad_request{"MissingHost", "GET /hello HTTP/1.1\r\n\r\n", 400, "bad_request"},
        bad_request{"DoubleHost", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400,
                    "bad_request"},
        bad_request{"ObsFold", "GET /hello HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400, "bad_request"},
        bad_request{"BareLf", "GET /hello HTTP/1.1\nHost: a\n\n", 400, "bad_request"},
        bad_request{"Nul", {"GET /hello HTTP/1.1\r\nHost: \0\r\n\r\n", 31}, 400, "bad_request"},
        bad_request{"LengthAndChunks",
                    echo_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
                    400, "bad_framing"},
        bad_request{"DifferingLengths",
                    echo_with("Content-Length: 5\r\nContent-Length: 6\r\n", "12345"), 400,
                    "bad_framing"},
        bad_request{"OtherEncoding", echo_with("Transfer-Encoding: gzip\r\n", ""), 400,
                    "bad_framing"},
        bad_request{"Trailers", echo_with("Transfer-Encoding: chunked\r\n", "0\r\nX: a\r\n\r\n"),
                    400, "bad_framing"},
        bad_request{"BadChunk", echo_with("Transfer-Encoding: chunked\r\n", "x\r\n"), 400,
                    "bad_framing"},
        bad_request{"HeadersTooLarge",
                    "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(9'000, 'a') + "\r\n\r\n", 431,
                    "headers_too_large"},
        bad_request{"TargetTooLong", get("/a" + std::string(2'100, 'a')), 414, "target_too_long"},
        bad_request{"BodyTooLarge", echo_with("Content-Length: 1001\r\n", ""), 413,
                    "body_too_large"},
        bad_request{"ChunksTooLarge", echo_with("Transfer-Encoding: chunked\r\n", "3e9\r\n"), 413,
                    "body_too_large"},
        bad_request{"BodyWhereNoneIsTaken",
                    "GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 413,
                    "body_too_large"},
        bad_request{"OtherExpectation", echo_with("Expect: x\r\nContent-Length: 1\r\n", "x"), 417,
                    "expectation_failed"},
        bad_request{"OtherType",
                    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: text/html\r\n"
                    "Content-Length: 1\r\n\r\nx",
                    415, "unsupported_media_type"},
        bad_request{"NoType", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 415,
                    "unsupported_media_type"},
        bad_request{"Compressed", echo_with("Content-Encoding: gzip\r\nContent-Length: 1\r\n", "x"),
                    415, "unsupported_media_type"},
        bad_request{"UnknownPathWithABody",
                    "POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 404,
                    "not_found"},
        bad_request{"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version_unsupported"}),
    [](const auto& row) { return row.param.name; });

TEST(HttpServer, TellsOfAnUnknownPathAndGoesOn) {
  http_test_server server;
  raw_client client{server.port()};
  for (const char* path : {"/nothing", "/hello/", "/items/", "/items//", "/Hello", "/"}) {
    client.send(get(path));
    const raw_answer answer = client.answer();
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(code_of(answer), "not_found");
  }
}

TEST(HttpServer, TellsWhichMethodsAPathHas) {
  http_test_server server;
  raw_client client{server.port()};
  for (const char* method : {"DELETE", "OPTIONS", "TRACE", "get"}) {
    client.send(std::string{method} + " /items/x HTTP/1.1\r\nHost: a\r\n\r\n");
    const raw_answer answer = client.answer();
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.header("allow"), "GET, HEAD, PUT");
  }
}

TEST(HttpServer, AnswersHeadWithTheHeadersOfGet) {
  http_test_server server;
  raw_client client{server.port()};
  client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" + get("/hello"));
  const raw_answer head = client.answer(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "5");
  EXPECT_EQ(client.answer().body, "hello");
}

TEST(HttpServer, DecodesPathAndQuery) {
  http_test_server server;
  EXPECT_EQ(answer_to(server, get("/items/a%20b?x=%2b+1&y")).body, "a b|x=+ 1|y=");
  EXPECT_EQ(answer_to(server, get("/items/all")).body, "all of them");
  EXPECT_EQ(answer_to(server, get("http://other/items/q")).body, "q");
}

TEST(HttpServer, AsksForAKeyAndTellsNothingElse) {
  http_test_server server;
  const auto with = [&](const std::string& fields) {
    return answer_to(server, "GET /secret HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
  };
  const raw_answer missing = with("");
  EXPECT_EQ(missing.status, 401);
  EXPECT_EQ(missing.header("www-authenticate"), "Bearer");
  const raw_answer wrong = with("Authorization: Bearer canary\r\n");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.body.find("canary"), std::string::npos);
  EXPECT_EQ(with("Authorization: Bearer good\r\n").body, "secret");
}

TEST(HttpServer, AsksForAKeyBeforeItReadsABody) {
  std::vector<route> extra;
  extra.push_back({"POST",
                   "/upload",
                   route_access::key,
                   true,
                   true,
                   1 << 20,
                   {},
                   answering([](const api_request&) { return api_response{}; })});
  http_test_server server{{}, std::move(extra)};
  EXPECT_EQ(answer_to(server,
                      "POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                      "Content-Length: 1000000\r\n\r\n")
                .status,
            401);
}

TEST(HttpServer, SaysThatItIsLoading) {
  http_test_server server;
  server.ready = false;
  const raw_answer answer = answer_to(server, get("/loading"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(code_of(answer), "loading");
  EXPECT_EQ(answer.header("retry-after"), "1");
  EXPECT_EQ(answer_to(server, get("/hello")).status, 200);
  server.ready = true;
  EXPECT_EQ(answer_to(server, get("/loading")).body, "loaded");
}

TEST(HttpServer, TurnsAnExceptionIntoA500WithItsIdAndLives) {
  http_test_server server;
  raw_client client{server.port()};
  client.send(get("/throw") + get("/hello"));
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(code_of(answer), "internal");
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  EXPECT_EQ(client.answer().body, "hello");
  const auto failures = server.failures();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].request_id, answer.header("x-request-id"));
  EXPECT_EQ(failures[0].what, "an inner secret");
}

TEST(HttpServer, TellsAClientThatStillSendsWhyItIsRefused) {
  http_test_server server;
  raw_client client{server.port()};
  client.send(echo_with("Content-Length: 200000\r\n", std::string(200'000, 'x')));
  const raw_answer answer = client.answer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_TRUE(answer.whole);
  EXPECT_TRUE(client.ends());
}

TEST(HttpServer, TakesBodiesByLengthAndInChunks) {
  http_test_server server;
  raw_client client{server.port()};
  client.send(post("/echo", std::string(1000, 'x')));
  EXPECT_EQ(client.answer().body, std::string(1000, 'x'));
  client.send(echo_with("Transfer-Encoding: chunked\r\nContent-Encoding: identity\r\n",
                        "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"));
  EXPECT_EQ(client.answer().body, "abc");
  client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: TEXT/plain; charset=utf-8\r\n"
      "Content-Length: 1\r\n\r\nx");
  EXPECT_EQ(client.answer().body, "x");
  client.send(post("/echo", ""));
  EXPECT_EQ(client.answer().status, 200);
}

TEST(HttpServer, SaysContinueToWhoWaitsForIt) {
  http_test_server server;
  raw_client client{server.port()};
  client.send(echo_with("Expect: 100-continue\r\nContent-Length: 3\r\n", ""));
  EXPECT_EQ(client.line(), "HTTP/1.1 100 Continue");
  EXPECT_EQ(client.line(), "");
  client.send("abc");
  EXPECT_EQ(client.answer().body, "abc");
}

TEST(HttpServer, SaysNothingBeforeARefusalToWhoWaitsForContinue) {
  http_test_server server;
  const auto answer =
      answer_to(server, echo_with("Expect: 100-continue\r\nContent-Length: 3000\r\n", ""));
  EXPECT_EQ(answer.status, 413);
}

TEST(HttpServer, KeepsTheConnectionUntilItIsAskedToClose) {
  http_test_server server;
  raw_client client{server.port()};
  for (int i = 0; i < 3; ++i) {
    client.send(get("/hello"));
    EXPECT_EQ(client.answer().header("connection"), "");
  }
  client.send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.answer().header("connection"), "close");
  EXPECT_TRUE(client.ends());
}

TEST(HttpServer, ClosesBehindARequestOfHttp10) {
  http_test_server server;
  raw_client client{server.port()};
  client.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.answer().body, "hello");
  EXPECT_TRUE(client.ends());
}

TEST(HttpServer, AnswersAClientThatSendsNoMore) {
  http_test_server server;
  raw_client client{server.port()};
  client.send(get("/hello"));
  client.end_sending();
  EXPECT_EQ(client.answer().body, "hello");
  EXPECT_TRUE(client.ends());
}

TEST(HttpServer, TellsAClientThatItsBodyEndedEarly) {
  http_test_server server;
  raw_client client{server.port()};
  client.send(echo_with("Content-Length: 5\r\n", "abc"));
  client.end_sending();
  EXPECT_EQ(code_of(client.answer()), "bad_framing");
}

TEST(HttpServer, AnswersPipelinedRequestsInTheirOrder) {
  http_test_server server;
  raw_client client{server.port()};
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    requests += i % 3 == 0 ? post("/echo", "item " + std::to_string(i))
                           : get("/items/item%20" + std::to_string(i));
  }
  client.send(requests);
  std::set<std::string> ids;
  for (int i = 0; i < 200; ++i) {
    const raw_answer answer = client.answer();
    ASSERT_EQ(answer.body, "item " + std::to_string(i));
    ids.insert(answer.header("x-request-id"));
  }
  EXPECT_EQ(ids.size(), 200u);
}

TEST(HttpServer, ReadsARequestByteByByte) {
  http_test_server server;
  raw_client client{server.port()};
  for (const char byte : post("/echo", "abc")) client.send({&byte, 1});
  EXPECT_EQ(client.answer().body, "abc");
}

TEST(HttpServer, ReadsTheSameHoweverARequestIsCut) {
  constexpr unsigned seed = 22;
  std::mt19937 random{seed};
  http_test_server server;
  raw_client client{server.port()};
  const std::string bytes =
      post("/echo", "one") +
      echo_with("Transfer-Encoding: chunked\r\n", "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n") +
      get("/items/x%20y");
  for (int round = 0; round < 50; ++round) {
    for (std::size_t sent = 0; sent < bytes.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 60, bytes.size() - sent);
      client.send(std::string_view{bytes}.substr(sent, size));
      sent += size;
    }
    EXPECT_EQ(client.answer().body, "one");
    EXPECT_EQ(client.answer().body, "abc");
    EXPECT_EQ(client.answer().body, "x y");
  }
}

TEST(HttpServer, NeverSendsALineThatAHeadersValueWouldMake) {
  std::vector<route> extra;
  extra.push_back(
      {"GET", "/split", route_access::open, true, true, 0, {}, answering([](const api_request&) {
         api_response made;
         made.headers.push_back({"X-Name", "a\r\nSet-Cookie: b"});
         return made;
       })});
  http_test_server server{{}, std::move(extra)};
  const raw_answer answer = answer_to(server, get("/split"));
  EXPECT_EQ(answer.header("x-name"), "a\\x0d\\x0aSet-Cookie: b");
  EXPECT_EQ(answer.header("set-cookie"), "");
}

TEST(HttpServer, CountsWhatItAnswered) {
  http_test_server server;
  raw_client client{server.port()};
  client.send(get("/hello") + get("/nothing") + get("/throw"));
  for (int i = 0; i < 3; ++i) client.answer();
  const std::string metrics = server.metrics();
  for (const char* line :
       {"reprise_http_requests_total{status=2xx} 1\n",
        "reprise_http_requests_total{status=4xx} 1\n",
        "reprise_http_requests_total{status=5xx} 1\n", "reprise_http_request_seconds 3\n",
        "reprise_http_connections 1\n", "reprise_http_connections_limit 1024\n"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line << metrics;
  }
}

TEST(HttpServer, TellsWhyItCannotListen) {
  http_test_server server;
  net::io_context context;
  const auto random = make_seeded_random(1);
  http_server other{context.get_executor(), {router{{}, {}}, *random, {}}};
  const auto bound = other.listen({net::ip::address_v4::loopback(), server.port()});
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, errc::io_failed);
  EXPECT_EQ(bound.error().what,
            "127.0.0.1:" + std::to_string(server.port()) + ": Address already in use");
}

}  // namespace
}  // namespace reprise
