// Fingerprints into the real service and out again: pushes, exports, matches, repeats and events.
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/program_support.hpp"
#include "tests/serve_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

constexpr const char* ndjson = "application/x-ndjson";
constexpr const char* raw = "application/octet-stream";

std::string recording(std::int64_t from, int seconds) {
  std::string text;
  for (int i = 0; i < seconds; ++i) {
    text += line_of(from + i, bits_of(static_cast<std::uint64_t>(from + i)));
  }
  return text;
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

class ServeRecordings : public OneService {
 protected:
  raw_answer push(const std::string& name, const std::string& body, const char* type = ndjson,
                  const std::string& query = {}) const {
    return service().ask({.method = "POST",
                          .target = "/channels/" + name + "/fingerprints" + query,
                          .body = body,
                          .content_type = type});
  }
  void make(const std::string& name, const json& settings = json::object()) const {
    const raw_answer made = service().put("/channels/" + name, settings);
    ASSERT_EQ(made.status, 201) << made.body;
  }
  // All pages of a list.
  std::vector<json> all_of(const std::string& target, std::size_t limit) const {
    std::vector<json> all;
    const std::string first = target + "?limit=" + std::to_string(limit);
    std::string next = first;
    for (int pages = 0; pages < 10'000; ++pages) {
      const json page = service().read(next);
      EXPECT_LE(page["items"].size(), limit);
      for (const json& each : page["items"]) all.push_back(each);
      if (page["next"].is_null()) return all;
      next = first + "&cursor=" + page["next"].get<std::string>();
    }
    ADD_FAILURE() << target << " has no last page";
    return all;
  }
  // Pushes are answered when they are durable, and matched behind that.
  void await_searched(const std::string& name, std::int64_t seconds) const {
    await("the push is searched",
          [&] { return service().read("/channels/" + name)["searchable_seconds"] >= seconds; });
  }
};

struct shifted_case {
  std::string text;            // the recording, ending now
  std::vector<json> expected;  // as the API tells matches
  std::int64_t first = 0, last = 0;
  std::int64_t seconds = 0;  // that there are
};

shifted_case shifted(const json& from) {
  shifted_case made;
  std::vector<json> lines;
  std::ifstream file{data_path("conformance/" + from["recording"].get<std::string>())};
  for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
  made.last = now_seconds();
  const std::int64_t by = made.last - lines.back()["time"].get<std::int64_t>();
  made.first = lines.front()["time"].get<std::int64_t>() + by;
  made.seconds = static_cast<std::int64_t>(lines.size());
  for (const json& line : lines) {
    made.text += line_of(line["time"].get<std::int64_t>() + by, line["bits"]);
  }
  std::ifstream expected{data_path("conformance/" + from["expected"].get<std::string>())};
  for (std::string line; std::getline(expected, line);) {
    json match = json::parse(line);
    match.erase("channel");
    match["time"] = match["time"].get<std::int64_t>() + by;
    for (json& time : match["match_times"]) time = time.get<std::int64_t>() + by;
    made.expected.push_back(match);
  }
  return made;
}

// How far an open repeat has come is put down every half minute and when the service ends: until
// then only where it began is sure.
std::string settled(json repeat) {
  if (repeat["open"] == true) {
    for (const char* growing : {"end", "source_end", "seconds", "score"}) repeat.erase(growing);
  }
  return repeat.dump();
}

// What `reprise scan` says of the same recording.
std::multiset<std::string> scanned_repeats(const json& of, const std::string& text) {
  const auto run =
      run_reprise({"scan", "-", "--channel", of["name"], "--threshold", of["threshold"].dump(),
                   "--window", of["window_seconds"].dump(), "--top", of["top_k"].dump(),
                   "--min-lag", of["min_lag_seconds"].dump(), "--repeats"},
                  text);
  EXPECT_EQ(run.status, 0) << run.messages;
  std::multiset<std::string> found;
  std::istringstream lines{run.output};
  for (std::string line; std::getline(lines, line);) found.insert(settled(json::parse(line)));
  return found;
}

TEST_F(ServeRecordings, GiveTheExpectedMatchesAndRepeatsOfEveryConformanceCase) {
  std::ifstream file{data_path("conformance/manifest.json")};
  std::vector<std::pair<json, shifted_case>> pushed;
  for (const json& one : json::parse(file)) {
    const std::string name = one["name"];
    SCOPED_TRACE(name);
    const shifted_case made = shifted(one);
    // A push reaches no further back than the window.
    if (made.last - made.first + 30 > one["window_seconds"].get<std::int64_t>()) continue;
    make(name, {{"threshold", one["threshold"]},
                {"window_seconds", one["window_seconds"]},
                {"top_k", one["top_k"]},
                {"min_lag_seconds", one["min_lag_seconds"]}});
    const raw_answer taken = push(name, made.text);
    ASSERT_EQ(taken.status, 202) << taken.body;
    EXPECT_EQ(json_of(taken),
              (json{{"stored", made.seconds}, {"present", 0}, {"durable_through", made.last}}));
    EXPECT_EQ(service().read("/channels/" + name)["durable_through"], made.last);
    pushed.emplace_back(one, made);
  }
  EXPECT_EQ(pushed.size(), 13u);
  for (const auto& [one, made] : pushed) {
    const std::string channel = "/channels/" + one["name"].get<std::string>();
    SCOPED_TRACE(channel);
    await("all matches are there",
          [&] { return all_of(channel + "/matches", 1000).size() >= made.expected.size(); });
    EXPECT_EQ(all_of(channel + "/matches", 1000), made.expected);
    EXPECT_EQ(all_of(channel + "/matches", 7), made.expected);
    const auto expected = scanned_repeats(one, made.text);
    std::multiset<std::string> found;
    await("all repeats are there", [&] {
      found.clear();
      for (const json& each : all_of(channel + "/repeats", 90)) found.insert(settled(each));
      return found == expected;
    });
    EXPECT_EQ(found, expected);
  }
}

TEST_F(ServeRecordings, ComeOutByteForByteAsTheyWentIn) {
  make("exact");
  const std::int64_t from = now_seconds() - 3'000;
  const std::string text = recording(from, 1'000) + recording(from + 1'500, 1'000);
  ASSERT_EQ(push("exact", text).status, 202);
  const raw_answer all = service().get("/channels/exact/fingerprints");
  EXPECT_EQ(all.status, 200);
  EXPECT_TRUE(all.whole);
  EXPECT_EQ(all.header("content-type"), ndjson);
  EXPECT_NE(all.header("content-disposition").find("exact.ndjson"), std::string::npos);
  EXPECT_TRUE(all.body == text) << all.body.size() << " bytes, not " << text.size();
  const auto part = [&](std::int64_t begin, std::int64_t end) {
    return service()
        .get("/channels/exact/fingerprints?from=" + std::to_string(begin) +
             "&to=" + std::to_string(end))
        .body;
  };
  EXPECT_EQ(part(from + 999, from + 1'501), recording(from + 999, 1) + recording(from + 1'500, 1));
  EXPECT_EQ(part(from + 5, from + 5), "") << "to is exclusive";
  EXPECT_EQ(part(-5, 3), "");
  EXPECT_EQ(service().get("/channels/exact/fingerprints?to=99999999999999999999").body, text);
  expect_problem(service().get("/channels/exact/fingerprints?from=x"), 422, "invalid_field",
                 "from");
}

TEST_F(ServeRecordings, ComeInAndOutAsRawBytes) {
  make("bytes");
  const std::int64_t from = now_seconds() - 500;
  std::string body, text;
  for (int i = 0; i < 100; ++i) {
    const std::string bits = bits_of(static_cast<std::uint64_t>(i));
    body += bytes_of_hex(bits);
    text += line_of(from + i, bits);
  }
  const raw_answer taken = push("bytes", body, raw, "?start=" + std::to_string(from));
  ASSERT_EQ(taken.status, 202) << taken.body;
  EXPECT_EQ(json_of(taken)["stored"], 100);
  EXPECT_EQ(service().get("/channels/bytes/fingerprints").body, text);
  const auto get_raw = [&](const std::string& query) {
    return service().ask({.target = "/channels/bytes/fingerprints" + query,
                          .headers = {"Accept: application/octet-stream"}});
  };
  const raw_answer out = get_raw("");
  EXPECT_EQ(out.status, 200);
  EXPECT_EQ(out.header("content-type"), raw);
  EXPECT_EQ(out.header("x-recording-start"), std::to_string(from));
  EXPECT_TRUE(out.body == body);
  ASSERT_EQ(push("bytes", line_of(from + 200, bits_of(1))).status, 202);
  expect_problem(get_raw(""), 422, "has_gaps");
  EXPECT_TRUE(get_raw("?to=" + std::to_string(from + 100)).body == body);
  expect_problem(
      service().ask({.target = "/channels/bytes/fingerprints", .headers = {"Accept: image/png"}}),
      406, "not_acceptable");
}

TEST_F(ServeRecordings, ShowAChannelAsStillForAsLongAsItsPictureStands) {
  make("frozen");
  const std::int64_t from = now_seconds() - 60;
  std::string still;
  for (int i = 0; i < 20; ++i) still += line_of(from + i, bits_of(1));
  ASSERT_EQ(push("frozen", recording(from - 10, 10) + still).status, 202);
  await("it is still", [&] { return service().read("/channels/frozen")["state"] == "still"; });
  // The first change vector of zeros is that of the second behind the first one.
  const std::int64_t since = service().read("/channels/frozen")["still_since"];
  EXPECT_GE(since, from);
  EXPECT_LE(since, from + 1);
  await("the repeat is there", [&] {
    const json repeats = service().read("/channels/frozen/repeats")["items"];
    return repeats.size() == 1 && repeats[0]["kind"] == "still" && repeats[0]["open"] == true;
  });
  ASSERT_EQ(push("frozen", recording(from + 20, 2)).status, 202);
  await("it moves", [&] { return service().read("/channels/frozen")["state"] == "live"; });
  EXPECT_EQ(service().read("/channels/frozen")["still_since"], nullptr);
}

TEST_F(ServeRecordings, AreStoredOnceAndNeverOverwritten) {
  make("once");
  const std::int64_t from = now_seconds() - 100;
  ASSERT_EQ(push("once", recording(from, 50)).status, 202);
  const raw_answer again = push("once", recording(from, 60));
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(json_of(again),
            (json{{"stored", 10}, {"present", 50}, {"durable_through", from + 59}}));
  // One second of other bytes: nothing of the push is stored.
  expect_problem(push("once", line_of(from + 20, bits_of(1)) + recording(from + 60, 5)), 409,
                 "data_conflict");
  EXPECT_EQ(service().get("/channels/once/fingerprints").body, recording(from, 60));
}

TEST_F(ServeRecordings, FillTheHistoryBehindTheNewestTickForLaterQueries) {
  make("backfilled", {{"threshold", 0}});
  const std::int64_t now = now_seconds();
  std::string old, later;
  for (int i = 0; i < 20; ++i)
    old += line_of(now - 600 + i, bits_of(100u + static_cast<unsigned>(i)));
  for (int i = 0; i < 20; ++i)
    later += line_of(now - 40 + i, bits_of(100u + static_cast<unsigned>(i)));
  ASSERT_EQ(push("backfilled", line_of(now - 300, bits_of(1))).status, 202);
  const raw_answer filled = push("backfilled", old);
  EXPECT_EQ(json_of(filled),
            (json{{"stored", 20}, {"present", 0}, {"durable_through", now - 300}}));
  await_searched("backfilled", 19);
  ASSERT_EQ(push("backfilled", later).status, 202);
  await("the later push matches",
        [&] { return all_of("/channels/backfilled/matches", 100).size() == 15; });
  const json first = service().read("/channels/backfilled/matches?limit=1")["items"][0];
  EXPECT_EQ(first["time"], now - 40 + 5) << "the sixth second";
  EXPECT_EQ(first["match_times"], json::array({now - 600 + 5}));
}

TEST_F(ServeRecordings, AreTakenFromTheWindowsFirstSecondToFiveSecondsAhead) {
  make("edges", {{"window_seconds", 100}});
  const auto push_at = [&](std::int64_t offset) {
    raw_answer answer;
    await("the push is answered within its second", [&] {
      const std::int64_t now = now_seconds();
      const std::int64_t time = now + offset;
      answer = push("edges", line_of(time, bits_of(static_cast<std::uint64_t>(time))));
      return now_seconds() == now;
    });
    return answer;
  };
  expect_problem(push_at(-101), 422, "out_of_range", "/0/time");
  EXPECT_EQ(push_at(-100).status, 202);
  EXPECT_EQ(push_at(5).status, 202);
  expect_problem(push_at(6), 422, "out_of_range", "/0/time");
}

TEST_F(ServeRecordings, AreRefusedWholeWhereASecondIsWrong) {
  make("refusing");
  const std::int64_t now = now_seconds();
  const std::string good = recording(now - 50, 3);
  const auto expect_refused = [&](const raw_answer& answer, const char* code,
                                  const std::string& field = {}) {
    expect_problem(answer, 422, code, field);
    EXPECT_EQ(service().get("/channels/refusing/fingerprints").body, "");
  };
  expect_refused(push("refusing", good + line_of(now + 60, bits_of(1))), "out_of_range", "/3/time");
  expect_refused(push("refusing", line_of(now - 90'000, bits_of(1)) + good), "out_of_range",
                 "/0/time");
  expect_refused(push("refusing", good + good), "data_malformed");
  expect_refused(push("refusing", good + "{\"time\": 1}\n"), "data_malformed");
  expect_refused(push("refusing", good + "nonsense\n"), "data_malformed");
  expect_refused(push("refusing", line_of(now, bits_of(1).substr(2))), "data_malformed");
  const std::string start = "?start=" + std::to_string(now - 50);
  const raw_answer odd = push("refusing", std::string(129, 'x'), raw, start);
  expect_refused(odd, "data_malformed");
  EXPECT_NE(odd.body.find("128"), std::string::npos);
  EXPECT_NE(odd.body.find("129"), std::string::npos);
  const raw_answer none =
      service().ask({.method = "POST",
                     .target = "/channels/refusing/fingerprints" + start,
                     .headers = {"Content-Type: application/octet-stream", "Content-Length: 0"}});
  expect_refused(none, "data_malformed");
  expect_refused(push("refusing", std::string(128, 'x'), raw), "invalid_field", "start");
  expect_refused(push("refusing", good, ndjson, start), "invalid_field", "start");
  expect_refused(push("refusing", std::string(128, 'x'), raw, "?start=-1"), "out_of_range",
                 "start");
  expect_problem(push("refusing", "{}", "application/json"), 415, "unsupported_media_type");
  expect_problem(service().ask({.method = "POST",
                                .target = "/channels/refusing/fingerprints",
                                .body = good,
                                .content_type = ndjson,
                                .headers = {"Content-Encoding: gzip"}}),
                 415, "unsupported_media_type");
  expect_problem(
      service().answer_to("POST /channels/refusing/fingerprints HTTP/1.1\r\nHost: localhost\r\n"
                          "Content-Type: application/x-ndjson\r\n"
                          "Content-Length: 33554433\r\n\r\n"),
      413, "body_too_large");
}

TEST_F(ServeRecordings, AreWatchedAsEvents) {
  make("watched", {{"threshold", 0}});
  raw_client watcher{service().port()};
  ASSERT_TRUE(watcher.send(
      bytes_of({.target = "/events?channel=watched&kind=match&kind=repeat_opened,repeat_closed"})));
  EXPECT_EQ(watcher.line(), "HTTP/1.1 200 OK");
  bool typed = false;
  for (std::string head = watcher.line(); !head.empty(); head = watcher.line()) {
    typed = typed || head == "Content-Type: text/event-stream";
  }
  EXPECT_TRUE(typed);
  const std::int64_t now = now_seconds();
  std::string text;
  for (int i = 0; i < 30; ++i) {
    text += line_of(now - 30 + i, bits_of(static_cast<std::uint64_t>(i % 10 + 7)));
  }
  ASSERT_EQ(push("watched", text).status, 202);
  // Chunk sizes and empty lines stand between the fields.
  const auto next_event = [&](const std::string& kind) {
    std::string line = watcher.line();
    for (int lines = 0; lines < 10'000 && line != "event: " + kind; ++lines) line = watcher.line();
    const std::string data = watcher.line();
    EXPECT_TRUE(data.starts_with("data: ")) << data;
    return json::parse(data.substr(std::min<std::size_t>(data.size(), 6)), nullptr, false);
  };
  const json match = next_event("match");
  EXPECT_EQ(match["channel"], "watched");
  EXPECT_EQ(match["time"], now - 30 + 15);
  EXPECT_EQ(match["match_times"], json::array({now - 30 + 5}));
  const json opened = next_event("repeat_opened");
  EXPECT_EQ(opened["channel"], "watched");
  EXPECT_EQ(opened["lag"], 10);
  for (const char* bad : {"?kind=nonsense", "?channel=a%20b"}) {
    EXPECT_EQ(service().get(std::string{"/events"} + bad).status, 422) << bad;
  }
}

}  // namespace
}  // namespace reprise
