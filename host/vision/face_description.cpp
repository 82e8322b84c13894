#include "host/vision/face_description.hpp"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

#include "host/match/assert.hpp"
#include "host/vision/face_finder.hpp"
#include "host/vision/picture_parts.hpp"

namespace reprise::sight {
namespace {

constexpr int light_side = 32;
constexpr std::size_t frequencies = 48;
constexpr int grid = 4;
constexpr int directions = 5;
constexpr double frequencies_weight = 0.7;
constexpr double edges_weight = 0.7;
constexpr double contrast = 40;  // of a face, after its own is evened out

// The same under any lamp: mean 128, its spread `contrast`; less towards the corners, where hair
// and background are.
cv::Mat evened(const cv::Mat& face) {
  cv::Mat light;
  face.convertTo(light, CV_32F);
  cv::Mat window(face.size(), CV_32F);
  for (int row = 0; row < face.rows; ++row) {
    for (int column = 0; column < face.cols; ++column) {
      const double y = 2 * (row + 0.5) / face.rows - 1, x = 2 * (column + 0.5) / face.cols - 1;
      window.at<float>(row, column) = float(std::exp(-std::pow(x * x + y * y, 2) / 1.0));
    }
  }
  const double all = cv::sum(window)[0];
  const double mean = light.dot(window) / all;
  light -= mean;
  const double spread = std::sqrt(light.mul(light).dot(window) / all);
  light = light.mul(window) * (contrast / std::hypot(spread, 4.0));
  return light;
}

}  // namespace

face_encoding describe_face(const cv::Mat& face) {
  REPRISE_ASSERT(face.type() == CV_8U && face.rows == face_side && face.cols == face_side);
  const cv::Mat even = evened(face);
  cv::Mat light, smooth;
  cv::resize(even, light, {light_side, light_side}, 0, 0, cv::INTER_AREA);
  cv::GaussianBlur(even, smooth, {7, 7}, 1.5);
  numbers all;
  append(all, low_frequencies(light, frequencies), frequencies_weight);
  append(all, edge_directions(smooth, grid, directions), edges_weight);
  make_unit(all, 0);
  face_encoding made;
  REPRISE_ASSERT(all.size() == made.size());
  std::copy(all.begin(), all.end(), made.begin());
  return made;
}

}  // namespace reprise::sight
