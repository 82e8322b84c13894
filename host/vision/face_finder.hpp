// Finds the faces of a picture that look at the camera.
//
// Shapes   picture [rows, columns, 3] of 8 bits, blue, green, red, upright. A face is a square of
//          face_side pixels of the light alone, 0 to 255. Faces come largest first, of equal ones
//          the upper, then the left one; faces_max at most
// Errors   open: configuration_invalid, with the cascade's file. OpenCV throws where it has no
//          memory
// Threads  one at a time
// Owns     the cascade
// Source   P. Viola, M. Jones, Rapid Object Detection using a Boosted Cascade of Simple Features,
//          CVPR 2001; the cascades of Debian's opencv-data
//
// Faces are cut as they are found. Turning them upright by their eyes was tried: OpenCV's cascade
// of eyes finds other places in a picture coded anew, and the encodings of one face differed more.
#pragma once

#include <opencv2/core.hpp>
#include <opencv2/objdetect.hpp>

#include <string>
#include <vector>

#include "host/failure.hpp"

namespace reprise::sight {

inline constexpr int face_side = 64;

class face_finder {
 public:
  // Of a folder that holds haarcascade_frontalface_alt2.xml.
  [[nodiscard]] static outcome<face_finder> open(const std::string& cascades);

  [[nodiscard]] std::vector<cv::Mat> find(const cv::Mat& picture);

 private:
  face_finder() = default;

  cv::CascadeClassifier cascade_;
};

}  // namespace reprise::sight
