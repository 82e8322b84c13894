// Delivery events of the real service: posted, over a WebSocket, and its own reports; what is
// averaged of them, and that what was acknowledged outlives the process.
#include <algorithm>
#include <atomic>
#include <thread>

#include "host/library/library_file.hpp"
#include "tests/held_disk.hpp"
#include "tests/program_support.hpp"
#include "tests/serve_peer.hpp"
#include "tests/serve_support.hpp"
#include "tests/web_socket_client.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;
using simulate::http_answer;

const std::string path = "/delivery-events";

// Three events of 2018, as the command's manual has them.
const std::vector<std::string> example = {
    R"({"timestamp": "2018-12-26 18:11:08.509654","translation_id": "5aa5b2f39f7254a75aa5",)"
    R"("source_language": "en","target_language": "fr","client_name": "airliberty",)"
    R"("event_name": "translation_delivered","nr_words": 30, "duration": 20})",
    R"({"timestamp": "2018-12-26 18:15:19.903159","translation_id": "5aa5b2f39f7254a75aa4",)"
    R"("source_language": "en","target_language": "fr","client_name": "airliberty",)"
    R"("event_name": "translation_delivered","nr_words": 30, "duration": 31})",
    R"({"timestamp": "2018-12-26 18:23:19.903159","translation_id": "5aa5b2f39f7254a75bb3",)"
    R"("source_language": "fr","target_language": "en","client_name": "taxi-eats",)"
    R"("event_name": "translation_delivered","nr_words": 100, "duration": 54})"};

std::string example_lines() {
  std::string lines;
  for (const std::string& each : example) lines += each + "\n";
  return lines;
}

service_request events_of(const std::string& lines) {
  return {.method = "POST", .target = path, .body = lines, .content_type = "application/x-ndjson"};
}

// What the service says of the example's minutes, as the command would print it.
std::string rows_of(const served_program& service, const std::string& window) {
  const json answer = service.read("/moving-averages?window_size=" + window +
                                   "&from=2018-12-26%2018:11&to=2018-12-26+18:24:00");
  EXPECT_TRUE(answer["next"].is_null());
  std::string rows;
  for (const json& each : answer["items"]) {
    rows += "{\"date\": " + each["date"].dump() +
            ", \"average_delivery_time\": " + each["average_delivery_time"].dump() + "}\n";
  }
  return rows;
}

void expect_the_commands_rows(const served_program& service) {
  for (const char* window : {"1", "10", "525600"}) {
    const auto run = run_reprise({"moving-average", "--input_file", "-", "--window_size", window},
                                 example_lines());
    ASSERT_EQ(run.status, 0) << run.messages;
    EXPECT_EQ(rows_of(service, window), run.output) << window;
  }
}

std::int64_t asked_of(const std::string& directory, const std::string& sql) {
  auto db = sqlite::connection::open_reader(directory + "/library.db", library_schema(), {});
  EXPECT_TRUE(db) << db.error().what;
  const auto read = db->integer(sql);
  EXPECT_TRUE(read) << read.error().what;
  return read->value_or(-1);
}

TEST(ServeDeliveryEvents, GiveTheCommandsValuesWhereTheyArePosted) {
  const served_program service;
  const raw_answer answer = service.ask(events_of(example_lines()));
  EXPECT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(answer.body, R"({"stored":3})");
  expect_the_commands_rows(service);
  service_request other = events_of(example_lines());
  other.content_type = "application/json";
  EXPECT_EQ(service.ask(other).status, 415);
  expect_problem(service.ask(events_of("\n")), 422, "data_malformed");
  expect_problem(service.get(path), 426, "upgrade_required");
  EXPECT_EQ(figure_of(service, R"(reprise_delivery_events_stored_total{way="post"})"), 3);
  EXPECT_EQ(figure_of(service, R"(reprise_delivery_events_refused_total{way="post"})"), 1);
}

TEST(ServeDeliveryEvents, GiveTheCommandsValuesOverAWebSocket) {
  const served_program service;
  web_socket_client client{service.port(), path};
  for (auto each = example.rbegin(); each != example.rend(); ++each) client.write(*each);
  client.write("{}");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.read(), R"({"stored":1})");
  const json refused = json::parse(client.read());
  EXPECT_EQ(refused["code"], "data_malformed");
  EXPECT_EQ(refused["line"], 1);
  expect_the_commands_rows(service);
  EXPECT_EQ(figure_of(service, R"(reprise_delivery_events_stored_total{way="websocket"})"), 3);
  EXPECT_EQ(figure_of(service, R"(reprise_delivery_events_refused_total{way="websocket"})"), 1);
}

