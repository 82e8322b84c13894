// /delivery-events and /moving-averages in simulated time: what is taken, refused and answered.
#include <deque>

#include "host/moving_average/event_averages.hpp"
#include "host/moving_average/event_lines.hpp"
#include "net/body_share.hpp"
#include "net/web_socket.hpp"
#include "tests/api_support.hpp"
#include "tests/event_schema.hpp"
#include "tests/moving_average_support.hpp"

namespace reprise {
namespace {

// The command's example.
const std::string example =
    R"({"timestamp": "2018-12-26 18:11:08.509654","translation_id": "5aa5b2f39f7254a75aa5",)"
    R"("source_language": "en","target_language": "fr","client_name": "airliberty",)"
    R"("event_name": "translation_delivered","nr_words": 30, "duration": 20})"
    "\n"
    R"({"timestamp": "2018-12-26 18:15:19.903159","translation_id": "5aa5b2f39f7254a75aa4",)"
    R"("source_language": "en","target_language": "fr","client_name": "airliberty",)"
    R"("event_name": "translation_delivered","nr_words": 30, "duration": 31})"
    "\n"
    R"({"timestamp": "2018-12-26 18:23:19.903159","translation_id": "5aa5b2f39f7254a75bb3",)"
    R"("source_language": "fr","target_language": "en","client_name": "taxi-eats",)"
    R"("event_name": "translation_delivered","nr_words": 100, "duration": 54})"
    "\n";
const std::string path = "/delivery-events";

// A client that says what it is given, and keeps what it hears.
class scripted_socket final : public web_socket {
 public:
  explicit scripted_socket(std::deque<std::string> says) : says_{std::move(says)} {}
  net::awaitable<outcome<std::optional<std::string>>> read() override {
    ++reads_;
    if (says_.empty() || closed) co_return std::optional<std::string>{};
    std::string said = std::move(says_.front());
    says_.pop_front();
    co_return std::optional{std::move(said)};
  }
  net::awaitable<bool> write(std::string text) override {
    heard.push_back(std::move(text));
    reads_at_answers.push_back(reads_);
    co_return true;
  }
  net::awaitable<void> close(close_code code, std::string_view) override {
    closed = code;
    co_return;
  }

  std::vector<std::string> heard;
  std::vector<int> reads_at_answers;  // how many had begun by then
  std::optional<close_code> closed;

