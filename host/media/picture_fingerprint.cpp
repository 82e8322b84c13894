#include "host/media/picture_fingerprint.hpp"

#include <cmath>
#include <numbers>
#include <vector>

namespace reprise {
namespace {

// Frequencies are taken of 32 x 32 cells: 768 of them reach the 40th diagonal, past which the
// codecs of the measurement keep little.
constexpr std::size_t side = 32;
constexpr std::size_t prefix_bits = 256;
constexpr std::size_t suffix_bits = fingerprint_bytes * 8 - prefix_bits;
constexpr std::size_t coarse_frequencies = 16;
constexpr std::size_t copies = prefix_bits / (2 * coarse_frequencies);

// In grey levels of amplitude. Measured with borders from 0 to 14: at 8 the 16 lowest frequencies
// survive best for what they tell apart.
constexpr double coarse_border = 8.0;
// Just off zero: an empty picture, all of whose frequencies are zero, must not give random bits.
constexpr double fine_border = 0.06;

struct frequency {
  std::size_t row = 0;
  std::size_t column = 0;
};

// From low to high by diagonals; the mean level itself (0, 0) is left out.
std::vector<frequency> lowest_frequencies() {
  std::vector<frequency> ordered;
  for (std::size_t diagonal = 1; ordered.size() < suffix_bits; ++diagonal) {
    for (std::size_t row = 0; row <= diagonal; ++row) {
      if (row < side && diagonal - row < side) ordered.push_back({row, diagonal - row});
    }
  }
  ordered.resize(suffix_bits);
  return ordered;
}

// The 14 frequencies of the first four diagonals and the two ends of the fifth.
constexpr std::array<frequency, coarse_frequencies> coarse = {{{0, 1},
                                                               {1, 0},
                                                               {0, 2},
                                                               {1, 1},
                                                               {2, 0},
                                                               {0, 3},
                                                               {1, 2},
                                                               {2, 1},
                                                               {3, 0},
                                                               {0, 4},
                                                               {1, 3},
                                                               {2, 2},
                                                               {3, 1},
                                                               {4, 0},
                                                               {0, 5},
                                                               {5, 0}}};

using cells = std::array<std::array<double, side>, side>;

// Rows of the orthonormal cosine transform.
const cells& cosine_rows() {
  static const cells rows = [] {
    cells made{};
    for (std::size_t k = 0; k < side; ++k) {
      const double scale = std::sqrt((k == 0 ? 1.0 : 2.0) / side);
      for (std::size_t x = 0; x < side; ++x) {
        const double angle = std::numbers::pi * (static_cast<double>(x) + 0.5) *
                             static_cast<double>(k) / static_cast<double>(side);
        made[k][x] = scale * std::cos(angle);
      }
    }
    return made;
  }();
  return rows;
}

cells mean_cells(const luma_picture& picture) {
  constexpr std::size_t block = luma_side / side;
  cells made{};
  for (std::size_t row = 0; row < luma_side; ++row) {
    for (std::size_t column = 0; column < luma_side; ++column) {
      made[row / block][column / block] +=
          static_cast<double>(picture[row * luma_side + column]) / (block * block);
    }
  }
  return made;
}

// Amplitudes in grey levels: the orthonormal transform divided by the side.
cells frequencies_of(const luma_picture& picture) {
  const cells pixels = mean_cells(picture);
  const cells& cosines = cosine_rows();
  cells across{};
  for (std::size_t row = 0; row < side; ++row) {
    for (std::size_t k = 0; k < side; ++k) {
      double sum = 0;
      for (std::size_t x = 0; x < side; ++x) sum += pixels[row][x] * cosines[k][x];
      across[row][k] = sum;
    }
  }
  cells made{};
  for (std::size_t l = 0; l < side; ++l) {
    for (std::size_t k = 0; k < side; ++k) {
      double sum = 0;
      for (std::size_t row = 0; row < side; ++row) sum += across[row][k] * cosines[l][row];
      made[l][k] = sum / static_cast<double>(side);
    }
  }
  return made;
}

}  // namespace

std::array<std::byte, fingerprint_bytes> picture_fingerprint(const luma_picture& mean) {
  static const std::vector<frequency> fine = lowest_frequencies();
  const cells amplitudes = frequencies_of(mean);
  std::array<std::byte, fingerprint_bytes> bits{};
  std::size_t next = 0;
  const auto put = [&](bool bit) {
    if (bit) bits[next / 8] |= std::byte{0x80} >> (next % 8);
    ++next;
  };
  for (const frequency& asked : coarse) {
    const double amplitude = amplitudes[asked.row][asked.column];
    for (std::size_t copy = 0; copy < copies; ++copy) put(amplitude > -coarse_border);
    for (std::size_t copy = 0; copy < copies; ++copy) put(amplitude > coarse_border);
  }
  for (const frequency& asked : fine) put(amplitudes[asked.row][asked.column] > fine_border);
  return bits;
}

}  // namespace reprise
