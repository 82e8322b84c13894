#include "host/media/picture_scaler.hpp"

namespace reprise {

bool picture_scaler::prepare(const AVFrame& frame) {
  if (context_ && frame.width == width_ && frame.height == height_ && frame.format == format_ &&
      frame.color_range == range_) {
    return true;
  }
  const auto format = static_cast<AVPixelFormat>(frame.format);
  if (frame.width < 1 || frame.height < 1 || sws_isSupportedInput(format) == 0) return false;
  constexpr int side = static_cast<int>(luma_side);
  // Each cell is the mean of its part of the frame: filters with lobes would mix in its neighbours.
  context_.reset(sws_getContext(frame.width, frame.height, format, side, side, AV_PIX_FMT_GRAY8,
                                SWS_AREA | SWS_ACCURATE_RND, nullptr, nullptr, nullptr));
  if (!context_) return false;
  int *from_table = nullptr, *to_table = nullptr;
  int from_range = 0, to_range = 0, brightness = 0, contrast = 0, saturation = 0;
  if (frame.color_range == AVCOL_RANGE_JPEG &&
      sws_getColorspaceDetails(context_.get(), &from_table, &from_range, &to_table, &to_range,
                               &brightness, &contrast, &saturation) >= 0) {
    // Fails where the format has no range of its own (RGB), which is then no matter.
    static_cast<void>(sws_setColorspaceDetails(context_.get(), from_table, 1, to_table, to_range,
                                               brightness, contrast, saturation));
  }
  width_ = frame.width;
  height_ = frame.height;
  format_ = frame.format;
  range_ = frame.color_range;
  return true;
}

bool picture_scaler::reduce(const AVFrame& frame, luma_picture& made) {
  if (!prepare(frame)) return false;
  std::uint8_t* rows[4] = {grey_.data(), nullptr, nullptr, nullptr};
  const int strides[4] = {static_cast<int>(row_bytes), 0, 0, 0};
  const int scaled =
      sws_scale(context_.get(), frame.data, frame.linesize, 0, frame.height, rows, strides);
  if (scaled != static_cast<int>(luma_side)) return false;
  for (std::size_t row = 0; row < luma_side; ++row) {
    for (std::size_t column = 0; column < luma_side; ++column) {
      made[row * luma_side + column] = static_cast<float>(grey_[row * row_bytes + column]);
    }
  }
  return true;
}

}  // namespace reprise
