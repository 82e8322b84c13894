// Reports of the real service on their way to sinks: what is shown of them, and that none is lost
// where sinks fail or the service ends. And what all this comes to in figures.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <map>
#include <set>
#include <sstream>

#include "tests/serve_peer.hpp"
#include "tests/serve_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;
using simulate::http_answer;

const std::string picture(256, 'b');

std::string lines_from(std::int64_t from, std::int64_t to) {
  std::string lines;
  for (std::int64_t at = from; at < to; ++at) {
    lines += line_of(at, picture);
  }
  return lines;
}

class ServeDeliveries : public OneService {
 protected:
  // Twelve seconds of a still picture: seven reports, of the sixth second and those that follow.
  std::int64_t push_matches(const std::string& name, const json& settings) const {
    EXPECT_EQ(service().put("/channels/" + name, settings).status, 201);
    const std::int64_t from = now_seconds() - 12;
    EXPECT_EQ(service().ask(push_of(name, lines_from(from, from + 12))).status, 202);
    return from;
  }
  std::vector<json> of_channel(const std::string& name, const std::string& query = {}) const {
    std::vector<json> found;
    std::string next = "/deliveries?limit=3" + query;
    for (int pages = 0; pages < 1'000; ++pages) {
      const json page = service().read(next);
      for (const json& each : page["items"]) {
        if (each["channel"] == name) found.push_back(each);
      }
      if (page["next"].is_null()) break;
      next = "/deliveries?limit=3" + query + "&cursor=" + page["next"].get<std::string>();
    }
    return found;
  }
};

TEST_F(ServeDeliveries, ArriveInOrderAndAreShown) {
  const test_peer sink{http_answer(204, "")};
  raw_client watcher{service().port()};
  ASSERT_TRUE(watcher.send(bytes_of({.target = "/events?channel=sent&kind=delivery,match"})));
  ASSERT_EQ(watcher.line(), "HTTP/1.1 200 OK");
  const std::int64_t from =
      push_matches("sent", {{"threshold", 0},
                            {"top_k", 1},
                            {"reporting_url", sink.url("/in?a=b")},
                            {"reporting_headers", {{"Authorization", "Bearer sink"}}}});
  await("all are delivered", [&] { return of_channel("sent", "&state=delivered").size() == 6; });
  const auto shown = of_channel("sent");
  ASSERT_EQ(shown.size(), 6u);
  const auto requests = sink.requests();
  ASSERT_EQ(requests.size(), 6u);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::int64_t time = from + 6 + static_cast<std::int64_t>(i);
    EXPECT_EQ(requests[i].body, "{\"channel\":\"sent\",\"time\":" + std::to_string(time) +
                                    ",\"match_times\":[" + std::to_string(time - 1) + "]}");
    EXPECT_EQ(requests[i].head.target, "/in?a=b");
    EXPECT_EQ(requests[i].head.header("authorization"), "Bearer sink");
    ids.insert(std::string{requests[i].head.header("webhook-id")});
  }
  EXPECT_EQ(ids.size(), 6u);
  for (const json& each : shown) {
    EXPECT_EQ(each["state"], "delivered");
    EXPECT_EQ(each["attempts"], 1);
    EXPECT_EQ(each["next_attempt"], nullptr);
    EXPECT_EQ(each["last_error"], nullptr);
  }
  std::map<std::string, int> kinds;
  while (kinds["event: delivery"] < 6 || kinds["event: match"] < 6) {
    const std::string line = watcher.line();
    if (line.starts_with("event: ")) ++kinds[line];
    ASSERT_FALSE(watcher.ends()) << "the events end early";
  }
  const std::string id = std::to_string(shown[0]["id"].get<std::int64_t>());
  expect_problem(service().ask({.method = "POST", .target = "/deliveries/" + id + "/retry"}), 409,
                 "data_conflict");
}

