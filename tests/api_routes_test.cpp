#include <algorithm>

#include "host/hex.hpp"
#include "host/match/score.hpp"
#include "tests/api_support.hpp"

namespace reprise {
namespace {

using nlohmann::json;

constexpr std::string_view ndjson = "application/x-ndjson", raw = "application/octet-stream";

fingerprint bits_of(std::uint8_t seed) {
  fingerprint made;
  for (std::size_t i = 0; i < made.size(); ++i) {
    made[i] = static_cast<std::byte>(seed * 37 + i * (seed + 3));
  }
  return made;
}
std::string raw_of(std::uint8_t from, int count) {
  std::string made;
  for (int i = 0; i < count; ++i) {
    const fingerprint bits = bits_of(static_cast<std::uint8_t>(from + i));
    made.append(reinterpret_cast<const char*>(bits.data()), bits.size());
  }
  return made;
}
std::string line_of(std::int64_t time, std::uint8_t seed) {
  std::string made = "{\"time\": " + std::to_string(time) + ", \"bits\": \"";
  append_hex(made, bits_of(seed));
  return made + "\"}\n";
}
std::string at(std::int64_t second) {
  return std::to_string(world_begin + second);
}

TEST_F(ApiRoutes, MakeReplaceChangeShowAndRemoveAChannel) {
  const auto made = call("PUT", "/channels/bbc1", R"({"source_url":"http://source.test/a",
      "threshold":2.5,"source_headers":{"Authorization":"canary-7"}})");
  EXPECT_EQ(made.status, 201u) << made.body;
  EXPECT_EQ(made.body.find("canary"), std::string::npos);
  EXPECT_EQ(json_of(made)["threshold"], 2.5);
  EXPECT_EQ(json_of(made)["window_seconds"], world.options.defaults.window_seconds);
  EXPECT_EQ(json_of(made)["gaps"], json::object());

  const auto patched = call("PATCH", "/channels/bbc1", R"({"top_k":3,"source_url":null})");
  EXPECT_EQ(patched.status, 200u);
  EXPECT_EQ(json_of(patched)["top_k"], 3);
  EXPECT_EQ(json_of(patched)["threshold"], 2.5);
  EXPECT_TRUE(json_of(patched)["source_url"].is_null());
  EXPECT_TRUE(world.service->book().find("bbc1")->settings.source_headers.empty());

