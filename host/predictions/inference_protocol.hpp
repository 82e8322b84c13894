// The Open Inference Protocol, version 2, as far as a picture goes through it: what a model says of
// itself, the question, and the answer, as JSON texts.
//
// Shapes   the model has one input, of type BYTES and shape [1] or [1, 1] (-1 for a dimension that
//          may vary): the picture's file in base64, as JSON holds no bytes. Without labels of ours
//          it has one output of type BYTES, whose first element is the label, and maybe one of type
//          FP32 or FP64, whose first number is its score, from 0 to 1. With labels it has one
//          output of type FP32 or FP64, with one number for each label: the greatest wins, the
//          first of equal ones; where its shape tells how many numbers it has, they are as many as
//          labels. Scores are shares as distribution.hpp has it
// Errors   read_metadata: configuration_invalid; read_answer: data_malformed; both in words that
//          say what was expected
// Threads  pure
// Source   github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/failure.hpp"
#include "host/vision.hpp"

namespace reprise {

struct inference_model {
  std::string input;
  bool nested = false;  // [1, 1]
  std::optional<std::string> label_output = {};
  std::optional<std::string> score_output = {};
  std::vector<std::string> labels = {};
};

[[nodiscard]] outcome<inference_model> read_inference_metadata(std::string_view json,
                                                               std::vector<std::string> labels);

[[nodiscard]] std::string inference_request(const inference_model& model, std::string_view id,
                                            std::span<const std::byte> picture);

[[nodiscard]] outcome<classification> read_inference_answer(const inference_model& model,
                                                            std::string_view json);

// What the server says of a request that it refuses: {"error": "..."}; empty where it says nothing.
[[nodiscard]] std::string inference_error(std::string_view json);

}  // namespace reprise