TEST_F(ServeDeliveries, WaitForASinkThatFailsAndAreRetriedWhenAsked) {
  std::atomic<bool> fails = true;
  const test_peer sink{[&](const peer_request&) { return http_answer(fails ? 503 : 200, ""); }};
  push_matches("waiting", {{"threshold", 0}, {"reporting_url", sink.url()}});
  await("the sink has failed", [&] {
    const auto waiting = of_channel("waiting", "&state=waiting");
    return waiting.size() == 6 && std::any_of(waiting.begin(), waiting.end(), [](const json& of) {
             return of["last_error"].is_string();
           });
  });
  const auto waiting = of_channel("waiting");
  const auto failed = std::find_if(waiting.begin(), waiting.end(),
                                   [](const json& of) { return of["attempts"] > 0; });
  ASSERT_NE(failed, waiting.end());
  EXPECT_TRUE((*failed)["next_attempt"].is_number());
  EXPECT_NE((*failed)["last_error"].get<std::string>().find("503"), std::string::npos);
  await("the age of the oldest is told",
        [&] { return figure_of(service(), "reprise_outbox_oldest_seconds") > 0; });
  fails = false;
  const std::string id = std::to_string((*failed)["id"].get<std::int64_t>());
  const raw_answer retried =
      service().ask({.method = "POST", .target = "/deliveries/" + id + "/retry"});
  EXPECT_EQ(retried.status, 202) << retried.body;
  EXPECT_EQ(json_of(retried)["id"], (*failed)["id"]);
  await("all are delivered", [&] { return of_channel("waiting", "&state=delivered").size() == 6; });
}

TEST_F(ServeDeliveries, FareAsTheirSinkAnswers) {
  const test_peer elsewhere{http_answer(204, "")};
  const test_peer moved{http_answer(302, "", "Location: " + elsewhere.url() + "\r\n")};
  const test_peer busy{http_answer(429, "", "Retry-After: 900\r\n")};
  const test_peer talkative{http_answer(200, std::string(1'000'000, 'x'))};
  push_matches("talked", {{"threshold", 0}, {"reporting_url", talkative.url()}});
  push_matches("moved", {{"threshold", 0}, {"reporting_url", moved.url()}});
  push_matches("held", {{"threshold", 0}, {"reporting_url", busy.url()}});
  await("what is answered at length is delivered",
        [&] { return of_channel("talked", "&state=delivered").size() == 6; });
  const auto tried = [&](const std::string& name) {
    json found;
    await(name + " was tried", [&] {
      for (const json& each : of_channel(name, "&state=waiting")) {
        if (each["attempts"] > 0) found = each;
      }
      return !found.is_null();
    });
    return found;
  };
  EXPECT_NE(tried("moved")["last_error"].get<std::string>().find("302"), std::string::npos);
  EXPECT_TRUE(elsewhere.requests().empty()) << "a report went elsewhere";
  const json held = tried("held");
  EXPECT_NE(held["last_error"].get<std::string>().find("429"), std::string::npos);
  EXPECT_GE(held["next_attempt"].get<std::int64_t>(), now_seconds() + 600);
  EXPECT_EQ(busy.requests().size(), 1U);
}

TEST_F(ServeDeliveries, EndWithTheirSinkOrTheirChannel) {
  const test_peer gone{http_answer(410, "")};
  push_matches("gone", {{"threshold", 0}, {"reporting_url", gone.url()}});
  await("the sink is disabled",
        [&] { return of_channel("gone", "&state=sink_disabled").size() == 6; });
  EXPECT_TRUE(service().log().find("410") != std::string::npos);
  const test_peer failing{http_answer(500, "")};
  push_matches("deleted", {{"threshold", 0}, {"reporting_url", failing.url()}});
  await("they wait", [&] { return of_channel("deleted", "&state=waiting").size() == 6; });
  ASSERT_EQ(service().ask({.method = "DELETE", .target = "/channels/deleted"}).status, 204);
  await("they end", [&] { return of_channel("deleted", "&state=channel_deleted").size() == 6; });
}

TEST_F(ServeDeliveries, AreNotFoundWhereThereAreNone) {
  const auto retry = [&](const std::string& id) {
    return service().ask({.method = "POST", .target = "/deliveries/" + id + "/retry"});
  };
  expect_problem(retry("999999"), 404, "not_found");
  expect_problem(retry("99999999999999999999"), 422, "invalid_field", "id");
  expect_problem(retry("x"), 422, "invalid_field", "id");
  expect_problem(service().get("/deliveries?state=lost"), 422, "invalid_field", "state");
  expect_problem(service().get("/deliveries?cursor=%7B"), 422, "invalid_field", "cursor");
  expect_problem(service().get("/deliveries?limit=0"), 422, "out_of_range", "limit");
}

