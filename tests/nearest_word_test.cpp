#include "host/nearest_word.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace reprise {
namespace {

constexpr std::array<std::string_view, 3> known = {"deadline_ms", "window_seconds", "still"};

TEST(NearestWord, FindsASlip) {
  EXPECT_EQ(nearest_word("deadlin_ms", known), "deadline_ms");
  EXPECT_EQ(nearest_word("window_second", known), "window_seconds");
  EXPECT_EQ(nearest_word("stil", known), "still");
}

TEST(NearestWord, FindsNothingWhereNothingIsNear) {
  EXPECT_EQ(nearest_word("colour", known), std::nullopt);
  EXPECT_EQ(nearest_word("", known), std::nullopt);
  EXPECT_EQ(nearest_word(std::string(1'000'000, 'x'), known), std::nullopt);
}

}  // namespace
}  // namespace reprise
