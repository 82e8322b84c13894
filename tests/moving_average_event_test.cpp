// Delivery events: their times, and lines of JSON, well formed and otherwise.
#include <gtest/gtest.h>

#include "host/line_reader.hpp"
#include "host/moving_average/delivery_event.hpp"
#include "tests/moving_average_support.hpp"

namespace reprise {
namespace {

std::optional<std::int64_t> us_of(std::string_view text) {
  const auto time = parse_event_time(text);
  if (!time) return std::nullopt;
  return time->time_since_epoch().count();
}

TEST(EventTime, IsReadToTheMicrosecond) {
  EXPECT_EQ(us_of("1970-01-01 00:00:00"), 0);
  EXPECT_EQ(us_of("2018-12-26 18:11:08.509654"), 1'545'847'868'509'654);
  EXPECT_EQ(us_of("2018-12-26T18:11:08.5Z"), 1'545'847'868'500'000);
  EXPECT_EQ(us_of("2018-12-26T18:11:08"), 1'545'847'868'000'000);
  EXPECT_EQ(us_of("2018-12-26 18:11:08Z"), 1'545'847'868'000'000);
  EXPECT_EQ(us_of("1969-12-31 23:59:59.999999"), -1);
  EXPECT_EQ(us_of("0001-01-01 00:00:00"), -62'135'596'800'000'000);
  EXPECT_EQ(us_of("9999-12-31 23:59:00"), 253'402'300'740'000'000);
  EXPECT_EQ(us_of("2000-02-29 00:00:00"), 951'782'400'000'000);
}

TEST(EventTime, IsReadStrictly) {
  for (const char* text : {"",
                           "2018-12-26",
                           "2018-12-26 18:11",
                           "2018-12-26 18:11:08.",
                           "2018-12-26 18:11:08.1234567",
                           "2018-12-26 18:11:08.12x",
                           "2018-12-26 18:11:08,5",
                           "2018-12-26  18:11:08",
                           "2018-12-26t18:11:08",
                           "2018-12-26 18:11:08z",
                           "2018-12-26 18:11:08ZZ",
                           "2018-12-26 18:11:08+00:00",
                           " 2018-12-26 18:11:08",
                           "2018-12-26 18:11:08 ",
                           "18-12-26 18:11:08",
                           "2018/12/26 18:11:08",
                           "2018-12-26 18.11.08",
                           "2018-13-01 00:00:00",
                           "2018-00-01 00:00:00",
                           "2018-04-31 00:00:00",
                           "2018-02-29 00:00:00",
                           "1900-02-29 00:00:00",
                           "2018-01-00 00:00:00",
                           "2018-12-26 24:00:00",
                           "2018-12-26 18:60:08",
                           "2018-12-26 18:11:60",
                           "0000-01-01 00:00:00",
                           "9999-12-31 23:59:00.000001",
                           "-018-12-26 18:11:08",
                           "2018-12-26 18:11:0\xc2\xb2",
                           "+018-12-26 18:11:08",
                           "2018-12-26 18:11:08-5",
                           "Z",
                           "2018-12-26 18:11:0Z"}) {
    EXPECT_FALSE(us_of(text)) << text;
  }
}

TEST(EventTime, BelongsToTheMinuteItIsRoundedUpTo) {
  for (const auto& [text, expected] : std::initializer_list<std::pair<const char*, const char*>>{
           {"2018-12-26 18:12:00", "2018-12-26 18:12:00"},
           {"2018-12-26 18:12:00.000001", "2018-12-26 18:13:00"},
           {"2018-12-26 18:11:59.999999", "2018-12-26 18:12:00"},
           {"2016-02-29 23:59:30", "2016-03-01 00:00:00"},
           {"1969-12-31 23:58:30", "1969-12-31 23:59:00"},
           {"0001-01-01 00:00:00", "0001-01-01 00:00:00"},
           {"9999-12-31 23:58:01", "9999-12-31 23:59:00"}}) {
    std::string written;
    append_minute(written, minute_of(parse_event_time(text).value()));
    EXPECT_EQ(written, expected) << text;
  }
}

// Every calendar day of a leap century and some, against the C library.
TEST(EventTime, AgreesWithTheCLibraryOnEveryDay) {
  constexpr std::int64_t day = 86'400;
  for (std::int64_t second = -36'525 * day; second < 73'050 * day; second += day + 61) {
    const std::string text = date_text(second);
    ASSERT_EQ(us_of(text), second * us_of_second) << text;
    std::string minute;
    append_minute(minute, std::chrono::floor<std::chrono::minutes>(*parse_event_time(text)));
    ASSERT_EQ(minute, date_text(floor_to(second, 60)));
  }
}

class parsed_line {
 public:
  explicit parsed_line(const std::string& line) : padded_{line + "\n" + std::string(64, 'x')} {
    fault = parser_.parse(std::string_view{padded_}.substr(0, line.size()), event);
  }
  [[nodiscard]] std::string what() const {
    return fault ? "expected " + fault->expected + ", found " + fault->found : "an event";
  }
  delivery_event event;
  std::optional<event_fault> fault;

 private:
  std::string padded_;
  delivery_event_parser parser_;
};

std::string event_with(const std::string& more) {
  return R"({"timestamp": "2018-12-26 18:11:08", )" + more + "}";
}

TEST(DeliveryEvent, IsReadWithAllItsFields) {
  const parsed_line read{
      R"({"timestamp": "2018-12-26 18:11:08.509654","translation_id": "5aa5b2f39f7254a75aa5",)"
      R"("source_language": "en","target_language": "fr","client_name": "air\u006ciberty",)"
      R"("event_name": "translation_delivered","nr_words": 30, "duration": 20})"};
  ASSERT_FALSE(read.fault) << read.what();
  EXPECT_EQ(read.event.time.time_since_epoch().count(), 1'545'847'868'509'654);
  EXPECT_EQ(read.event.duration, duration_sum::of_seconds(std::int64_t{20}));
  EXPECT_EQ(read.event.translation_id, "5aa5b2f39f7254a75aa5");
  EXPECT_EQ(read.event.source_language, "en");
  EXPECT_EQ(read.event.target_language, "fr");
  EXPECT_EQ(read.event.client_name, "airliberty");
  EXPECT_EQ(read.event.event_name, "translation_delivered");
  EXPECT_EQ(read.event.nr_words, 30u);
}

TEST(DeliveryEvent, NeedsItsTimeAndItsDurationAlone) {
  const parsed_line read{event_with(R"("duration": 2.5, "other": [1, {"duration": null}])")};
  ASSERT_FALSE(read.fault) << read.what();
  EXPECT_EQ(read.event.duration, duration_sum::of_seconds(2.5));
  EXPECT_FALSE(read.event.client_name);
  EXPECT_FALSE(read.event.nr_words);
  EXPECT_FALSE(parsed_line{"\t{\"timestamp\": \"2018-12-26 18:11:08\", \"duration\": 0}\r"}.fault);
}

TEST(DeliveryEvent, SaysWhatIsWrongWithALine) {
  const std::string time =
      "YYYY-MM-DD HH:MM:SS, at most six digits behind a point, up to "
      "9999-12-31 23:59:00";
  const std::string number = "expected \"duration\" to be a number from 0 to 1000000000, found ";
  for (const auto& [line, what] : std::initializer_list<std::pair<std::string, std::string>>{
           {"", "expected an event, a JSON object, found \"\""},
           {"[1]", "expected an event, a JSON object, found \"[1]\""},
           {"{\"a\": 1", "expected an event, a JSON object, found \"{\"a\": 1\""},
           {event_with("\"duration\": 1") + " {}",
            "expected an event, a JSON object, found \"{\"timestamp\": \"2018-12-26 18:11:...\""},
           {"{\"a\": \"\xff\"}", "expected UTF-8, found other bytes"},
           {"{\"duration\": 1}", "expected the field \"timestamp\", found none"},
           {event_with("\"a\": 1"), "expected the field \"duration\", found none"},
           {event_with("\"duration\": 1, \"timestamp\": 1"),
            "expected each field once, found \"timestamp\" twice"},
           {event_with("\"duration\": 1, \"dur\\u0061tion\": 1"),
            "expected each field once, found \"duration\" twice"},
           {"{\"timestamp\": \"yesterday\", \"duration\": 1}",
            "expected \"timestamp\" to be " + time + ", found \"yesterday\""},
           {"{\"timestamp\": 1545847868, \"duration\": 1}",
            "expected \"timestamp\" to be " + time + ", found \"1545847868\""},
           {event_with("\"duration\": \"20\""), number + "\"20\""},
           {event_with("\"duration\": null"), number + "\"null\""},
           {event_with("\"duration\": -1"), number + "\"-1\""},
           {event_with("\"duration\": -0.5"), number + "\"-0.5\""},
           {event_with("\"duration\": 1000000001"), number + "\"1000000001\""},
           {event_with("\"duration\": 18446744073709551615"), number + "\"18446744073709551615\""},
           {event_with("\"duration\": [20]"), number + "\"[20]\""},
           {event_with("\"duration\": 1, \"client_name\": 5"),
            "expected \"client_name\" to be a text, found \"5\""},
           {event_with("\"duration\": 1, \"event_name\": null"),
            "expected \"event_name\" to be a text, found \"null\""},
           {event_with("\"duration\": 1, \"nr_words\": 2.5"),
            "expected \"nr_words\" to be a whole number of at least 0, found \"2.5\""},
           {event_with("\"duration\": 1, \"nr_words\": -1"),
            "expected \"nr_words\" to be a whole number of at least 0, found \"-1\""}}) {
    EXPECT_EQ(parsed_line{line}.what(), what);
  }
  for (const char* number_refused : {"1e999", "NaN", "+1", "01", "1.", ".5", "0x10", "Infinity"}) {
    EXPECT_TRUE(parsed_line{event_with("\"duration\": " + std::string{number_refused})}.fault)
        << number_refused;
  }
}

TEST(EventFilter, KeepsEventsWhoseFieldsAreThereAndEqual) {
  const parsed_line read{event_with(R"("duration": 1, "client_name": "a", "event_name": "")")};
  EXPECT_TRUE(delivery_filter{}.keeps(read.event));
  EXPECT_TRUE(delivery_filter{.client_name = "a"}.keeps(read.event));
  EXPECT_FALSE(delivery_filter{.client_name = "A"}.keeps(read.event));
  EXPECT_TRUE((delivery_filter{.client_name = "a", .event_name = ""}.keeps(read.event)));
  EXPECT_FALSE((delivery_filter{.client_name = "a", .event_name = "b"}.keeps(read.event)));
  EXPECT_FALSE(delivery_filter{.source_language = ""}.keeps(read.event));
  EXPECT_FALSE(delivery_filter{.target_language = "fr"}.keeps(read.event));
}

}  // namespace
}  // namespace reprise
