#include "host/number.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace reprise {
namespace {

TEST(ParseInteger, TakesWholeDecimalTextsAlone) {
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("-5"), -5);
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const char* bad :
       {"", " 1", "1 ", "+1", "1.0", "1e3", "0x10", "9223372036854775808", "-", "a"}) {
    EXPECT_FALSE(parse_integer(bad)) << bad;
  }
}

TEST(ParseReal, TakesFiniteDecimalTextsAlone) {
  EXPECT_EQ(parse_real("0.8"), 0.8);
  EXPECT_EQ(parse_real("1e3"), 1000.0);
  EXPECT_EQ(parse_real("-.5"), -0.5);
  EXPECT_EQ(parse_real("25580085241547.465"), 25580085241547.465);
  for (const char* bad :
       {"", "nan", "inf", "-inf", "infinity", "1e999", "0x1p3", "+1", "1,5", "1 "}) {
    EXPECT_FALSE(parse_real(bad)) << bad;
  }
}

}  // namespace
}  // namespace reprise
