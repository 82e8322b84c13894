// The picture scaler: a decoded frame of any size and pixel format to a luma picture.
//
// Errors   reduce() is false where libswscale cannot read the frame
// Threads  one at a time
// Owns     the scaling context, made anew where the frames change shape
#pragma once

extern "C" {
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
}

#include <array>
#include <cstdint>
#include <memory>

#include "host/media/luma_picture.hpp"

namespace reprise {

class picture_scaler {
 public:
  [[nodiscard]] bool reduce(const AVFrame& frame, luma_picture& made);

 private:
  [[nodiscard]] bool prepare(const AVFrame& frame);

  struct deleter {
    void operator()(SwsContext* context) const noexcept { sws_freeContext(context); }
  };
  std::unique_ptr<SwsContext, deleter> context_;
  int width_ = 0;
  int height_ = 0;
  int format_ = -1;
  int range_ = -1;
  // Rows are padded, since libswscale may write whole vectors.
  static constexpr std::size_t row_bytes = luma_side + 64;
  alignas(64) std::array<std::uint8_t, row_bytes * luma_side> grey_{};
};

}  // namespace reprise