TEST(ServeDeliveryEvents, AreTheReportsThatWereDelivered) {
  const test_peer sink{http_answer(204, "")};
  served_program service{loopback_allowed()};
  ASSERT_EQ(
      service.put("/channels/bbc1", {{"threshold", 0}, {"top_k", 1}, {"reporting_url", sink.url()}})
          .status,
      201);
  const std::int64_t from = now_seconds() - 12;
  std::string lines;
  for (int i = 0; i < 12; ++i) lines += line_of(from + i, std::string(256, 'b'));
  ASSERT_EQ(service.ask(push_of("bbc1", lines)).status, 202);
  await("they are events", [&] {
    return figure_of(service, R"(reprise_delivery_events_stored_total{way="own"})") == 6;
  });
  const json shown =
      service.read("/moving-averages?client_name=bbc1&to=" + std::to_string(now_seconds() + 120));
  const double mean = shown["items"].back()["average_delivery_time"];
  EXPECT_GT(mean, 0);
  EXPECT_LT(mean, static_cast<double>(now_seconds() - from));
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(asked_of(service.directory(),
                     "select count(*) from delivery_events where client_name = 'bbc1' and "
                     "event_name = 'report_delivered' and time <= received"),
            6);
}

TEST(ServeDeliveryEvents, AreAveragedOverTheWindowsOfTheConfiguration) {
  const temporary_directory place;
  {
    served_program service{{.directory = place.path()}};
    ASSERT_EQ(service.ask(events_of(example_lines())).status, 202);
    EXPECT_EQ(service.stop(), 0);
  }
  EXPECT_EQ(asked_of(place.path(), "select count(distinct window_minutes) from moving_averages"),
            1);
  EXPECT_EQ(asked_of(place.path(), "select count(*) from moving_averages"), 22);
  served_program service{
      {.directory = place.path(), .environment = {{"REPRISE_MOVING_AVERAGES_WINDOWS", "3,60"}}}};
  const json first =
      service.read("/moving-averages?from=2018-12-26%2018:14&to=2018-12-26%2018:15")["items"];
  EXPECT_EQ(first[0]["average_delivery_time"], 20);  // over three minutes
  EXPECT_EQ(first[1]["average_delivery_time"], 0);
  expect_the_commands_rows(service);
  // Nobody has sent anything since: they are made anew at the start.
  await("the new windows are there", [&] {
    return asked_of(place.path(),
                    "select count(*) from moving_averages where "
                    "window_minutes in (3, 60)") == 9 + 72;
  });
  EXPECT_EQ(asked_of(place.path(), "select count(*) from moving_averages"), 9 + 72);
}

TEST(ServeDeliveryEvents, AreRefusedByAFullDiskAndTakenWhenItHasRoom) {
  const held_disk disk;
  const served_program service{disk.under({})};
  ASSERT_EQ(service.ask(events_of(example_lines())).status, 202);
  disk.tell("full");
  expect_problem(service.ask(events_of(example_lines())), 507, "disk_full");
  web_socket_client client{service.port(), path};
  client.write(example_lines());
  EXPECT_EQ(client.code(), 1013);
  expect_the_commands_rows(service);
  disk.untell("full");
  EXPECT_EQ(service.ask(events_of(example_lines())).status, 202);
}

TEST(ServeDeliveryEvents, OutliveTheProcessOnceTheyAreAcknowledged) {
  const temporary_directory place;
  served_program first{{.directory = place.path()}};
  std::atomic<std::int64_t> acknowledged = 0;
  const std::uint16_t port = first.port();
  std::thread sending{[&] {
    web_socket_client client{port, path};
    const std::string line = R"({"timestamp": "2018-12-26 18:11:00", "duration": 1})";
    try {
      for (;;) {
        client.write(line);
        if (client.read() != R"({"stored":1})") return;
        ++acknowledged;
      }
    } catch (const boost::system::system_error&) {
      return;  // the write found it gone
    }
  }};
  await("some are stored", [&] { return acknowledged >= 50; });
  first.kill();
  sending.join();
  served_program second{{.directory = place.path()}};
  EXPECT_EQ(second.stop(), 0);
  for (const char* sql : {"select count(*) from delivery_events",
                          "select count from minute_sums where client_name = ''",
                          "select min(count) from moving_averages"}) {
    const std::int64_t kept = asked_of(place.path(), sql);
    EXPECT_GE(kept, acknowledged) << sql;
    EXPECT_LE(kept, acknowledged + 1) << sql;
  }
}

}  // namespace
}  // namespace reprise
