#include "host/media/luma_picture.hpp"

namespace reprise {
namespace {

constexpr std::size_t last = luma_side - 1;

luma_picture mirrored(const luma_picture& picture) {
  luma_picture made;
  for (std::size_t row = 0; row < luma_side; ++row) {
    for (std::size_t column = 0; column < luma_side; ++column) {
      made[row * luma_side + column] = picture[row * luma_side + last - column];
    }
  }
  return made;
}

luma_picture turned_clockwise(const luma_picture& picture) {
  luma_picture made;
  for (std::size_t row = 0; row < luma_side; ++row) {
    for (std::size_t column = 0; column < luma_side; ++column) {
      made[row * luma_side + column] = picture[(last - column) * luma_side + row];
    }
  }
  return made;
}

}  // namespace

luma_picture upright(const luma_picture& stored, orientation shown) {
  luma_picture picture = shown.mirrored ? mirrored(stored) : stored;
  for (int turn = 0; turn < shown.quarter_turns_clockwise; ++turn) {
    picture = turned_clockwise(picture);
  }
  return picture;
}

}  // namespace reprise
