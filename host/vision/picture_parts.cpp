#include "host/vision/picture_parts.hpp"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/match/assert.hpp"

namespace reprise::sight {
namespace {

// In the units of each block: what the coding of an evenly grey JPEG of quality 50 may make.
constexpr double frequencies_floor = 40;
constexpr double edges_floor = 3;

double length_of(const numbers& block) {
  return std::sqrt(std::inner_product(block.begin(), block.end(), block.begin(), 0.0));
}

// The part of an edge at `place` (in cells, from the first one's middle) for the cell `index`.
double share_of(double place, int index) {
  return std::max(0.0, 1 - std::abs(place - index));
}

}  // namespace

void make_unit(numbers& block, double floor) {
  const double length = length_of(block);
  if (length == 0) return;
  const double scale = length / (length * length + floor * floor);
  for (double& each : block) each *= scale;
}

void append(numbers& all, const numbers& block, double weight) {
  for (const double each : block) all.push_back(weight * each);
}

numbers low_frequencies(const cv::Mat& small, std::size_t count) {
  REPRISE_ASSERT(small.rows == small.cols && small.rows % 2 == 0);
  cv::Mat waves;
  cv::dct(small, waves);
  numbers block;
  for (int diagonal = 1; block.size() < count; ++diagonal) {
    REPRISE_ASSERT(diagonal < small.rows);
    for (int i = 0; i <= diagonal && block.size() < count; ++i) {
      const int row = diagonal % 2 == 0 ? diagonal - i : i;
      // Pictures have most of their strength in the coarsest waves, which would decide alone.
      const double wave = waves.at<float>(row, diagonal - row) * std::sqrt(double(diagonal));
      block.push_back(std::copysign(std::sqrt(std::abs(wave)), wave));
    }
  }
  make_unit(block, frequencies_floor);
  return block;
}

numbers edge_directions(const cv::Mat& small, int grid, int directions) {
  REPRISE_ASSERT(small.rows == small.cols && small.rows % grid == 0);
  cv::Mat across, down;
  cv::Sobel(small, across, CV_32F, 1, 0, 3, 1.0 / 8);
  cv::Sobel(small, down, CV_32F, 0, 1, 3, 1.0 / 8);
  const double cell = double(small.rows) / grid;
  numbers block(static_cast<std::size_t>(grid) * grid * directions, 0.0);
  for (int row = 0; row < small.rows; ++row) {
    for (int column = 0; column < small.cols; ++column) {
      const double x = across.at<float>(row, column), y = down.at<float>(row, column);
      const double strength = std::hypot(x, y);
      double direction = std::atan2(y, x) / CV_PI * directions;
      if (direction < 0) direction += directions;
      const double down_place = (row + 0.5) / cell - 0.5,
                   across_place = (column + 0.5) / cell - 0.5;
      const auto lower = static_cast<int>(direction);
      const double upper_share = direction - lower;
      for (int r = 0; r < grid; ++r) {
        const double by_row = share_of(down_place, r);
        if (by_row == 0) continue;
        for (int c = 0; c < grid; ++c) {
          const double share = by_row * share_of(across_place, c) * strength;
          if (share == 0) continue;
          double* at = &block[(static_cast<std::size_t>(r) * grid + c) * directions];
          at[lower % directions] += share * (1 - upper_share);
          at[(lower + 1) % directions] += share * upper_share;
        }
      }
    }
  }
  for (double& each : block) each = std::sqrt(each / (cell * cell));
  const double mean = std::accumulate(block.begin(), block.end(), 0.0) / double(block.size());
  for (double& each : block) each -= mean;
  make_unit(block, edges_floor);
  return block;
}

}  // namespace reprise::sight