  EXPECT_EQ(call("PUT", "/channels/bbc1", "{}").status, 200u);
  EXPECT_EQ(json_of(call("GET", "/channels/bbc1"))["similarity"], 0.8);
  EXPECT_TRUE(world.service->book().find("bbc1")->settings.source_headers.empty());
  EXPECT_EQ(call("DELETE", "/channels/bbc1").status, 204u);
  EXPECT_EQ(code_of(call("GET", "/channels/bbc1")), "not_found");
  EXPECT_EQ(call("DELETE", "/channels/bbc1").status, 404u);
  EXPECT_EQ(call("PATCH", "/channels/bbc1", "{}").status, 404u);
}

TEST_F(ApiRoutes, ShowAChannelsIntegrityByTheGapsBesideIt) {
  world.put("a", {});
  const fingerprint bits = bits_of(1);
  for (std::int64_t second = 100; second < 103; ++second) {
    world.run_to(world_begin + second);
    world.poll("a", world_begin + second, &bits);
  }
  world.run_for(std::chrono::milliseconds{900});
  EXPECT_EQ(json_of(call("GET", "/channels/a"))["integrity"], "ok");
  stored_tick& tick = world.disk->ticks[world.number_of("a")][world_begin + 101];
  for (const gap_reason damage : {gap_reason::corrupt, gap_reason::none}) {
    tick.reason = damage;
    const json shown = json_of(call("GET", "/channels/a"));
    const bool is_damaged = damage == gap_reason::corrupt;
    EXPECT_EQ(shown["gaps"].value("corrupt", 0), is_damaged ? 1 : 0);
    EXPECT_EQ(shown["integrity"], is_damaged ? "degraded" : "ok");
  }
}

TEST_F(ApiRoutes, RefuseBadChannels) {
  EXPECT_EQ(call("PUT", "/channels/-x", "{}").status, 422u);
  EXPECT_EQ(code_of(call("PUT", "/channels/a", "{")), "json_syntax");
  const auto blocked = call("PUT", "/channels/a", R"({"reporting_url":"http://blocked.test/"})");
  EXPECT_EQ(code_of(blocked), "url_blocked");
  EXPECT_EQ(field_of(blocked), "/reporting_url");
  const auto bound = call("PUT", "/channels/a", R"({"top_k":101})");
  EXPECT_EQ(bound.status, 422u);
  EXPECT_EQ(field_of(bound), "/top_k");
  EXPECT_EQ(world.service->book().size(), 0u);
}

TEST_F(ApiRoutes, ListChannelsPageByPage) {
  for (const char* name : {"c", "a", "d", "b"}) world.put(name, {});
  std::string names, cursor;
  for (int pages = 0; pages < 10; ++pages) {
    const json page = json_of(call("GET", "/channels?limit=3" + cursor));
    for (const json& each : page["items"]) names += each["name"];
    if (page["next"].is_null()) break;
    cursor = "&cursor=" + page["next"].get<std::string>();
  }
  EXPECT_EQ(names, "abcd");
  for (const char* bad : {"limit=0", "limit=1001", "limit=x", "cursor=-"}) {
    EXPECT_EQ(call("GET", std::string{"/channels?"} + bad).status, 422u) << bad;
  }
}

TEST_F(ApiRoutes, TakeAndGiveFingerprints) {
  world.put("a", {});
  const std::string path = "/channels/a/fingerprints";
  const fields as_raw{{"Content-Type", std::string{raw}}};
  const fields as_lines{{"Content-Type", std::string{ndjson}}};
  const auto stored = call("POST", path + "?start=" + at(50), raw_of(1, 3), as_raw);
  EXPECT_EQ(stored.status, 202u) << stored.body;
  EXPECT_EQ(json_of(stored)["stored"], 3);
  const std::string line = line_of(world_begin + 53, 4);
  EXPECT_EQ(call("POST", path, line, as_lines).status, 202u);
  EXPECT_EQ(json_of(call("POST", path, line, as_lines))["present"], 1);
  EXPECT_EQ(code_of(call("POST", path, line_of(world_begin + 53, 9), as_lines)), "data_conflict");

  EXPECT_EQ(body_of(call("GET", path + "?from=" + at(51) + "&to=" + at(53))),
            line_of(world_begin + 51, 2) + line_of(world_begin + 52, 3));
  const fields wants_raw{{"Accept", std::string{raw}}};
  const auto given = call("GET", path, {}, wants_raw);
  EXPECT_EQ(body_of(given), raw_of(1, 4));
  EXPECT_NE(std::find(given.headers.begin(), given.headers.end(),
                      header_field{"X-Recording-Start", at(50)}),
            given.headers.end());
  EXPECT_EQ(call("GET", path, {}, {{"Accept", "text/html"}}).status, 406u);
  EXPECT_EQ(body_of(call("GET", path + "?from=-99999999999999999999&to=5")), "");

  EXPECT_EQ(call("POST", path, line_of(world_begin + 55, 5), as_lines).status, 202u);
  EXPECT_EQ(code_of(call("GET", path, {}, wants_raw)), "has_gaps");
}

TEST_F(ApiRoutes, RefuseBadFingerprints) {
  world.put("a", {});
  const std::string path = "/channels/a/fingerprints";
  const fields as_raw{{"Content-Type", std::string{raw}}};
  const fields as_lines{{"Content-Type", std::string{ndjson}}};
  const auto cut = call("POST", path + "?start=" + at(50), raw_of(1, 2).substr(1), as_raw);
  EXPECT_EQ(cut.status, 422u);
  EXPECT_NE(cut.body.find("found 255"), std::string::npos);
  EXPECT_EQ(call("POST", path + "?start=" + at(50), {}, as_raw).status, 422u);
  EXPECT_EQ(field_of(call("POST", path, raw_of(1, 1), as_raw)), "start");
  EXPECT_EQ(field_of(call("POST", path + "?start=5", line_of(6, 1), as_lines)), "start");
  const auto second = call("POST", path, line_of(world_begin + 50, 1) + "{}\n", as_lines);
  EXPECT_EQ(second.status, 422u);
  EXPECT_NE(second.body.find("body:2: expected"), std::string::npos) << second.body;
  EXPECT_EQ(code_of(call("POST", path, line_of(world_begin + 200, 1), as_lines)), "out_of_range");
  EXPECT_EQ(call("POST", "/channels/none/fingerprints", line_of(6, 1), as_lines).status, 404u);
  EXPECT_TRUE(world.stored("a").empty());
}

TEST_F(ApiRoutes, ListMatchesAndRepeats) {
  world.put("a", {});
  for (int second = 101; second < 161; ++second) {
    world.run_to(world_begin + second);
    const fingerprint bits = bits_of(static_cast<std::uint8_t>(second % 20));
    world.poll("a", world_begin + second, &bits);
  }
  world.run_for(std::chrono::seconds{2});
  const auto expected = world.matches_of("a");
  ASSERT_FALSE(expected.empty());
  std::size_t rows = 0;
  std::string cursor;
  do {
    const json page = json_of(call("GET", "/channels/a/matches?limit=7" + cursor));
    for (const json& row : page["items"]) {
      const auto& best = expected.at(row["time"]);
      ASSERT_EQ(row["match_times"].size(), best.size());
      for (std::size_t i = 0; i < best.size(); ++i) {
        EXPECT_EQ(row["match_times"][i], best[i].time);
        EXPECT_EQ(row["scores"][i], nearest_double(best[i].score, rule{}));
      }
      ++rows;
    }
    cursor = page["next"].is_null() ? "" : "&cursor=" + page["next"].get<std::string>();
  } while (!cursor.empty() && rows < 100);
  EXPECT_EQ(rows, expected.size());
  const json repeats = json_of(call("GET", "/channels/a/repeats"));
  ASSERT_EQ(repeats["items"].size(), world.repeats_of("a").size());
  EXPECT_EQ(repeats["items"][0]["channel"], "a");
  EXPECT_EQ(call("GET", "/channels/b/repeats").status, 404u);
}

TEST_F(ApiRoutes, AnswerAOneShotCallOfAnUnknownSource) {
  exchange.will_answer(bits_of(1));
  const std::string body = R"({"source":"new","source_url":"http://source.test/","threshold":0,
                               "reporting_url":"http://sink.test/"})";
  const auto tick = tick_of(world.time.clock().wall());
  const auto answered = call("POST", "/report", body);
  EXPECT_EQ(answered.status, 200u) << answered.body;
  EXPECT_EQ(answered.body,
            "{\"channel\":\"new\",\"time\":" + std::to_string(tick) + ",\"match_times\":[]}");
  ASSERT_NE(world.service->book().find("new"), nullptr);
  EXPECT_TRUE(world.service->book().find("new")->settings.source_url.empty());
  EXPECT_EQ(call("POST", "/report", body).body, answered.body);
  EXPECT_EQ(exchange.asked.size(), 1u);
}

