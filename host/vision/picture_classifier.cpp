#include "host/vision/picture_classifier.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "host/predictions/distribution.hpp"
#include "host/predictions/label_file.hpp"
#include "host/vision_protocol.hpp"

namespace reprise::sight {
namespace {

failure wrong(const std::string& file, const std::string& why) {
  return {errc::configuration_invalid, file + ": " + why};
}

// The first line of what OpenCV says, without the place in its sources.
std::string words_of(const cv::Exception& thrown) {
  return thrown.err.substr(0, thrown.err.find('\n'));
}

}  // namespace

outcome<picture_classifier> picture_classifier::open(const classifier_setting& made) {
  picture_classifier opened{made};
  auto labels = read_labels(made.labels);
  if (!labels) return labels.error();
  opened.labels_ = std::move(*labels);
  for (const std::string& label : opened.labels_) {
    if (label.size() > text_bytes_max) return wrong(made.labels, "a label is too long: " + label);
  }
  std::size_t outputs = 0;
  try {
    opened.net_ = cv::dnn::readNetFromONNX(made.model);
    opened.net_.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    const cv::Mat grey(static_cast<int>(made.height), static_cast<int>(made.width), CV_8UC3,
                       cv::Scalar::all(128));
    outputs = opened.outputs_of(grey).total();
  } catch (const cv::Exception& thrown) {
    return wrong(made.model, "OpenCV cannot use this model: " + words_of(thrown));
  }
  if (outputs == opened.labels_.size()) return opened;
  return wrong(made.model, "the model has " + std::to_string(outputs) + " outputs, " + made.labels +
                               " " + std::to_string(opened.labels_.size()) + " labels");
}

cv::Mat picture_classifier::outputs_of(const cv::Mat& picture) {
  const cv::Scalar mean{setting_.mean[0], setting_.mean[1], setting_.mean[2]};
  const cv::Size size{static_cast<int>(setting_.width), static_cast<int>(setting_.height)};
  constexpr bool red_first = true, is_cropped = false;
  net_.setInput(cv::dnn::blobFromImage(picture, setting_.scale, size, mean, red_first, is_cropped));
  cv::Mat outputs = net_.forward();
  outputs.convertTo(outputs, CV_32F);
  return outputs.reshape(1, 1);
}

outcome<classification> picture_classifier::classify(const cv::Mat& picture) {
  const cv::Mat given = outputs_of(picture);
  std::vector<double> outputs(given.begin<float>(), given.end<float>());
  const bool finite =
      std::all_of(outputs.begin(), outputs.end(), [](double each) { return std::isfinite(each); });
  if (!finite) return failure{errc::helper_failed, "the model gave what is no number"};
  make_distribution(outputs);
  const auto best = std::max_element(outputs.begin(), outputs.end());
  return classification{labels_[static_cast<std::size_t>(best - outputs.begin())], *best};
}

}  // namespace reprise::sight
