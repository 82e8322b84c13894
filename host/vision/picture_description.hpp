// What a picture looks like, as 256 numbers: how like two pictures are is the cosine of theirs.
//
// Shapes   picture [rows, columns, 3] of 8 bits, blue, green, red, upright. 1 number for
//          brightness, 95 low frequencies of light, 32 for the colours of a 4 x 4 grid, 128 for the
//          edges of a 4 x 4 grid in 8 directions; of length 1
// Errors   none; asserted: there is a pixel. OpenCV throws where it has no memory
// Threads  pure
// Agrees   how near a picture stays to its copies, and others to it: docs/pictures.md
#pragma once

#include <opencv2/core.hpp>

#include "host/vision.hpp"

namespace reprise::sight {

[[nodiscard]] picture_descriptor describe_picture(const cv::Mat& picture);

}  // namespace reprise::sight
