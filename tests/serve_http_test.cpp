// Bytes that are no good HTTP, JSON or URL, against the real service.
#include <memory>

#include "tests/serve_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

class ServeHttp : public OneService {
 protected:
  // The answer is this refusal, and the connection ends behind it.
  void expect_closed(const std::string& bytes, int status, const std::string& code) const {
    SCOPED_TRACE(bytes.substr(0, 200));
    raw_client client{service().port()};
    client.send(bytes);
    const raw_answer answer = client.answer();
    expect_problem(answer, status, code);
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(client.ends()) << "nothing behind it is answered";
  }
  raw_answer put(const std::string& name, const std::string& body,
                 const std::string& type = "application/json") const {
    return service().ask(
        {.method = "PUT", .target = "/channels/" + name, .body = body, .content_type = type});
  }
};

constexpr const char* next_request = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST_F(ServeHttp, RefusesWhatIsNoHttp) {
  for (const std::string& bytes : std::initializer_list<std::string>{
           "nonsense\r\n\r\n",
           "\x16\x03\x01\x02\x01\x01",
           "GET /livez HTTP/1.1\r\n\r\n",
           "GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
           "GET /livez HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
           "GET /livez HTTP/1.1\nHost: a\n\n",
           std::string{"GET /livez HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 39},
           "GET /li%00vez HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET /livez HTTP/1.1\r\nHost : a\r\n\r\n",
           "GET livez HTTP/1.1\r\nHost: a\r\n\r\n",
       }) {
    expect_closed(bytes, 400, "bad_request");
  }
  expect_closed("GET /livez HTTP/2.7\r\nHost: a\r\n\r\n", 505, "version_unsupported");
}

TEST_F(ServeHttp, ParsesNothingBehindBadFraming) {
  const std::string begin =
      "POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  for (const std::string& framing : std::initializer_list<std::string>{
           "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           "Transfer-Encoding: identity\r\n\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: 1\r\n\r\n",
           "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n",
           "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
           "Content-Length: 2, 2\r\n\r\n{}",
           "Content-Length: -2\r\n\r\n{}",
           "Content-Length: +2\r\n\r\n{}",
           "Content-Length: 18446744073709551618\r\n\r\n{}",
       }) {
    expect_closed(begin + framing + next_request, 400, "bad_framing");
  }
}

