#include "host/vision/picture_description.hpp"

#include <opencv2/imgproc.hpp>

#include <algorithm>

#include "host/match/assert.hpp"
#include "host/vision/picture_parts.hpp"

namespace reprise::sight {
namespace {

constexpr int side = 64;
constexpr int light_side = 32;
constexpr int grid = 4;
constexpr int directions = 8;
constexpr std::size_t frequencies = 95;
constexpr double grey = 128;  // of both chroma planes
constexpr double colours_floor = 24;

// What each block counts. A cosine is then the mean of the blocks' own, weighted by their squares.
constexpr double brightness_weight = 0.15;
constexpr double frequencies_weight = 0.7;
constexpr double colours_weight = 0.4;
constexpr double edges_weight = 0.6;

// [grid, grid, 2]: red and blue against grey.
numbers colours_of(const cv::Mat& red, const cv::Mat& blue) {
  numbers block;
  for (const cv::Mat& plane : {red, blue}) {
    cv::Mat cells;
    cv::resize(plane, cells, {grid, grid}, 0, 0, cv::INTER_AREA);
    for (int i = 0; i < grid * grid; ++i) {
      block.push_back(cells.at<float>(i / grid, i % grid) - grey);
    }
  }
  make_unit(block, colours_floor);
  return block;
}

}  // namespace

picture_descriptor describe_picture(const cv::Mat& picture) {
  REPRISE_ASSERT(!picture.empty() && picture.type() == CV_8UC3);
  cv::Mat small, converted;
  cv::resize(picture, small, {side, side}, 0, 0, cv::INTER_AREA);
  cv::cvtColor(small, converted, cv::COLOR_BGR2YCrCb);
  converted.convertTo(converted, CV_32F);
  cv::Mat planes[3];
  cv::split(converted, planes);
  cv::Mat light, smooth;
  cv::resize(planes[0], light, {light_side, light_side}, 0, 0, cv::INTER_AREA);
  cv::GaussianBlur(planes[0], smooth, {5, 5}, 1);

  numbers all{brightness_weight * (0.5 + cv::mean(light)[0] / 255)};
  append(all, low_frequencies(light, frequencies), frequencies_weight);
  append(all, colours_of(planes[1], planes[2]), colours_weight);
  append(all, edge_directions(smooth, grid, directions), edges_weight);
  make_unit(all, 0);
  picture_descriptor made;
  REPRISE_ASSERT(all.size() == made.size());
  std::copy(all.begin(), all.end(), made.begin());
  return made;
}

}  // namespace reprise::sight
