// What a picture shows, by a model of the user's.
//
// Shapes   as classifier_setting.hpp; labels as predictions/label_file.hpp, of text_bytes_max bytes
//          at most; scores are shares as predictions/distribution.hpp has it
// Errors   open: configuration_invalid, with the file: the labels or the model are missing or
//          broken, the model does not take such pictures, or its outputs are not as many as labels.
//          classify: helper_failed where the outputs are no numbers. OpenCV throws where it fails
// Threads  one at a time
// Owns     the model
#pragma once

#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>

#include <string>
#include <vector>

#include "host/classifier_setting.hpp"
#include "host/failure.hpp"
#include "host/vision.hpp"

namespace reprise::sight {

class picture_classifier {
 public:
  [[nodiscard]] static outcome<picture_classifier> open(const classifier_setting& made);
  [[nodiscard]] outcome<classification> classify(const cv::Mat& picture);

 private:
  explicit picture_classifier(const classifier_setting& made) : setting_{made} {}
  [[nodiscard]] cv::Mat outputs_of(const cv::Mat& picture);  // [1, count] of one float each

  classifier_setting setting_;
  std::vector<std::string> labels_;
  cv::dnn::Net net_;
};

}  // namespace reprise::sight
