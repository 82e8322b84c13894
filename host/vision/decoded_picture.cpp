#include "host/vision/decoded_picture.hpp"

#include <opencv2/imgcodecs.hpp>

#include "host/picture_header.hpp"

namespace reprise::sight {

outcome<cv::Mat> decode_picture(std::span<const std::byte> file) {
  const auto head = check_picture(file);
  if (!head) return head.error();
  const failure broken{errc::data_malformed,
                       "the " + std::string{to_string(head->type)} + " is broken"};
  // OpenCV takes its input as a matrix, and does not write to it.
  const cv::Mat input{1, static_cast<int>(file.size()), CV_8U, const_cast<std::byte*>(file.data())};
  cv::Mat picture;
  try {
    picture = cv::imdecode(input, cv::IMREAD_COLOR);
  } catch (const cv::Exception& thrown) {
    if (thrown.code == cv::Error::StsNoMem) throw;
    return broken;
  }
  if (picture.empty()) return broken;
  return picture;
}

}  // namespace reprise::sight
