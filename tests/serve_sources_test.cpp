// The real service and its sources, good and bad: what it says of them, the one-shot call, TLS.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <memory>

#include "net/simulate/network_thread.hpp"
#include "tests/scripted_server.hpp"
#include "tests/serve_peer.hpp"
#include "tests/serve_support.hpp"
#include "tests/test_certificates.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;
using simulate::http_answer;

const std::string picture(256, 'a');

class ServeSources : public OneService {
 protected:
  json channel(const std::string& name) const { return service().read("/channels/" + name); }
  void make(const std::string& name, const json& settings) const {
    const raw_answer made = service().put("/channels/" + name, settings);
    ASSERT_EQ(made.status, 201) << made.body;
  }
};

// The states that the events tell of a channel, up to this one.
std::vector<std::string> states_until(raw_client& watcher, const std::string& last) {
  std::vector<std::string> states;
  for (int lines = 0; lines < 10'000; ++lines) {
    const std::string line = watcher.line();
    if (!line.starts_with("data: ")) continue;
    states.push_back(json::parse(line.substr(6)).value("state", ""));
    if (states.back() == last) return states;
  }
  ADD_FAILURE() << "the state never comes: " << last;
  return states;
}

TEST_F(ServeSources, AreLiveWhileTheyAnswer) {
  const test_peer source{http_answer(200, picture + "\n")};
  make("live", {{"source_url", source.url("/frame?a=b")}, {"source_headers", {{"X-Key", "k"}}}});
  await("the source is live", [&] {
    const json state = channel("live")["state"];
    return state == "live" || state == "still";
  });
  const json shown = channel("live");
  EXPECT_EQ(shown["last_error"], nullptr);
  EXPECT_TRUE(shown["last_time"].is_number());
  EXPECT_EQ(shown["circuit"], "closed");
  await("a fingerprint is durable", [&] { return channel("live")["durable_through"].is_number(); });
  const std::string line = service().get("/channels/live/fingerprints").body;
  EXPECT_NE(line.find(picture), std::string::npos) << line;
  const auto asked = source.requests();
  ASSERT_FALSE(asked.empty());
  EXPECT_EQ(asked[0].head.method, "GET");
  EXPECT_EQ(asked[0].head.target, "/frame?a=b");
  EXPECT_EQ(asked[0].head.header("x-key"), "k");
}

TEST_F(ServeSources, AreSlowThenDownWhileTheyHangAndBackAtOnce) {
  std::atomic<bool> hangs = true;
  const test_peer source{
      [&](const peer_request&) { return hangs ? std::string{} : http_answer(200, picture); }};
  raw_client watcher{service().port()};
  ASSERT_TRUE(watcher.send(bytes_of({.target = "/events?channel=slow&kind=channel"})));
  ASSERT_EQ(watcher.line(), "HTTP/1.1 200 OK");
  make("slow", {{"source_url", source.url()}});
  const auto states = states_until(watcher, "down");
  EXPECT_EQ(std::count(states.begin(), states.end(), "slow"), 1);
  const json shown = channel("slow");
  EXPECT_EQ(shown["state"], "down");
  EXPECT_NE(shown["last_error"], nullptr);
  EXPECT_EQ(shown["circuit"], "closed") << "not before 60 failures";
  await("the gaps are counted", [&] { return channel("slow")["gaps"].value("timeout", 0) >= 5; });
  hangs = false;
  states_until(watcher, "live");
  EXPECT_EQ(channel("slow")["last_error"], nullptr);
}

