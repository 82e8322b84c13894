#include "host/strict_json.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include <nlohmann/json.hpp>

namespace reprise {
namespace {

using nlohmann::json;

struct refused_text {
  std::string text;
  std::size_t offset;
};

void PrintTo(const refused_text& refused, std::ostream* out) {
  *out << refused.text;
}

class RefusedJson : public testing::TestWithParam<refused_text> {};

TEST_P(RefusedJson, IsMalformedAndTellsTheByte) {
  const auto parsed = parse_strict_json(GetParam().text);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, errc::json_malformed);
  const std::string begin = "at byte " + std::to_string(GetParam().offset) + ": ";
  EXPECT_EQ(parsed.error().what.substr(0, begin.size()), begin) << parsed.error().what;
  EXPECT_EQ(parsed.error().what.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Rows, RefusedJson,
                         testing::Values(refused_text{"", 0},                    //
                                         refused_text{"{", 1},                   //
                                         refused_text{"{\"a\":1", 6},            //
                                         refused_text{"{\"a\" 1}", 6},           //
                                         refused_text{"[1,]", 3},                //
                                         refused_text{"[NaN]", 1},               //
                                         refused_text{"[Infinity]", 1},          //
                                         refused_text{"[-Infinity]", 2},         //
                                         refused_text{"[01]", 3},                //
                                         refused_text{"[1] // end", 4},          //
                                         refused_text{"{} {}", 3},               //
                                         refused_text{"\xef\xbb\xbf{}", 0},      //
                                         refused_text{{"{}\0x", 4}, 2},          //
                                         refused_text{"[\"\xff\"]", 2},          //
                                         refused_text{"[\"\xc0\xaf\"]", 2},      //
                                         refused_text{"[\"\xed\xa0\x80\"]", 3},  // a surrogate
                                         refused_text{"[\"\\ud800\"]", 8},       // half of a pair
                                         refused_text{"[\"a\nb\"]", 3},
                                         refused_text{"{\"a\":1,\"b\":2,\"a\":3}", 15},
                                         refused_text{"{\"a\":1,\"\\u0061\":3}", 14}));

TEST(StrictJson, TakesEightLevelsAndNotNine) {
  const std::string eight = "[[[[[[[[1]]]]]]]]";
  EXPECT_TRUE(parse_strict_json(eight));
  const auto nine = parse_strict_json("[" + eight + "]");
  ASSERT_FALSE(nine);
  EXPECT_EQ(nine.error().code, errc::json_malformed);
  EXPECT_EQ(nine.error().what, "at byte 8: more than 8 levels");
}

TEST(StrictJson, StopsAtTheNinthLevelOfAMillion) {
  EXPECT_FALSE(parse_strict_json(std::string(1'000'000, '[')));
}

TEST(StrictJson, KeepsEveryWholeNumberOf64BitsExactly) {
  const auto parsed = parse_strict_json("[18446744073709551615,-9223372036854775808,0.5,1e3]");
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)[0].get<std::uint64_t>(), UINT64_MAX);
  EXPECT_EQ((*parsed)[1].get<std::int64_t>(), INT64_MIN);
  EXPECT_EQ((*parsed)[2].get<double>(), 0.5);
  EXPECT_EQ((*parsed)[3].get<double>(), 1000.0);
}

TEST(StrictJson, TakesAWholeNumberThatNoIntegerHoldsForADouble) {
  const auto parsed = parse_strict_json("[18446744073709551616,-9223372036854775809,-0,0]");
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)[0].get<double>(), 18'446'744'073'709'551'616.0);
  EXPECT_EQ((*parsed)[1].get<double>(), -9'223'372'036'854'775'808.0);
  EXPECT_TRUE(std::signbit((*parsed)[2].get<double>()));
  EXPECT_TRUE((*parsed)[3].is_number_integer());
  const auto greater = parse_strict_json(std::string(400, '9'));
  ASSERT_FALSE(greater);
  EXPECT_EQ(greater.error().code, errc::out_of_range);
}

TEST(StrictJson, PointsToANumberThatNothingHolds) {
  const std::pair<const char*, const char*> rows[] = {
      {"1e999", ""},
      {"-1e999", ""},
      {"{\"a\":{\"b/c~d\":[1,{\"e\":0},[2,1e999]]}}", "/a/b~1c~0d/2/1"},
      {"[[],[],-1e999]", "/2"},
  };
  for (const auto& [text, pointer] : rows) {
    const auto parsed = parse_strict_json(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, errc::out_of_range) << text;
    EXPECT_EQ(parsed.error().field, pointer) << text;
  }
}

TEST(StrictJson, GivesWhatIsThere) {
  const auto parsed = parse_strict_json(" {\"a\":[true,null,\"\\u00e9\\ud83d\\ude00\"],\"b\":{}} ");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, json::parse("{\"a\":[true,null,\"\xc3\xa9\xf0\x9f\x98\x80\"],\"b\":{}}"));
}

}  // namespace
}  // namespace reprise
