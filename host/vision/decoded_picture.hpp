// A picture's file as pixels.
//
// Shapes   [rows, columns, 3] of 8 bits, blue, green, red, turned as its EXIF data ask; what is
//          transparent shows its colour
// Errors   data_malformed: as picture_header.hpp, before anything is decoded, or the decoder found
//          it broken. OpenCV throws where it has no memory
// Threads  one at a time
#pragma once

#include <opencv2/core.hpp>

#include <cstddef>
#include <span>

#include "host/failure.hpp"

namespace reprise::sight {

[[nodiscard]] outcome<cv::Mat> decode_picture(std::span<const std::byte> file);

}  // namespace reprise::sight