TEST_F(ServeSources, LeaveGapsWithTheReasonForWhatIsNoFingerprint) {
  const test_peer trap{http_answer(200, picture)};
  struct bad_answer {
    const char* name;
    std::string bytes;
    const char* reason;
  };
  const bad_answer answers[] = {
      {"length", http_answer(200, picture.substr(1)), "malformed"},
      {"letters", http_answer(200, std::string(256, 'x')), "malformed"},
      {"empty", "HTTP/1.1 204 No Content\r\n\r\n", "status"},
      {"missing", http_answer(404, "no"), "status"},
      {"broken", http_answer(500, picture), "status"},
      {"redirect", http_answer(302, "", "Location: " + trap.url() + "\r\n"), "status"},
      {"gzip", http_answer(200, picture, "Content-Encoding: gzip\r\n"), "framing"},
      {"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + picture,
       "framing"},
      {"huge", http_answer(200, std::string(40'000, 'a')), "too_large"},
      {"headers", "HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'a') + "\r\n\r\n", "too_large"},
      {"hour", http_answer(200, picture, "X-Frame-Time: 1000\r\n"), "frame_time"},
  };
  std::vector<std::unique_ptr<test_peer>> peers;
  for (const bad_answer& each : answers) {
    peers.push_back(std::make_unique<test_peer>(each.bytes));
    make(std::string{"bad-"} + each.name, {{"source_url", peers.back()->url("/?key=canary")}});
  }
  make("bad-nobody", {{"source_url", "http://127.0.0.1:9/"}});
  make("bad-name", {{"source_url", "http://nowhere.invalid/"}});
  const auto expect_gaps = [&](const std::string& name, const std::string& reason) {
    await(name + " leaves gaps: " + reason, [&] {
      const json shown = channel(name);
      return shown["gaps"].value(reason, 0) > 0 && shown["last_error"].is_string();
    });
    const std::string error = channel(name)["last_error"];
    EXPECT_EQ(error.find("canary"), std::string::npos) << error;
    EXPECT_EQ(channel(name)["durable_through"].is_number(), true) << "gaps are durable, too";
    EXPECT_EQ(service().get("/channels/" + name + "/fingerprints").body, "") << "nothing invented";
  };
  for (const bad_answer& each : answers) expect_gaps(std::string{"bad-"} + each.name, each.reason);
  expect_gaps("bad-nobody", "connect");
  expect_gaps("bad-name", "dns");
  EXPECT_TRUE(trap.requests().empty()) << "no redirect is followed";
}

class ServeReport : public ServeSources {
 protected:
  raw_answer report(const json& call) const { return service().post("/report", call); }
  // Two answers of one tick: calls are made until none falls on its end.
  std::pair<json, json> two_of_a_tick(const json& call) const {
    std::pair<json, json> two;
    await("two calls fall into one tick", [&] {
      const raw_answer first = report(call), second = report(call);
      EXPECT_EQ(first.status, 200) << first.body;
      two = {json_of(first), json_of(second)};
      return two.first["time"] == two.second["time"];
    });
    return two;
  }
};

TEST_F(ServeReport, MakesAnUnpolledChannelAndAsksOnceATick) {
  const test_peer source{http_answer(200, picture)};
  const std::int64_t before = now_seconds();
  const json call = {{"source", "called"}, {"source_url", source.url()}, {"threshold", 2.5}};
  const auto [first, second] = two_of_a_tick(call);
  EXPECT_EQ(first, second);
  EXPECT_EQ(first["channel"], "called");
  EXPECT_GE(first["time"], before);
  EXPECT_LE(first["time"], now_seconds());
  EXPECT_TRUE(first["match_times"].is_array());
  const json made = channel("called");
  EXPECT_EQ(made["source_url"], nullptr) << "nobody polls it";
  EXPECT_EQ(made["threshold"], 2.5);
  const auto lines = service().get("/channels/called/fingerprints").body;
  EXPECT_EQ(static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n')),
            source.requests().size());
}

TEST_F(ServeReport, TellsMatchesAndPostsThem) {
  const test_peer source{http_answer(200, picture)};
  const test_peer sink{http_answer(204, "")};
  const json call = {{"source", "matched"},
                     {"source_url", source.url()},
                     {"threshold", 0},
                     {"reporting_url", sink.url("/reports")}};
  make("matched", {{"threshold", 0}, {"top_k", 3}});
  json told = {{"time", 0}};
  std::string body;
  // The pushed seconds end just before the tick of the call, unless it ends meanwhile; and the tick
  // was not called before, when it did not follow what was pushed.
  await("a call's tick follows the push", [&] {
    const std::int64_t now = now_seconds();
    if (told["time"] >= now) return false;
    std::string lines;
    for (std::int64_t at = now - 12; at < now; ++at) {
      lines += "{\"time\": " + std::to_string(at) + ", \"bits\": \"" + picture + "\"}\n";
    }
    const raw_answer pushed = service().ask({.method = "POST",
                                             .target = "/channels/matched/fingerprints",
                                             .body = lines,
                                             .content_type = "application/x-ndjson"});
    EXPECT_EQ(pushed.status, 202) << pushed.body;
    const raw_answer answer = report(call);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.header("content-type"), "application/json");
    told = json_of(answer);
    body = answer.body;
    return told["time"] == now;
  });
  const std::int64_t time = told["time"];
  EXPECT_EQ(told["match_times"], json::array({time - 1, time - 2, time - 3}));
  EXPECT_EQ(body, "{\"channel\":\"matched\",\"time\":" + std::to_string(time) +
                      ",\"match_times\":[" + std::to_string(time - 1) + "," +
                      std::to_string(time - 2) + "," + std::to_string(time - 3) + "]}");
  const auto posted = [&] {
    const auto requests = sink.requests();
    return std::find_if(requests.begin(), requests.end(), [&](const peer_request& each) {
             return each.body == body;
           }) != requests.end();
  };
  await("the report is posted", posted);
  const peer_request first = sink.requests()[0];
  EXPECT_EQ(first.head.method, "POST");
  EXPECT_EQ(first.head.target, "/reports");
  EXPECT_EQ(first.head.header("content-type"), "application/json");
  EXPECT_NE(first.head.header("webhook-id"), "");
  EXPECT_EQ(channel("matched")["reporting_url"], nullptr) << "for that call alone";
}

TEST_F(ServeReport, Answers502Or504WhereTheSourceFailsAndTheTickIsAGap) {
  const test_peer broken{http_answer(500, "")};
  const test_peer hanging{std::string{}};
  expect_problem(report({{"source", "c502"}, {"source_url", broken.url()}}), 502, "status");
  expect_problem(report({{"source", "c504"}, {"source_url", hanging.url()}}), 504, "timeout");
  expect_problem(report({{"source", "nobody"}, {"source_url", "http://127.0.0.1:9/"}}), 502,
                 "connect");
  EXPECT_EQ(channel("c502")["gaps"].value("status", 0), 1);
  EXPECT_EQ(channel("c504")["gaps"].value("timeout", 0), 1);
}

TEST_F(ServeReport, RefusesACallThatIsNone) {
  const std::string url = "http://127.0.0.1:9/";
  expect_problem(report(json::object()), 422, "invalid_field", "/source");
  expect_problem(report({{"source", "no source"}, {"source_url", url}}), 422, "invalid_field",
                 "/source");
  expect_problem(report({{"source", 5}, {"source_url", url}}), 422, "invalid_field", "/source");
  expect_problem(report({{"source", "unknown"}}), 422, "invalid_field", "/source_url");
  expect_problem(report({{"source", "a"}, {"source_url", url}, {"threshold", -1}}), 422,
                 "out_of_range", "/threshold");
  expect_problem(report({{"source", "a"}, {"source_url", url}, {"similarity", 0.5}}), 422,
                 "invalid_field", "/similarity");
  EXPECT_EQ(service().get("/channels/unknown").status, 404);
}

TEST(ServeTls, TrustsTheAuthoritiesOfItsFileAndNoOthers) {
  const temporary_directory place;
  const test_certificate authority = make_certificate({.name = "ours", .authority = true}, nullptr);
  const std::string file = place.path() + "/authorities.pem";
  std::ofstream{file} << authority.certificate;
  const certificate_wish good{.alternative = "IP:127.0.0.1"};
  certificate_wish expired = good, elsewhere = good;
  expired.valid_until_seconds = -60;
  elsewhere.alternative = "DNS:other.example";
  net::io_context io;
  const auto serve = [&](const certificate_wish& wish, bool ours) {
    return scripted_server{
        io,
        {answering(plain_answer(picture))},
        make_server_context(make_certificate(wish, ours ? &authority : nullptr))};
  };
  const scripted_server trusted = serve(good, true), foreign = serve(good, false),
                        late = serve(expired, true), other = serve(elsewhere, true);
  const simulate::network_thread running{io};
  serve_setting setting = loopback_allowed();
  setting.environment["REPRISE_EGRESS_CA_FILE"] = file;
  served_program service{setting};
  ASSERT_EQ(service.put("/channels/trusted", {{"source_url", trusted.url()}}).status, 201);
  ASSERT_EQ(service.put("/channels/foreign", {{"source_url", foreign.url()}}).status, 201);
  ASSERT_EQ(service.put("/channels/late", {{"source_url", late.url()}}).status, 201);
  ASSERT_EQ(service.put("/channels/other", {{"source_url", other.url()}}).status, 201);
  await("the trusted source is live", [&] {
    const json state = service.read("/channels/trusted")["state"];
    return state == "live" || state == "still";
  });
  for (const char* name : {"foreign", "late", "other"}) {
    const std::string target = std::string{"/channels/"} + name;
    await("the source is not trusted",
          [&] { return service.read(target)["gaps"].value("tls", 0) > 0; });
    EXPECT_NE(service.read(target)["last_error"], nullptr);
    EXPECT_EQ(service.read(target)["durable_through"].is_number(), true);
    EXPECT_EQ(service.get(target + "/fingerprints").body, "");
  }
  EXPECT_EQ(service.stop(), 0);
}

}  // namespace
}  // namespace reprise
