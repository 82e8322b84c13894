// A luma picture: what is kept of one decoded frame, and of the mean of one second.
//
// Shapes   64 rows of 64 cells, row by row from the top left; each the mean luma of its part of the
//          frame, full range, 0 black to 255 white. The frame's shape is stretched to the square,
//          so a film keeps its picture whatever its size and pixel shape
// Threads  plain values
#pragma once

#include <array>
#include <cstddef>

namespace reprise {

inline constexpr std::size_t luma_side = 64;
inline constexpr std::size_t luma_cells = luma_side * luma_side;

using luma_picture = std::array<float, luma_cells>;

// How a player must turn the stored frame before it is shown: mirrored first, then turned.
struct orientation {
  int quarter_turns_clockwise = 0;  // 0 to 3
  bool mirrored = false;            // left and right exchanged
  friend bool operator==(const orientation&, const orientation&) = default;
};

[[nodiscard]] luma_picture upright(const luma_picture& stored, orientation shown);

}  // namespace reprise