 private:
  int reads_ = 0;
  std::deque<std::string> says_;
};

class DeliveryEvents : public ApiRoutes {
 protected:
  const route& route_of(const std::string& method, const std::string& pattern) const {
    return *std::find_if(table.begin(), table.end(), [&](const route& each) {
      return each.method == method && each.pattern == pattern;
    });
  }
  scripted_socket talk(std::deque<std::string> says) {
    scripted_socket with{std::move(says)};
    const route& asked = route_of("GET", path);
    const auto all = [&]() -> net::awaitable<bool> {
      api_request request;  // named: g++ 12 destroys a temporary of a co_await twice
      co_await asked.converse(std::move(request), with);
      co_return true;
    };
    EXPECT_TRUE(run(all()));
    return with;
  }
  json items_of(const std::string& query) {
    const auto answer = call("GET", "/moving-averages?" + query);
    EXPECT_EQ(answer.status, 200u) << answer.body;
    return json_of(answer)["items"];
  }
  // As the command prints them.
  std::string rows_of(const std::string& query) {
    std::string rows;
    for (const json& each : items_of(query)) {
      rows += "{\"date\": " + each["date"].dump() +
              ", \"average_delivery_time\": " + each["average_delivery_time"].dump() + "}\n";
    }
    return rows;
  }
  std::string command_rows(int window) {
    return average_text(example, {.window = std::chrono::minutes{window}}).rows;
  }
  std::string line_at(std::int64_t second, int duration, const std::string& client = {}) {
    return "{\"timestamp\":\"" + date_text(second) + "\",\"duration\":" + std::to_string(duration) +
           (client.empty() ? "" : ",\"client_name\":\"" + client + "\"") + "}\n";
  }
};

const std::string span = "from=2018-12-26 18:11:00&to=2018-12-26 18:24:00";

TEST_F(DeliveryEvents, GiveTheValuesOfTheCommandWhereTheyArePosted) {
  const auto answer = call("POST", path, example);
  EXPECT_EQ(answer.status, 202u) << answer.body;
  EXPECT_EQ(answer.body, R"({"stored":3})");
  EXPECT_EQ(rows_of(span), command_rows(10));
  EXPECT_EQ(rows_of("window_size=3&" + span), command_rows(3));
  EXPECT_EQ(rows_of("window_size=525600&" + span), command_rows(525'600));
}

TEST_F(DeliveryEvents, GiveTheValuesOfTheCommandMessageByMessageInAnyOrder) {
  std::deque<std::string> lines;
  for (std::size_t at = 0; at < example.size(); at = example.find('\n', at) + 1) {
    lines.push_front(example.substr(at, example.find('\n', at) - at));
  }
  const auto with = talk(lines);
  EXPECT_EQ(with.heard, (std::vector<std::string>(3, R"({"stored":1})")));
  EXPECT_FALSE(with.closed);
  EXPECT_EQ(rows_of(span), command_rows(10));
}

// A client's pings are answered only while it is read from.
TEST_F(DeliveryEvents, AreStoredWhileTheNextMessageIsAwaited) {
  const auto with = talk({example, example, example});
  EXPECT_EQ(with.reads_at_answers, (std::vector<int>{2, 3, 4}));
}

TEST_F(DeliveryEvents, AreNotReadWherePushedFingerprintsAre) {
  EXPECT_EQ(call("POST", path, example).status, 202u);
  EXPECT_EQ(talk({example}).heard.size(), 1u);
  EXPECT_EQ(parser_thread.posts, 0);
}

TEST_F(DeliveryEvents, AreTakenWholeOrNotAtAll) {
  const auto answer = call("POST", path, example + "\n{\"duration\": 1}\n");
  EXPECT_EQ(answer.status, 422u);
  EXPECT_EQ(code_of(answer), "data_malformed");
  EXPECT_TRUE(json_of(answer)["detail"].get<std::string>().starts_with("body:5: expected"))
      << answer.body;
  const auto with = talk({example + "{}", "", example, "x"});
  ASSERT_EQ(with.heard.size(), 4u);
  const json first = json::parse(with.heard[0]);
  EXPECT_EQ(first["code"], "data_malformed");
  EXPECT_EQ(first["line"], 4);
  EXPECT_TRUE(first["detail"].get<std::string>().starts_with("message:4: expected"));
  EXPECT_EQ(first.size(), 3u);
  EXPECT_EQ(json::parse(with.heard[1])["code"], "data_malformed");
  EXPECT_EQ(with.heard[2], R"({"stored":3})");
  EXPECT_EQ(json::parse(with.heard[3])["line"], 1);
  EXPECT_EQ(rows_of(span), command_rows(10));  // of one of the three
}

TEST_F(DeliveryEvents, MayBeAMinuteAheadAndNoMore) {
  const std::int64_t now = world_begin + 100;
  EXPECT_EQ(call("POST", path, line_at(now + 60, 1)).status, 202u);
  const auto ahead = call("POST", path, line_at(now + 120, 1));
  EXPECT_EQ(ahead.status, 422u);
  EXPECT_EQ(code_of(ahead), "out_of_range");
}

TEST_F(DeliveryEvents, AreRefusedWhereTheyTouchTooMuch) {
  std::string lines;
  for (int i = 0; i < 100'001; ++i) lines += line_at(1'000'000'000 + i * 600, 1);
  const auto refused = call("POST", path, lines);
  EXPECT_EQ(refused.status, 422u);
  EXPECT_EQ(code_of(refused), "out_of_range");
  const auto with = talk({lines, line_at(1'000'000'000, 1)});
  EXPECT_EQ(json::parse(with.heard.at(0))["line"], nullptr);
  EXPECT_EQ(with.heard.at(1), R"({"stored":1})");
}

TEST_F(DeliveryEvents, AreRefusedWhileTooManyBytesWait) {
  body_share others{delivery_events.bytes, event_bytes_max};
  ASSERT_TRUE(others.try_hold(event_bytes_max - example.size() + 1));
  const auto refused = call("POST", path, example);
  EXPECT_EQ(refused.status, 503u);
  EXPECT_EQ(code_of(refused), "overloaded");
  EXPECT_EQ(talk({example, example}).closed, close_code::try_again_later);
  others.drop();
  EXPECT_EQ(call("POST", path, example).status, 202u);
  EXPECT_EQ(delivery_events.bytes, 0u);
}

TEST_F(DeliveryEvents, FailWhereTheLibraryDoes) {
  std::filesystem::create_directory(directory.path() + "/library.db");
  EXPECT_EQ(code_of(call("POST", path, example)), "storage_failed");
  EXPECT_EQ(talk({example}).closed, close_code::internal_error);
  EXPECT_EQ(code_of(call("GET", "/moving-averages")), "storage_failed");
}

TEST_F(DeliveryEvents, AreAveragedForOneClient) {
  ASSERT_EQ(call("POST", path, example).status, 202u);
  const auto at = [&](const std::string& client) {
    return items_of("client_name=" + client + "&from=2018-12-26 18:24&to=2018-12-26 18:24")
        .at(0)["average_delivery_time"];
  };
  EXPECT_EQ(at("airliberty"), 31);
  EXPECT_EQ(at("taxi-eats"), 54);
  EXPECT_EQ(at("nobody"), 0);
  EXPECT_EQ(at(""), 42.5);
}

TEST_F(DeliveryEvents, AreShownOfTheLastHourUnlessAnotherSpanIsAskedFor) {
  const std::int64_t now = world_begin + 100;  // 22:15:00
  ASSERT_EQ(call("POST", path, line_at(now, 7)).status, 202u);
  const json hour = items_of("");
  ASSERT_EQ(hour.size(), 61u);
  EXPECT_EQ(hour.front(), (json{{"date", "2023-11-14 21:15:00"}, {"average_delivery_time", 0}}));
  EXPECT_EQ(hour.back(), (json{{"date", "2023-11-14 22:15:00"}, {"average_delivery_time", 7}}));
  const auto dates = [&](const std::string& query) {
    std::vector<std::string> all;
    for (const json& each : items_of(query))
      all.push_back(each["date"].get<std::string>().substr(11));
    return all;
  };
  using texts = std::vector<std::string>;
  const std::string begin = std::to_string(now - 61), end = std::to_string(now + 59);
  EXPECT_EQ(dates("from=" + begin + "&to=" + end), (texts{"22:14:00", "22:15:00"}));
  EXPECT_EQ(dates("from=2023-11-14 22:13:59.5&to=2023-11-14T22:15"),
            (texts{"22:14:00", "22:15:00"}));
  EXPECT_EQ(dates("from=" + end + "&to=" + begin), texts{});
  EXPECT_EQ(items_of("to=-99999999999999999999").size(), 1u);
  EXPECT_EQ(items_of("from=99999999999999999999&to=99999999999999999999").at(0)["date"],
            "9999-12-31 23:59:00");
}

TEST_F(DeliveryEvents, AreShownPageByPage) {
  ASSERT_EQ(call("POST", path, example).status, 202u);
  std::string rows;
  std::string query = "limit=4&" + span;
  for (int pages = 0;; ++pages) {
    rows += rows_of(query);
    const auto answer = json_of(call("GET", "/moving-averages?" + query));
    EXPECT_EQ(answer["items"].size(), pages < 3 ? 4u : 2u);
    if (answer["next"].is_null()) break;
    query = "limit=4&" + span + "&cursor=" + answer["next"].get<std::string>();
  }
  EXPECT_EQ(rows, command_rows(10));
}

TEST_F(DeliveryEvents, AreNotShownWhereTheQuestionMakesNoSense) {
  struct row {
    std::string query, code, field;
  };
  for (const row& each :
       std::vector<row>{{"window_size=0", "out_of_range", "window_size"},
                        {"window_size=525601", "out_of_range", "window_size"},
                        {"window_size=x", "invalid_field", "window_size"},
                        {"from=yesterday", "invalid_field", "from"},
                        {"to=2018-13-01 00:00", "invalid_field", "to"},
                        {"limit=0", "out_of_range", "limit"},
                        {"limit=1001", "out_of_range", "limit"},
                        {"cursor=m00", "invalid_field", "cursor"},
                        {"cursor=777fffffffffffffff", "invalid_field", "cursor"},
                        {"client_name=" + std::string(201, 'x'), "invalid_field", "client_name"}}) {
    const auto answer = call("GET", "/moving-averages?" + each.query);
    EXPECT_EQ(answer.status, 422u) << each.query;
    EXPECT_EQ(code_of(answer), each.code) << each.query;
    EXPECT_EQ(field_of(answer), each.field) << each.query;
  }
}

TEST_F(DeliveryEvents, ExpireBehindTheirReceipt) {
  delivery_events.start();
  ASSERT_EQ(call("POST", path, example).status, 202u);
  delivery_events.reconfigure(std::chrono::seconds{3'600}, true);
  world.run_for(std::chrono::minutes{59});
  EXPECT_EQ(rows_of(span), command_rows(10));
  world.run_for(std::chrono::minutes{3});
  for (const json& each : items_of(span)) EXPECT_EQ(each["average_delivery_time"], 0);
  EXPECT_EQ(delivery_events.figures().expired, 3u);
}

TEST_F(DeliveryEvents, AreOurReportsTooUnlessThatIsTurnedOff) {
  const delivered_report report{"bbc1", world_begin + 100 - 3,
                                world.time.clock().wall() + std::chrono::milliseconds{1'500}};
  world.run_for(std::chrono::seconds{2});
  delivery_events.take(report);
  delivery_events.reconfigure(std::chrono::seconds{3'600}, false);
  delivery_events.take(report);
  world.run_for(std::chrono::seconds{60});
  const json last = items_of("client_name=bbc1").back();
  EXPECT_EQ(last["average_delivery_time"], 4.5);
  EXPECT_EQ(delivery_events.figures().stored[static_cast<int>(event_way::own)], 1u);
}

TEST_F(DeliveryEvents, AreAveragedForWhoWatchesAtTheEndOfEachMinute) {
  delivery_events.start();
  const auto watched = call("GET", "/events?kind=moving_average");
  ASSERT_TRUE(watched.stream);
  EXPECT_EQ(run(watched.stream->next()), "retry: 2000\n\n");
  ASSERT_EQ(call("POST", path, line_at(world_begin + 101, 7)).status, 202u);
  world.run_for(std::chrono::seconds{63});
  const auto told = [](const std::string& minute, const std::string& mean) {
    return "event: moving_average\ndata: {\"date\":\"2023-11-14 " + minute +
           ":00\",\"window_size\":10,\"average_delivery_time\":" + mean + "}\n\n";
  };
  EXPECT_EQ(run(watched.stream->next()), told("22:15", "0") + told("22:16", "7"));
  const std::string event = told("22:16", "7");
  expect_described_event("moving_average", event.substr(event.find('{')));
}

TEST_F(DeliveryEvents, AreAveragedForWhoWatchesAlsoWhereTheyWaitedForTheWriter) {
  simulated_executor writer{world.time, std::chrono::seconds{10}};
  delivery_event_desk desk{{.core = world.time,
                            .writer = writer,
                            .reader = world.time,
                            .file = library.file(),
                            .events = hub}};
  desk.start();
  const auto watched = call("GET", "/events?kind=moving_average");
  EXPECT_EQ(run(watched.stream->next()), "retry: 2000\n\n");
  world.run_for(std::chrono::seconds{58});
  const std::string line = line_at(world_begin + 101, 7);
  const auto sent = read_event_lines(line, "body", desk.now());
  ASSERT_FALSE(sent.bad);
  writer.post([&] { EXPECT_TRUE(desk.store(sent.events, event_way::post)); });
  world.run_for(std::chrono::seconds{40});
  const std::string told = run(watched.stream->next()).value_or("");
  EXPECT_NE(told.find("22:15:00\",\"window_size\":10,\"average_delivery_time\":0"), told.npos);
  EXPECT_NE(told.find("22:16:00\",\"window_size\":10,\"average_delivery_time\":7"), told.npos)
      << told;
}

TEST_F(DeliveryEvents, AreTakenWhileTheHistoryLoads) {
  for (const auto& [method, pattern] : std::vector<std::pair<std::string, std::string>>{
           {"POST", path}, {"GET", path}, {"GET", "/moving-averages"}}) {
    EXPECT_TRUE(route_of(method, pattern).while_loading) << method << pattern;
  }
}

}  // namespace
}  // namespace reprise
