// Moving averages of streams of events, against the definition computed naively.
#include <gtest/gtest.h>

#include "host/line_reader.hpp"
#include "tests/moving_average_support.hpp"

namespace reprise {
namespace {

using std::chrono::minutes;

event_minute minute(std::int64_t number) {
  return event_minute{minutes{number}};
}

duration_sum of(double seconds) {
  return duration_sum::of_seconds(seconds).value();
}

std::vector<made_up_event> made_up_events(std::mt19937_64& random) {
  std::vector<made_up_event> made;
  std::int64_t time = static_cast<std::int64_t>(random() % 4'000'000'000) * us_of_second -
                      2'000'000'000 * us_of_second;
  const std::size_t count = 1 + random() % 80;
  for (std::size_t i = 0; i < count; ++i) {
    switch (random() % 16) {
      case 0:
      case 1:
        break;  // the same time again
      case 2:
      case 3:
        time = floor_to(time, us_of_minute) + us_of_minute;  // an exact minute
        break;
      case 4:
        time += static_cast<std::int64_t>(random() % 3) * us_of_minute;
        break;
      case 5:
        if (random() % 4 == 0) time += static_cast<std::int64_t>(random() % 4'000) * us_of_minute;
        break;
      case 6:
        time += 1;
        break;
      default:
        time += static_cast<std::int64_t>(random() % (200 * us_of_second));
    }
    made.push_back({time, static_cast<std::int64_t>(random() % 100'000)});
    if (random() % 2 == 0) made.back().duration_ms -= made.back().duration_ms % 1'000;
  }
  return made;
}

TEST(EventAverages, EqualTheDefinition) {
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    const auto events = made_up_events(random);
    constexpr std::int64_t windows[] = {1, 2, 3, 10, 60, 1'500, 525'600};
    const std::int64_t window = windows[random() % std::size(windows)];
    const auto made = average_text(lines_of(events), {.window = minutes{window}}, 1'000);
    ASSERT_FALSE(made.failed) << made.failed->what;
    ASSERT_EQ(made.rows, naive_rows(events, window));
    EXPECT_EQ(made.done.counts.events, events.size());
    EXPECT_EQ(made.done.counts.bytes_read, lines_of(events).size());
  }
}

TEST(EventAverages, HoldAnEventForWindowMinutesFromTheMinuteItBelongsTo) {
  const std::string event = R"({"timestamp": "2020-01-01 00:00:00", "duration": 2})"
                            "\n"
                            R"({"timestamp": "2020-01-01 00:00:00.000001", "duration": 4})"
                            "\n"
                            R"({"timestamp": "2020-01-01 00:04:00", "duration": 0.5})";
  EXPECT_EQ(average_text(event, {.window = minutes{2}}).rows,
            "{\"date\": \"2020-01-01 00:00:00\", \"average_delivery_time\": 2}\n"
            "{\"date\": \"2020-01-01 00:01:00\", \"average_delivery_time\": 3}\n"
            "{\"date\": \"2020-01-01 00:02:00\", \"average_delivery_time\": 4}\n"
            "{\"date\": \"2020-01-01 00:03:00\", \"average_delivery_time\": 0}\n"
            "{\"date\": \"2020-01-01 00:04:00\", \"average_delivery_time\": 0.5}\n");
}

TEST(EventAverages, AreOneRowForASingleEventOnAMinute) {
  EXPECT_EQ(average_text(R"({"timestamp": "2020-01-01 00:00:00", "duration": 7})", {}).rows,
            "{\"date\": \"2020-01-01 00:00:00\", \"average_delivery_time\": 7}\n");
}

TEST(EventAverages, AreWrittenWithoutExponents) {
  std::string rows;
  average_row_writer writer;
  for (const double mean : {0.0, 1e9, 100'000.0, 25.5, 1e-7, 1.0 / 3, 0.0}) {
    rows.clear();
    writer.append(rows, minute(0), mean);
    const std::string text = rows.substr(rows.rfind(' ') + 1);
    EXPECT_EQ(text.find('e'), std::string::npos);
    EXPECT_EQ(std::stod(text), mean);
    EXPECT_EQ(text.find('.') == std::string::npos, mean == std::floor(mean)) << text;
  }
}

// What was in the window before leaves nothing behind, in whatever order it came and went.
TEST(SlidingAverage, DoesNotDrift) {
  std::mt19937_64 random{1};
  sliding_average average{minutes{10}};
  std::int64_t now = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    now += random() % 8 == 0 ? 1 : 0;
    average.add(minute(now), of(static_cast<double>(random() % 1'000'000'007) / 1e3));
  }
  average.add(minute(now += 10), of(0.3));
  EXPECT_EQ(average.mean_at(minute(now)), 0.3);
  EXPECT_EQ(average.mean_at(minute(now + 9)), 0.3);
  EXPECT_EQ(average.mean_at(minute(now + 10)), 0);
}

TEST(EventAverages, AreThoseOfTheEventsThatTheFilterKeeps) {
  const std::string events =
      R"({"timestamp": "2020-01-01 00:00:30", "duration": 1, "client_name": "a"})"
      "\n"
      R"({"timestamp": "2020-01-01 00:01:30", "duration": 2, "client_name": "b"})"
      "\n"
      R"({"timestamp": "2020-01-01 00:02:30", "duration": 3})"
      "\n"
      R"({"timestamp": "2020-01-01 00:09:30", "duration": 4, "client_name": "a"})"
      "\n";
  EXPECT_EQ(average_text(events, {.window = minutes{5}, .filter = {.client_name = "b"}}).rows,
            "{\"date\": \"2020-01-01 00:01:00\", \"average_delivery_time\": 0}\n"
            "{\"date\": \"2020-01-01 00:02:00\", \"average_delivery_time\": 2}\n");
  const auto none = average_text(events, {.filter = {.client_name = "c"}});
  EXPECT_FALSE(none.failed);
  EXPECT_EQ(none.rows, "");
  EXPECT_EQ(none.done.counts.events, 4u);
}

const std::string first = R"({"timestamp": "2020-01-01 00:00:30", "duration": 1})"
                          "\n";
const std::string second = R"({"timestamp": "2020-01-01 00:02:30", "duration": 3})"
                           "\n";

TEST(EventAverages, StopAtABadLineBehindTheRowsThatAreCertain) {
  const auto made = average_text(first + "\n\r\n" + second + "{}\n", {});
  ASSERT_TRUE(made.failed);
  EXPECT_EQ(made.failed->code, errc::data_malformed);
  EXPECT_EQ(made.failed->what, "a.json:5: expected the field \"timestamp\", found none");
  EXPECT_EQ(made.rows,
            "{\"date\": \"2020-01-01 00:00:00\", \"average_delivery_time\": 0}\n"
            "{\"date\": \"2020-01-01 00:01:00\", \"average_delivery_time\": 1}\n"
            "{\"date\": \"2020-01-01 00:02:00\", \"average_delivery_time\": 0}\n");
}

TEST(EventAverages, RefuseEventsThatGoBackInTimeAlsoWhenTheFilterLeavesThemOut) {
  for (const delivery_filter& filter : {delivery_filter{}, delivery_filter{.client_name = "x"}}) {
    const auto made = average_text(second + first, {.filter = filter});
    ASSERT_TRUE(made.failed);
    EXPECT_EQ(made.failed->what,
              "a.json:2: expected a time not before the one of the event before it, found one that "
              "goes back");
  }
}

TEST(EventAverages, PassOverBadLinesWhenAskedTo) {
  const std::string bad[] = {"{}\n", first, std::string(line_bytes_max + 1, ' ') + "{}\n",
                             std::string(500'000, 'x') + "\n", "\xff\n"};
  std::string text = "junk\n" + first + second;
  for (const std::string& each : bad) text += each;
  text += second + "{";
  for (const std::size_t read_bytes_max : {std::size_t{7}, std::size_t{4'097}, text.size()}) {
    const auto made = average_text(text, {.skip_bad = true}, read_bytes_max);
    ASSERT_FALSE(made.failed) << made.failed->what;
    EXPECT_EQ(made.rows, average_text(first + second + second, {}).rows);
    EXPECT_EQ(made.done.counts.lines_skipped, 7u);
    EXPECT_EQ(made.done.first_skipped,
              "a.json:1: expected an event, a JSON object, found \"junk\"");
  }
  const auto all_bad = average_text("junk\n{}\n", {.skip_bad = true});
  EXPECT_FALSE(all_bad.failed);
  EXPECT_EQ(all_bad.done.counts.lines_skipped, 2u);
}

TEST(EventAverages, PassOverALongLineWithoutAnEnd) {
  const auto made =
      average_text(first + std::string(line_bytes_max + 1, 'x'), {.skip_bad = true}, 100);
  EXPECT_FALSE(made.failed);
  EXPECT_EQ(made.done.counts.lines_skipped, 1u);
}

TEST(EventAverages, RefuseAnInputWithoutAnyLine) {
  for (const char* text : {"", "\n", " \t\r\n\n"}) {
    const auto made = average_text(text, {.skip_bad = true});
    ASSERT_TRUE(made.failed);
    EXPECT_EQ(made.failed->code, errc::data_malformed);
    EXPECT_EQ(made.failed->what, "a.json: expected events, found none");
  }
}

TEST(EventAverages, NameALineThatIsTooLong) {
  const auto made = average_text(first + std::string(line_bytes_max + 1, ' ') + "\n", {});
  ASSERT_TRUE(made.failed);
  EXPECT_EQ(made.failed->what,
            "a.json:2: expected a line of at most 4096 bytes, found a longer one");
}

TEST(EventAverages, TellOfASourceAndOfASinkThatFail) {
  std::string rows;
  memory_sink sink{rows};
  const auto failed =
      average_events(std::make_unique<memory_source>(first + second, 65'536,
                                                     failure{errc::io_failed, "a.json: gone"}),
                     "a.json", sink, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, errc::io_failed);
  const std::string year = R"({"timestamp": "2021-01-01 00:00:00", "duration": 1})";
  const auto closed = average_text(first + year, {.skip_bad = true}, 65'536, 1'000'000);
  ASSERT_TRUE(closed.failed);
  EXPECT_EQ(closed.failed->code, errc::output_closed);
}

// A gap of a thousand years, as a made-up file may claim it, ends with its reader.
TEST(EventAverages, StopInAGapWhenNobodyReadsThem) {
  const auto closed = average_text(first + R"({"timestamp": "9999-01-01 00:00:00", "duration": 1})",
                                   {}, 65'536, 1'000'000);
  ASSERT_TRUE(closed.failed);
  EXPECT_LE(closed.rows.size(), 1'000'000u);
}

// Whoever follows a stream sees a row as soon as it is certain.
TEST(EventAverages, WriteWhatIsCertainBeforeTheyWaitForMore) {
  std::string rows, rows_seen;
  memory_sink sink{rows};
  averaging_options options;
  options.told = [&](const averaging_counts& counts) {
    if (counts.events == 2 && rows_seen.empty()) rows_seen = rows;
  };
  const auto done =
      average_events(std::make_unique<memory_source>(first + second, first.size() + second.size()),
                     "a.json", sink, options);
  ASSERT_TRUE(done);
  EXPECT_EQ(std::count(rows_seen.begin(), rows_seen.end(), '\n'), 3);
  EXPECT_EQ(done->counts.rows, 4u);
}

}  // namespace
}  // namespace reprise