// A polled channel whose sink fails: what it was to be told when the service ended is told after
// the next start, under the same ids, in order and without a hole.
TEST(ServeDrain, KeepsReportsOverItsEnd) {
  const test_peer source{http_answer(200, picture)};
  std::atomic<bool> fails = true;
  const test_peer sink{[&](const peer_request&) { return http_answer(fails ? 503 : 204, ""); }};
  const temporary_directory place;
  serve_setting setting = loopback_allowed();
  setting.directory = place.path();
  std::map<std::int64_t, std::string> before;
  {
    served_program service{setting};
    ASSERT_EQ(service
                  .put("/channels/polled", {{"source_url", source.url()},
                                            {"reporting_url", sink.url()},
                                            {"report_empty", true}})
                  .status,
              201);
    await("reports wait",
          [&] { return service.read("/deliveries?state=waiting")["items"].size() >= 2; });
    EXPECT_EQ(service.stop(), 0);
    EXPECT_TRUE(service.logged("stopped"));
    for (const peer_request& each : sink.requests()) {
      before[json::parse(each.body)["time"]] = each.head.header("webhook-id");
    }
    EXPECT_FALSE(before.empty());
  }
  served_program service{setting};
  const auto waiting = service.read("/deliveries?state=waiting&limit=1000")["items"];
  EXPECT_GE(waiting.size(), 2u);
  std::set<std::int64_t> times;
  for (const json& each : waiting) times.insert(each["time"].get<std::int64_t>());
  // Each second that was stored before the end has its report.
  std::istringstream stored{service.get("/channels/polled/fingerprints").body};
  std::string line;
  std::getline(stored, line);
  const std::int64_t first = json::parse(line)["time"];
  EXPECT_TRUE(times.contains(first));
  for (const auto& [time, id] : before) EXPECT_TRUE(times.contains(time)) << time;
  fails = false;
  await("they are delivered", [&] {
    const json left = service.read("/deliveries?state=waiting&limit=1000")["items"];
    return std::none_of(left.begin(), left.end(), [&](const json& each) {
      return times.contains(each["time"].get<std::int64_t>());
    });
  });
  std::vector<std::int64_t> delivered;
  for (const peer_request& each : sink.requests()) {
    const std::int64_t time = json::parse(each.body)["time"];
    if (before.contains(time)) {
      EXPECT_EQ(before[time], each.head.header("webhook-id"));
    }
    if (!delivered.empty() && delivered.back() == time) continue;  // tried again
    delivered.push_back(time);
  }
  EXPECT_TRUE(std::is_sorted(delivered.begin(), delivered.end()));
  EXPECT_EQ(service.stop(), 0);
}

// The sink has a report, and the service is killed before it can hear of that.
TEST(ServeCrash, PostsAReportAgainUnderItsIdWhereItsDeliveryWasNotPutDown) {
  std::atomic<::pid_t> victim = 0;
  const test_peer sink{[&](const peer_request&) {
    if (const ::pid_t pid = victim.exchange(0); pid > 0) ::kill(pid, SIGKILL);
    return http_answer(200, "");
  }};
  const temporary_directory place;
  serve_setting setting = loopback_allowed();
  setting.directory = place.path();
  const std::int64_t from = now_seconds() - 12;
  {
    served_program service{setting};
    ASSERT_EQ(
        service.put("/channels/owed", {{"threshold", 0}, {"reporting_url", sink.url()}}).status,
        201);
    victim = service.pid();
    raw_client pushing{service.port()};  // whether it is answered before the end is chance
    ASSERT_TRUE(pushing.send(bytes_of(push_of("owed", lines_from(from, from + 12)))));
    EXPECT_EQ(service.await_end(), 128 + SIGKILL);
  }
  served_program service{setting};
  await("all are delivered",
        [&] { return service.read("/deliveries?state=delivered")["items"].size() == 6; });
  std::map<std::string, std::set<std::string>> bodies;  // by id
  std::map<std::string, int> posts;
  std::string first;
  for (const peer_request& each : sink.requests()) {
    const std::string id{each.head.header("webhook-id")};
    bodies[id].insert(each.body);
    ++posts[id];
    if (first.empty()) first = id;
  }
  EXPECT_EQ(bodies.size(), 6U);
  for (const auto& [id, different] : bodies) EXPECT_EQ(different.size(), 1U) << id;
  EXPECT_GE(posts[first], 2);
  EXPECT_EQ(service.stop(), 0);
}

// Of the text format: name, labels, value; and the family's type.
struct figures {
  std::map<std::string, std::string> types;
  std::map<std::string, double> values;  // by `name{labels}`
};

figures parse_figures(const std::string& text) {
  figures read;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string first, second, name, rest;
    if (line.starts_with("# ")) {
      words >> first >> second >> name >> rest;
      if (second == "TYPE") {
        EXPECT_TRUE(read.types.emplace(name, rest).second) << "told twice: " << name;
      }
      continue;
    }
    const std::size_t space = line.rfind(' ');
    EXPECT_NE(space, std::string::npos) << line;
    if (space == std::string::npos) continue;
    EXPECT_TRUE(
        read.values.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second)
        << "told twice: " << line;
  }
  return read;
}

