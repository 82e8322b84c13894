#include "host/vision/picture_classifier.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>

#include "host/byte_stream.hpp"
#include "host/library/video.hpp"
#include "host/line_reader.hpp"
#include "host/vision_protocol.hpp"

namespace reprise::sight {
namespace {

// How far the sum of a distribution may be from 1: that of 32-bit numbers, one for each label.
constexpr double distribution_tolerance = 1e-3;

failure wrong(const std::string& file, const std::string& why) {
  return {errc::configuration_invalid, file + ": " + why};
}

outcome<std::vector<std::string>> read_labels(const std::string& file) {
  auto source = open_byte_source(file);
  if (!source) return failure{errc::configuration_invalid, source.error().what};
  line_reader lines{std::move(*source), file};
  std::vector<std::string> labels;
  std::string_view line;
  for (;;) {
    const auto more = lines.next(line);
    if (!more) return failure{errc::configuration_invalid, more.error().what};
    if (!*more) break;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string place = file + ":" + std::to_string(lines.line_number());
    if (const auto fault = label_fault(line)) return wrong(place, "a label " + *fault);
    if (line.size() > text_bytes_max) return wrong(place, "the label is too long");
    if (labels.size() == picture_classifier::labels_max) return wrong(place, "too many labels");
    labels.emplace_back(line);
  }
  if (labels.empty()) return wrong(file, "there is no label");
  return labels;
}

// The first line of what OpenCV says, without the place in its sources.
std::string words_of(const cv::Exception& thrown) {
  return thrown.err.substr(0, thrown.err.find('\n'));
}

bool is_distribution(const std::vector<double>& outputs) {
  const bool shares = std::all_of(outputs.begin(), outputs.end(),
                                  [](double each) { return each >= 0 && each <= 1; });
  const double sum = std::accumulate(outputs.begin(), outputs.end(), 0.0);
  return shares && std::abs(sum - 1) <= distribution_tolerance;
}

void make_distribution(std::vector<double>& outputs) {
  const double greatest = *std::max_element(outputs.begin(), outputs.end());
  double sum = 0;
  for (double& each : outputs) sum += each = std::exp(each - greatest);
  for (double& each : outputs) each /= sum;
}

}  // namespace

outcome<picture_classifier> picture_classifier::open(const classifier_setting& made) {
  picture_classifier opened{made};
  auto labels = read_labels(made.labels);
  if (!labels) return labels.error();
  opened.labels_ = std::move(*labels);
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
  if (!is_distribution(outputs)) make_distribution(outputs);
  const auto best = std::max_element(outputs.begin(), outputs.end());
  return classification{labels_[static_cast<std::size_t>(best - outputs.begin())],
                        std::min(*best, 1.0)};
}

}  // namespace reprise::sight
