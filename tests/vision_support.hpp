// What tests of the real reprise-vision share: pictures made by OpenCV, and how alike two are.
#pragma once

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "host/vision_process.hpp"
#include "tests/picture_support.hpp"

namespace reprise {

// Far longer than any picture takes, on a busy machine too.
inline vision_options patient(std::optional<classifier_setting> classifier = {}) {
  return {.classifier = std::move(classifier), .picture_max = std::chrono::minutes{2}};
}

inline cv::Mat pixels_of(const std::string& name) {
  const picture_file file = read_test_picture(name);
  const auto* bytes = reinterpret_cast<const unsigned char*>(file.data());
  return cv::imdecode(std::vector<unsigned char>{bytes, bytes + file.size()}, cv::IMREAD_COLOR);
}

// `extension` ".jpg", ".png", ".webp"; the quality is not that of a PNG.
inline picture_file coded(const cv::Mat& pixels, const std::string& extension, int quality = 90) {
  std::vector<int> settings;
  if (extension == ".jpg") settings = {cv::IMWRITE_JPEG_QUALITY, quality};
  if (extension == ".webp") settings = {cv::IMWRITE_WEBP_QUALITY, quality};
  std::vector<unsigned char> bytes;
  EXPECT_TRUE(cv::imencode(extension, pixels, bytes, settings));
  const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
  return {first, first + bytes.size()};
}

inline cv::Mat scaled(const cv::Mat& pixels, double by) {
  cv::Mat made;
  cv::resize(pixels, made, {}, by, by, by < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  return made;
}

template <typename Numbers>
double cosine(const Numbers& a, const Numbers& b) {
  const auto dot = [](const Numbers& x, const Numbers& y) {
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
  };
  return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
}

}  // namespace reprise