TEST_F(ApiRoutes, TellTheSameFailureTwiceInATick) {
  world.put("a", {});
  const std::string body = R"({"source":"a","source_url":"http://source.test/"})";
  exchange.will_fail(gap_reason::timeout);
  EXPECT_EQ(call("POST", "/report", body).status, 504u);
  EXPECT_EQ(code_of(call("POST", "/report", body)), "timeout");
  EXPECT_EQ(exchange.asked.size(), 1u);
  world.run_for(std::chrono::seconds{1});
  exchange.will_fail(gap_reason::tls);
  const auto failed = call("POST", "/report", body);
  EXPECT_EQ(failed.status, 502u);
  EXPECT_EQ(code_of(failed), "tls");
}

TEST_F(ApiRoutes, TellOfASecondWhosePollHasFailedThatItFailed) {
  world.put("a", {});
  world.run_until_ready();
  const std::string body = R"({"source":"a","source_url":"http://source.test/"})";
  for (const auto& [reason, status] : {std::pair{gap_reason::timeout, 504u},
                                       {gap_reason::status, 502u},
                                       {gap_reason::overload, 503u}}) {
    world.run_for(std::chrono::seconds{1});
    world.poll("a", tick_of(world.time.clock().wall()), nullptr, reason);
    world.run_for(std::chrono::milliseconds{100});
    const auto failed = call("POST", "/report", body);
    EXPECT_EQ(failed.status, status) << failed.body;
    EXPECT_EQ(code_of(failed), to_string(reason));
    EXPECT_EQ(failed.headers.empty(), status != 503);
  }
  EXPECT_TRUE(exchange.asked.empty());
}

