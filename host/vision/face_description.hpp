// What a face looks like, as 128 numbers: how like two faces are is the cosine of theirs.
//
// Shapes   face [face_side, face_side] of 8 bits, as face_finder cuts it. 48 low frequencies of
//          light and 80 for the edges of a 4 x 4 grid in 5 directions; of length 1
// Errors   none; asserted: the shape. OpenCV throws where it has no memory
// Threads  pure
// Agrees   docs/pictures.md
#pragma once

#include <opencv2/core.hpp>

#include "host/vision.hpp"

namespace reprise::sight {

[[nodiscard]] face_encoding describe_face(const cv::Mat& face);

}  // namespace reprise::sight