TEST_F(ServeDeliveries, ComeToFigures) {
  const test_peer source{http_answer(200, picture)}, broken{http_answer(500, "")},
      sink{http_answer(204, "")};
  push_matches("figures", {{"threshold", 0}, {"reporting_url", sink.url()}});
  ASSERT_EQ(service().put("/channels/good", {{"source_url", source.url()}}).status, 201);
  ASSERT_EQ(service().put("/channels/bad", {{"source_url", broken.url()}}).status, 201);
  ASSERT_EQ(service().put("/channels/off", {{"enabled", false}}).status, 201);
  figures read;
  const auto value = [&](const std::string& name) {
    const auto found = read.values.find(name);
    return found == read.values.end() ? -1 : found->second;
  };
  await("the figures tell of all", [&] {
    const raw_answer answer = service().get("/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.header("content-type").starts_with("text/plain; version=0.0.4"))
        << answer.header("content-type");
    read = parse_figures(answer.body);
    return value("reprise_polls_total{result=\"ok\"}") > 0 &&
           value("reprise_polls_total{result=\"status\"}") > 0 &&
           value("reprise_reports_total{state=\"delivered\"}") >= 6 &&
           value("reprise_matches_total") > 0;
  });
  for (const char* name : {"reprise_tick_lateness_seconds", "reprise_match_seconds",
                           "reprise_poll_seconds", "reprise_http_request_seconds"}) {
    EXPECT_EQ(read.types[name], "histogram") << name;
    EXPECT_GT(value(std::string{name} + "_count"), 0) << name;
    EXPECT_EQ(value(std::string{name} + "_bucket{le=\"+Inf\"}"),
              value(std::string{name} + "_count"));
  }
  for (const char* state :
       {"delivered", "expired", "dropped_overflow", "sink_disabled", "channel_deleted"}) {
    EXPECT_GE(value(std::string{"reprise_reports_total{state=\""} + state + "\"}"), 0) << state;
  }
  EXPECT_EQ(value("reprise_reports_total"), -1) << "only by state";
  for (const char* state : {"pending", "live", "slow", "down", "still", "disabled"}) {
    EXPECT_GE(value(std::string{"reprise_channels{state=\""} + state + "\"}"), 0) << state;
  }
  EXPECT_EQ(value("reprise_channels{state=\"disabled\"}"), 1);
  for (const char* name :
       {"reprise_polls_total", "reprise_matches_total", "reprise_reports_total",
        "reprise_http_requests_total", "reprise_ticks_missed_total", "reprise_clock_steps_total"}) {
    EXPECT_EQ(read.types[name], "counter") << name;
  }
  // Whatever has a limit tells it beside what is used of it.
  const std::pair<const char*, const char*> queues[] = {
      {"reprise_batch_ticks_used", "reprise_batch_ticks_limit"},
      {"reprise_lane_ticks_used", "reprise_lane_ticks_limit"},
      {"reprise_passages_used", "reprise_passages_limit"},
      {"reprise_pushes_used", "reprise_pushes_limit"},
      {"reprise_loads_used", "reprise_loads_limit"},
      {"reprise_channels_used", "reprise_channels_limit"},
      {"reprise_disk_queue_used{disk=\"history\"}", "reprise_disk_queue_limit{disk=\"history\"}"},
      {"reprise_disk_queue_used{disk=\"state\"}", "reprise_disk_queue_limit{disk=\"state\"}"},
      {"reprise_disk_works_used{disk=\"history\"}", "reprise_disk_works_limit{disk=\"history\"}"},
      {"reprise_disk_works_used{disk=\"state\"}", "reprise_disk_works_limit{disk=\"state\"}"},
      {"reprise_outbox_fullest_sink_waiting", "reprise_outbox_limit"},
      {"reprise_report_sends", "reprise_report_sends_limit"},
      {"reprise_reports_in_memory", "reprise_reports_in_memory_limit"},
      {"reprise_polls_in_flight", "reprise_polls_in_flight_limit"},
      {"reprise_exchanges_in_flight", "reprise_exchanges_limit"},
      {"reprise_connections_open", "reprise_connections_limit"},
      {"reprise_dns_names", "reprise_dns_names_limit"},
      {"reprise_event_watchers", "reprise_event_watchers_limit"},
      {"reprise_http_connections", "reprise_http_connections_limit"},
      {"reprise_http_bodies_bytes", "reprise_http_bodies_bytes_limit"},
  };
  for (const auto& [used, limit] : queues) {
    EXPECT_GE(value(used), 0) << used;
    EXPECT_GT(value(limit), 0) << limit;
    EXPECT_LE(value(used), value(limit)) << used;
  }
}

}  // namespace
}  // namespace reprise