TEST_F(ApiRoutes, FetchWithTheDeadlineThatHoldsNow) {
  world.put("a", {});
  for (const auto deadline : {std::chrono::milliseconds{300}, std::chrono::milliseconds{900}}) {
    parts.fetch_deadline = deadline;
    world.run_for(std::chrono::seconds{1});
    exchange.will_answer(bits_of(1));
    const steady_time before = world.time.clock().steady();
    EXPECT_EQ(
        call("POST", "/report", R"({"source":"a","source_url":"http://source.test/"})").status,
        200u);
    EXPECT_GE(exchange.asked.back().deadline, before + deadline);
    EXPECT_LE(exchange.asked.back().deadline, before + deadline + std::chrono::milliseconds{20});
  }
}

TEST_F(ApiRoutes, SendAChannelsCredentialsToItsOwnSourceAlone) {
  channel_settings settings;
  settings.source_url = "http://own.test/";
  settings.source_headers = {{"Authorization", "canary-7"}};
  world.put("a", settings);
  exchange.will_answer(bits_of(1));
  EXPECT_EQ(call("POST", "/report", R"({"source":"a"})").status, 200u);
  world.run_for(std::chrono::seconds{1});
  exchange.will_answer(bits_of(2));
  EXPECT_EQ(call("POST", "/report", R"({"source":"a","source_url":"http://other.test/"})").status,
            200u);
  ASSERT_EQ(exchange.asked.size(), 2u);
  EXPECT_EQ(exchange.asked[0].headers, settings.source_headers);
  EXPECT_TRUE(exchange.asked[1].headers.empty());
}

TEST_F(ApiRoutes, RefuseBadOneShotCalls) {
  EXPECT_EQ(field_of(call("POST", "/report", "{}")), "/source");
  EXPECT_EQ(field_of(call("POST", "/report", R"({"source":"a"})")), "/source_url");
  EXPECT_EQ(
      code_of(call("POST", "/report", R"({"source":"a","source_url":"http://blocked.test/"})")),
      "url_blocked");
  EXPECT_EQ(field_of(call("POST", "/report", R"({"source":"a","threshold":-1})")), "/threshold");
  EXPECT_EQ(world.service->book().size(), 0u);
}

TEST_F(ApiRoutes, ListDeliveriesAndRetryThem) {
  channel_settings settings;
  settings.reporting_url = "http://sink.test/";
  settings.report_empty = true;
  world.put("a", settings);
  const fingerprint bits = bits_of(1);
  world.poll("a", tick_of(world.time.clock().wall()), &bits);
  world.run_for(std::chrono::seconds{1});
  const json listed = json_of(call("GET", "/deliveries?state=waiting"));
  ASSERT_EQ(listed["items"].size(), 1u) << listed;
  const json& shown = listed["items"][0];
  EXPECT_EQ(shown["channel"], "a");
  EXPECT_EQ(shown["state"], "waiting");
  EXPECT_TRUE(shown["last_error"].is_null());
  EXPECT_EQ(json_of(call("GET", "/deliveries?state=delivered"))["items"].size(), 0u);
  EXPECT_EQ(field_of(call("GET", "/deliveries?state=lost")), "state");
  const auto id = shown["id"].get<std::int64_t>();
  EXPECT_EQ(call("POST", "/deliveries/" + std::to_string(id) + "/retry").status, 202u);
  EXPECT_EQ(retried, std::vector<std::int64_t>{id});
  EXPECT_EQ(call("POST", "/deliveries/5000/retry").status, 404u);
  EXPECT_EQ(call("POST", "/deliveries/x/retry").status, 422u);
}

TEST_F(ApiRoutes, ShowEvents) {
  const auto watched = call("GET", "/events?channel=a,b&kind=tick");
  EXPECT_EQ(watched.content_type, "text/event-stream");
  EXPECT_EQ(run(watched.stream->next()), "retry: 2000\n\n");
  hub.publish({"tick", "c", "{}"});
  hub.publish({"match", "a", "{}"});
  hub.publish({"tick", "b", "{}"});
  EXPECT_EQ(run(watched.stream->next()), "event: tick\ndata: {}\n\n");
  for (const char* unknown : {"ticks", "engine"}) {
    EXPECT_EQ(field_of(call("GET", std::string{"/events?kind="} + unknown)), "kind") << unknown;
  }
  EXPECT_EQ(field_of(call("GET", "/events?channel=-")), "channel");
}

TEST_F(ApiRoutes, TellHowTheServiceDoes) {
  world.put("a", {});
  world.run_until_ready();
  EXPECT_EQ(call("GET", "/livez").status, 200u);
  for (const char* method : {"GET", "POST"}) {
    const auto answer = call(method, "/ping", "anything");
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.body, R"({"status":"ok"})");
  }
  EXPECT_EQ(call("GET", "/readyz").body, R"({"ready":true,"phase":"ready"})");
  const json verbose = json_of(call("GET", "/readyz?verbose"));
  EXPECT_EQ(verbose["channels"], 1);
  EXPECT_TRUE(verbose["reasons"].is_array());
  EXPECT_NE(call("GET", "/metrics").body.find("reprise_event_watchers 0"), std::string::npos);
  clock_problem = "the clock was put back";
  const auto degraded = call("GET", "/readyz?verbose");
  EXPECT_EQ(degraded.status, 503u);
  EXPECT_EQ(json_of(degraded)["phase"], "degraded");
  EXPECT_NE(degraded.body.find("the clock was put back"), std::string::npos);
  clock_problem.reset();
  world.service->drain([] {});
  const auto draining = call("GET", "/readyz");
  EXPECT_EQ(draining.status, 503u);
  EXPECT_EQ(json_of(draining)["phase"], "draining");
}

}  // namespace
}  // namespace reprise
