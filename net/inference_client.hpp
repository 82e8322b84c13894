// A model at a server of the Open Inference Protocol, version 2, as the service asks it over HTTP.
//
// Shapes   URL/v2/models/MODEL/ready and URL/v2/models/MODEL at the start, then
//          URL/v2/models/MODEL/infer for each picture; MODEL may end with /versions/VERSION
// Errors   open: configuration_invalid: the server says that the model is missing (404, or in the
//          words of NVIDIA Triton), or it has another form than inference_protocol.hpp says;
//          loading: the server cannot be reached, is late or answers otherwise, as while the model
//          is not ready: later it may open. predict: server_refused for 413, 415, 422, and for 400
//          but where Triton speaks so of the model: server_failed, as of any other status, and
//          before it is open; answer_invalid, also where the answer is too long or no HTTP;
//          timeout; capacity_exhausted where memory, or one more connection, was refused to us
// Threads  the home executor, which is the exchange's
// Owns     what the model says of itself; the exchange outlives it
// Source   github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/core_link.hpp"
#include "host/done.hpp"
#include "host/predictions/inference_protocol.hpp"
#include "host/predictions/prediction_slot.hpp"
#include "net/http_exchange.hpp"

namespace reprise {

// Of an answer, and for each label, whose number may stand on an indented line of its own.
inline constexpr std::size_t inference_answer_bytes_max = 1 << 20;
inline constexpr std::size_t inference_label_bytes_max = 64;

struct inference_options {
  std::string url;    // of the server
  std::string model;  // A-Z a-z 0-9 . _ - and, before a version, /
  std::vector<std::string> labels = {};
  std::chrono::milliseconds deadline{10'000};  // of each exchange
};

class inference_client {
 public:
  inference_client(http_exchange& exchange, scheduler& home, inference_options options);

  // Until it is open, one call after the other.
  void open(done<void> told);
  void predict(const taken_job& of, std::function<void(prediction_outcome)> told);

 private:
  [[nodiscard]] exchange_request request_of(const std::string& path) const;
  [[nodiscard]] failure unopened(errc code, const std::string& why) const;
  [[nodiscard]] failure missing(const exchange_answer& answer) const;
  [[nodiscard]] outcome<void> take_metadata(const exchange_answer& ready,
                                            const exchange_result& result);
  void fail(prediction_fault why, std::function<void(prediction_outcome)> told);
  [[nodiscard]] exchange_request infer_request(const taken_job& of) const;
  [[nodiscard]] prediction_outcome read(const exchange_result& result) const;

  http_exchange& exchange_;
  inference_options options_;
  std::string model_url_;
  std::optional<inference_model> model_;  // once it is open
  core_link link_;
};

class inference_slot final : public prediction_slot {
 public:
  explicit inference_slot(inference_client& client) : client_{client} {}
  void predict(const taken_job& of, std::function<void(prediction_outcome)> told) override {
    client_.predict(of, std::move(told));
  }

 private:
  inference_client& client_;
};

}  // namespace reprise