TEST_F(ServeHttp, BoundsHeadersTargetsAndBodies) {
  const std::string get = "GET /livez HTTP/1.1\r\nHost: localhost\r\n";
  expect_closed(get + "X: " + std::string(8'192, 'x') + "\r\n\r\n", 431, "headers_too_large");
  std::string fields;
  for (int i = 0; i < 64; ++i) fields += "X: 1\r\n";
  expect_closed(get + fields + "\r\n", 431, "headers_too_large");
  fields.erase(0, 6);
  EXPECT_EQ(service().answer_to(get + fields + "\r\n").status, 200) << "64 are allowed";
  const auto target = [](std::size_t bytes) {
    return "GET /livez?" + std::string(bytes - 7, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  };
  EXPECT_EQ(service().answer_to(target(2'048)).status, 200);
  expect_closed(target(2'049), 414, "target_too_long");
  const std::string report =
      "POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  expect_closed(report + "Content-Length: 16385\r\n\r\n", 413, "body_too_large");
  expect_closed(report + "Content-Length: 16385\r\nExpect: 100-continue\r\n\r\n", 413,
                "body_too_large");
  expect_closed(report + "Transfer-Encoding: chunked\r\n\r\n5000\r\n" + std::string(20'480, ' '),
                413, "body_too_large");
  expect_closed(get + "Expect: 200-ok\r\n\r\n", 417, "expectation_failed");
}

TEST_F(ServeHttp, EndsAHeadThatComesTooSlowly) {
  raw_client client{service().port()};
  client.send("GET /livez HTTP/1.1\r\nHost:");
  const raw_answer answer = client.answer();  // after five seconds
  expect_problem(answer, 408, "request_timeout");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.ends());
}

TEST_F(ServeHttp, TurnsTheSixtyFifthConnectionOfAnAddressAway) {
  std::vector<std::unique_ptr<raw_client>> held;
  await("earlier connections have gone", [&] {
    held.clear();
    for (int i = 0; i < 64; ++i) {
      held.push_back(std::make_unique<raw_client>(service().port()));
      held.back()->send(next_request);
      if (held.back()->answer().status != 200) return false;
    }
    return true;
  });
  raw_client one_more{service().port()};
  one_more.send(next_request);
  const raw_answer answer = one_more.answer();
  expect_problem(answer, 503, "overloaded");
  EXPECT_NE(answer.header("retry-after"), "");
  held.clear();
  await("there is room again", [&] { return service().get("/livez").status == 200; });
}

TEST_F(ServeHttp, AnswersTheWrongMethodWithThoseThatThereAre) {
  const auto answer_of = [&](const std::string& method, const std::string& target) {
    return service().ask({.method = method, .target = target});
  };
  const raw_answer channel = answer_of("POST", "/channels/a");
  expect_problem(channel, 405, "method_not_allowed");
  EXPECT_EQ(channel.header("allow"), "GET, HEAD, DELETE, PUT, PATCH");
  EXPECT_EQ(answer_of("GET", "/report").header("allow"), "POST");
  EXPECT_EQ(answer_of("DELETE", "/livez").header("allow"), "GET, HEAD");
  const raw_answer making = answer_of("HEAD", "/session");
  EXPECT_EQ(making.status, 405) << "nobody would see the key";
  EXPECT_EQ(making.header("allow"), "GET, DELETE");
  const raw_answer head = answer_of("HEAD", "/livez");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "13");
}

TEST_F(ServeHttp, KnowsNoRouteThatIsNotInItsDescription) {
  ASSERT_EQ(put("a", "{}").status, 201);
  for (const char* target :
       {"/", "/docs", "/channels/a/coverage", "/channels/a/explain?time=1&match_time=1",
        "/channels/", "/channels/a/", "//channels", "/Channels", "/index.html", "/deliveries/1",
        "/channels/a/../b", "/favicon.ico"}) {
    expect_problem(service().get(target), 404, "not_found");
  }
}

TEST_F(ServeHttp, GoesOnWithAConnectionBehindAnError) {
  raw_client client{service().port()};
  client.send(bytes_of({.target = "/channels/nobody"}));
  expect_problem(client.answer(), 404, "not_found");
  client.send(std::string{next_request} + next_request);
  EXPECT_EQ(client.answer().status, 200);
  EXPECT_EQ(client.answer().status, 200) << "pipelined";
}

TEST_F(ServeHttp, WantsTheContentTypesThatARouteTakes) {
  for (const char* type : {"text/plain", "application/jsonx", "multipart/form-data"}) {
    expect_problem(put("typed", "{}", type), 415, "unsupported_media_type");
    expect_problem(
        service().ask({.method = "POST", .target = "/report", .body = "{}", .content_type = type}),
        415, "unsupported_media_type");
  }
  EXPECT_EQ(put("typed", "{}", "Application/JSON; charset=utf-8").status, 201);
  expect_problem(service().ask({.method = "PUT",
                                .target = "/channels/typed",
                                .body = "{}",
                                .headers = {"Content-Encoding: gzip"}}),
                 415, "unsupported_media_type");
}

TEST_F(ServeHttp, RefusesBadJsonWithItsPlace) {
  const auto deep = [](int levels) {
    return "{\"a\":" + std::string(static_cast<std::size_t>(levels) - 1, '[') +
           std::string(static_cast<std::size_t>(levels) - 1, ']') + "}";
  };
  struct bad_text {
    std::string body;
    std::string offset;
  };
  for (const auto& [body, offset] : std::initializer_list<bad_text>{
           {"{", "byte "},
           {"{\"top_k\":1} x", "byte 12"},
           {"{\"top_k\":NaN}", "byte 9"},
           {"{\"top_k\":Infinity}", "byte "},
           {"{\"top_k\":1,}", "byte 11"},
           {"{'top_k':1}", "byte 1"},
           {"{\"top_k\":01}", "byte "},
           {"{\"still\":\"\xff\"}", "byte "},
           {"{\"still\":\"\\ud800\"}", "byte "},
           {"\xef\xbb\xbf{}", "byte 0"},
           {std::string{"{}\0", 3}, "byte 2"},
           {"{\"top_k\":1,\"top_k\":1}", "byte "},
           {"{\"source_headers\":{\"A\":\"1\",\"A\":\"2\"}}", "byte "},
           {deep(9), "byte "},
           {" ", "byte "},
       }) {
    SCOPED_TRACE(body);
    const raw_answer answer = put("bad", body);
    expect_problem(answer, 400, "json_syntax");
    EXPECT_NE(json_of(answer).value("detail", "").find(offset), std::string::npos);
  }
  expect_problem(put("bad", deep(8)), 422, "invalid_field", "/a");
  expect_problem(service().ask({.method = "PUT", .target = "/channels/bad"}), 400, "json_syntax");
  EXPECT_EQ(service().get("/channels/bad").status, 404);
}

TEST_F(ServeHttp, RefusesWhatIsNoUrlOfASource) {
  for (const std::string& url :
       std::initializer_list<std::string>{"ftp://cam.example/a",
                                          "file:///etc/passwd",
                                          "cam.example/a",
                                          "//cam.example/a",
                                          "http:",
                                          "http://",
                                          "http:///a",
                                          "http://user@cam.example/",
                                          "http://user:pass@cam.example/",
                                          "http://cam.example/#top",
                                          "http://cam example/",
                                          "http://cam.example:0/",
                                          "http://cam.example:65536/",
                                          "http://cam.example:x/",
                                          "http://[::1/",
                                          "http://[fe80::1%25eth0]/",
                                          "http://a..b/",
                                          "http://" + std::string(64, 'a') + "/",
                                          "http://cam.example/\n",
                                          "http://cam.example/" + std::string(2'030, 'a'),
                                          ""}) {
    SCOPED_TRACE(url);
    expect_problem(put("bad", json{{"source_url", url}}.dump()), 422, "url_invalid", "/source_url");
    expect_problem(put("bad", json{{"reporting_url", url}}.dump()), 422, "url_invalid",
                   "/reporting_url");
    expect_problem(service().post("/report", {{"source", "bad"}, {"source_url", url}}), 422,
                   "url_invalid", "/source_url");
  }
  EXPECT_EQ(service().get("/channels/bad").status, 404);
}

TEST(ServeUrls, AreBlockedInEverySpellingUnlessTheyAreAllowed) {
  const served_program service;
  for (const char* host : {"127.0.0.1",
                           "127.1",
                           "127.0.1",
                           "2130706433",
                           "0x7f000001",
                           "0x7f.1",
                           "0177.0.0.1",
                           "017700000001",
                           "localhost",
                           "LOCALHOST",
                           "0",
                           "0.0.0.0",
                           "[::1]",
                           "[::]",
                           "[0:0:0:0:0:0:0:1]",
                           "[::ffff:127.0.0.1]",
                           "[::ffff:7f00:1]",

                           "[64:ff9b::7f00:1]",
                           "[2002:7f00:1::]",
                           "10.0.0.1",
                           "100.64.0.1",
                           "169.254.169.254",
                           "172.16.0.1",
                           "192.168.0.1",
                           "198.18.0.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "[fe80::1]",
                           "[fc00::1]",
                           "[ff02::1]",
                           "[::ffff:8.8.8.8]"}) {
    const std::string url = std::string{"http://"} + host + "/";
    SCOPED_TRACE(url);
    expect_problem(service.put("/channels/bad", {{"source_url", url}}), 422, "url_blocked",
                   "/source_url");
    expect_problem(service.put("/channels/bad", {{"reporting_url", url}}), 422, "url_blocked",
                   "/reporting_url");
    expect_problem(service.post("/report", {{"source", "bad"}, {"source_url", url}}), 422,
                   "url_blocked", "/source_url");
  }
  EXPECT_EQ(service.get("/channels/bad").status, 404);
  // A name that nobody finds may be found later.
  EXPECT_EQ(service.put("/channels/later", {{"source_url", "http://nowhere.invalid/"}}).status,
            201);
  EXPECT_EQ(service.put("/channels/public", {{"source_url", "http://8.8.8.8/"}, {"enabled", false}})
                .status,
            201);
}

}  // namespace
}  // namespace reprise
