// Lines of a request as delivery events: all of them or none, and why.
#include <gtest/gtest.h>

#include <algorithm>

#include "host/moving_average/event_lines.hpp"

namespace reprise {
namespace {

constexpr event_time latest{std::chrono::hours{24}};  // 1970-01-02

read_events read(const std::string& text) {
  return read_event_lines(text, "body", latest);
}

const std::string plain = R"({"timestamp": "1970-01-01 00:01:00", "duration": 1.5})";

TEST(DeliveryLines, AreReadInTheOrderInWhichTheyStand) {
  const auto made =
      read(R"({"timestamp": "1970-01-01 10:00:00", "duration": 2, "client_name": "a\u00fc",)"
           R"( "translation_id": "t", "source_language": "en", "target_language": "",)"
           R"( "event_name": "e", "nr_words": 9223372036854775807, "other": [1]})"
           "\n\n \t\r\n" +
           plain + "\r\n" + plain);
  ASSERT_FALSE(made.bad) << made.bad->why.what;
  ASSERT_EQ(made.events.size(), 3U);
  const delivery_event first = made.events[0], second = made.events[1];
  EXPECT_EQ(first.time.time_since_epoch(), std::chrono::hours{10});
  EXPECT_EQ(first.duration.mean(1), 2);
  EXPECT_EQ(first.client_name, "a\xc3\xbc");
  EXPECT_EQ(first.translation_id, "t");
  EXPECT_EQ(first.source_language, "en");
  EXPECT_EQ(first.target_language, "");
  EXPECT_EQ(first.event_name, "e");
  EXPECT_EQ(first.nr_words, 9'223'372'036'854'775'807U);
  EXPECT_EQ(second.duration.mean(1), 1.5);
  EXPECT_FALSE(second.client_name || second.event_name || second.nr_words);
}

TEST(DeliveryLines, AreRefusedWithTheNumberOfTheFirstBadOne) {
  const auto with = [](const std::string& field, const std::string& value) {
    return R"({"timestamp": "1970-01-01 00:01:00", "duration": 1, ")" + field + "\": " + value +
           "}";
  };
  const std::string longest(200, 'x');
  struct row {
    std::string line;
    errc code;
    std::string word;
  };
  for (const row& each : std::vector<row>{
           {"{", errc::data_malformed, "JSON object"},
           {R"({"duration": 1})", errc::data_malformed, "timestamp"},
           {with("client_name", "1"), errc::data_malformed, "client_name"},
           {std::string(4'097, ' '), errc::data_malformed, "4096 bytes"},
           {R"({"timestamp": "1970-01-02 00:00:00.000001", "duration": 1})", errc::out_of_range,
            "ahead"},
           {with("client_name", "\"" + longest + "y\""), errc::out_of_range, "200 characters"},
           {with("translation_id", "\"" + longest + "y\""), errc::out_of_range, "200 characters"},
           {with("nr_words", "9223372036854775808"), errc::out_of_range, "nr_words"}}) {
    const auto made = read(plain + "\n\n" + each.line + "\n{\n");
    ASSERT_TRUE(made.bad) << each.line;
    EXPECT_EQ(made.bad->line, 3U);
    EXPECT_EQ(made.bad->why.code, each.code) << each.line;
    EXPECT_TRUE(made.bad->why.what.starts_with("body:3: expected ")) << made.bad->why.what;
    EXPECT_NE(made.bad->why.what.find(each.word), std::string::npos) << made.bad->why.what;
  }
  EXPECT_FALSE(read(R"({"timestamp": "1970-01-02 00:00:00", "duration": 1})").bad);
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "\xc3\xbc";
  EXPECT_FALSE(read(with("event_name", "\"" + umlauts + "\"")).bad);
}

TEST(DeliveryLines, MustBeThere) {
  for (const char* none : {"", "\n", " \r\n\n"}) {
    const auto made = read(none);
    ASSERT_TRUE(made.bad);
    EXPECT_EQ(made.bad->why.code, errc::data_malformed);
  }
}

}  // namespace
}  // namespace reprise
