#include "host/media/picture_fingerprint.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <numbers>
#include <random>

namespace reprise {
namespace {

using bits = std::array<std::byte, fingerprint_bytes>;
constexpr std::size_t prefix_bytes = 32;

// A wave of `waves` half periods across the picture, of this amplitude, around mid grey.
luma_picture wave(double waves_across, double waves_down, double amplitude) {
  luma_picture made;
  for (std::size_t row = 0; row < luma_side; ++row) {
    for (std::size_t column = 0; column < luma_side; ++column) {
      const auto at = [](double waves, std::size_t place) {
        return std::cos(std::numbers::pi * waves * (static_cast<double>(place) + 0.5) / luma_side);
      };
      made[row * luma_side + column] =
          static_cast<float>(128 + amplitude * at(waves_across, column) * at(waves_down, row));
    }
  }
  return made;
}

luma_picture plus(const luma_picture& a, const luma_picture& b) {
  luma_picture sum;
  for (std::size_t i = 0; i < luma_cells; ++i) sum[i] = a[i] + b[i] - 128;
  return sum;
}

bool prefix_equal(const bits& a, const bits& b) {
  return std::equal(a.begin(), a.begin() + prefix_bytes, b.begin());
}

int different(const bits& a, const bits& b) {
  int count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    count += std::popcount(std::to_integer<unsigned>(a[i] ^ b[i]));
  }
  return count;
}

bool bit(const bits& of, std::size_t i) {
  return (std::to_integer<unsigned>(of[i / 8]) >> (7 - i % 8) & 1) != 0;
}

TEST(PictureFingerprint, GivesEmptyPicturesOfAnyGreyTheSameBits) {
  luma_picture black, white, grey;
  black.fill(0);
  white.fill(255);
  grey.fill(127.3F);
  EXPECT_EQ(picture_fingerprint(black), picture_fingerprint(white));
  EXPECT_EQ(picture_fingerprint(black), picture_fingerprint(grey));
}

TEST(PictureFingerprint, ToldApartByTheCoarsestWave) {
  // The orthonormal amplitude of a wave in one direction is 1/sqrt(2) of its own.
  const bits nothing = picture_fingerprint(wave(1, 0, 0));
  const bits strong = picture_fingerprint(wave(1, 0, 20));
  const bits opposite = picture_fingerprint(wave(1, 0, -20));
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_TRUE(bit(nothing, i));
    EXPECT_FALSE(bit(nothing, 8 + i));
    EXPECT_TRUE(bit(strong, i));
    EXPECT_TRUE(bit(strong, 8 + i));
    EXPECT_FALSE(bit(opposite, i));
    EXPECT_FALSE(bit(opposite, 8 + i));
  }
}

TEST(PictureFingerprint, AnswersEachCoarseFrequencyWithItsOwnBits) {
  const bits nothing = picture_fingerprint(wave(0, 0, 0));
  const std::pair<int, int> frequencies[] = {{0, 1}, {1, 0}, {0, 2}, {1, 1}, {2, 0}, {0, 3},
                                             {1, 2}, {2, 1}, {3, 0}, {0, 4}, {1, 3}, {2, 2},
                                             {3, 1}, {4, 0}, {0, 5}, {5, 0}};
  std::size_t first = 0;
  for (const auto& [down, across] : frequencies) {
    const bits changed = picture_fingerprint(wave(across, down, 40));
    for (std::size_t i = 0; i < 256; ++i) {
      EXPECT_EQ(bit(changed, i) != bit(nothing, i), i >= first + 8 && i < first + 16)
          << down << ' ' << across << " bit " << i;
    }
    first += 16;
  }
}

TEST(PictureFingerprint, KeepsItsPrefixUnderNoiseAndFineDetail) {
  const luma_picture picture = plus(wave(1, 0, 30), plus(wave(2, 1, 45), wave(0, 3, -25)));
  const bits expected = picture_fingerprint(picture);
  std::mt19937 random{7};
  std::normal_distribution<float> noise{0, 8};
  for (int round = 0; round < 20; ++round) {
    luma_picture noisy = plus(picture, wave(17, 23, 20));
    for (float& cell : noisy) cell += noise(random);
    EXPECT_TRUE(prefix_equal(picture_fingerprint(noisy), expected)) << "round " << round;
    EXPECT_NE(picture_fingerprint(noisy), expected);
  }
}

TEST(PictureFingerprint, PutsFineDetailIntoTheSuffixAlone) {
  const bits plain = picture_fingerprint(wave(1, 0, 30));
  const bits detailed = picture_fingerprint(plus(wave(1, 0, 30), wave(9, 6, 25)));
  EXPECT_TRUE(prefix_equal(plain, detailed));
  EXPECT_GE(different(plain, detailed), 1);
}

TEST(PictureFingerprint, DiffersBetweenDifferentPictures) {
  std::mt19937 random{11};
  std::uniform_int_distribution<int> grey{0, 255};
  const auto blocks = [&] {
    luma_picture made;
    std::array<float, 16> levels;
    for (float& level : levels) level = static_cast<float>(grey(random));
    for (std::size_t i = 0; i < luma_cells; ++i) {
      made[i] = levels[i / luma_side / 16 * 4 + i % luma_side / 16];
    }
    return made;
  };
  for (int round = 0; round < 50; ++round) {
    EXPECT_FALSE(prefix_equal(picture_fingerprint(blocks()), picture_fingerprint(blocks())));
  }
}

TEST(LumaPicture, TurnsAndMirrorsAsAPlayerDoes) {
  luma_picture corner{};
  corner[0] = 1;  // top left
  const std::size_t top_right = luma_side - 1, bottom_left = luma_cells - luma_side;
  EXPECT_EQ(upright(corner, {})[0], 1);
  EXPECT_EQ(upright(corner, {.quarter_turns_clockwise = 1})[top_right], 1);
  EXPECT_EQ(upright(corner, {.quarter_turns_clockwise = 2})[luma_cells - 1], 1);
  EXPECT_EQ(upright(corner, {.quarter_turns_clockwise = 3})[bottom_left], 1);
  EXPECT_EQ(upright(corner, {.mirrored = true})[top_right], 1);
  EXPECT_EQ(upright(corner, {.quarter_turns_clockwise = 1, .mirrored = true})[luma_cells - 1], 1);
}

}  // namespace
}  // namespace reprise
