#include "net/inference_client.hpp"

#include <utility>

namespace reprise {
namespace {

constexpr unsigned good = 200, not_found = 404;

std::string model_url(const inference_options& options) {
  std::string url = options.url;
  while (url.ends_with('/')) url.pop_back();
  return url + "/v2/models/" + options.model;
}

std::string status_text(const exchange_answer& answer) {
  const std::string words = inference_error(answer.body);
  return "HTTP " + std::to_string(answer.status) + (words.empty() ? "" : ": " + words);
}

// Of an answer that is no result: what it says of the picture, or else of the server, be it that it
// knows neither the model nor us.
prediction_reason reason_of(unsigned status) noexcept {
  constexpr unsigned bad_request = 400, too_large = 413, wrong_type = 415, unprocessable = 422;
  const bool is_of_picture = status == bad_request || status == too_large || status == wrong_type ||
                             status == unprocessable;
  return is_of_picture ? prediction_reason::server_refused : prediction_reason::server_failed;
}

}  // namespace

inference_client::inference_client(http_exchange& exchange, scheduler& home,
                                   inference_options options)
    : exchange_{exchange},
      options_{std::move(options)},
      model_url_{model_url(options_)},
      link_{home} {}

exchange_request inference_client::request_of(const std::string& path) const {
  exchange_request made;
  made.url = model_url_ + path;
  made.answer_wanted = true;
  made.answer_bytes_max =
      inference_answer_bytes_max + options_.labels.size() * inference_label_bytes_max;
  made.deadline = link_.steady() + options_.deadline;
  return made;
}

failure inference_client::unopened(errc code, const std::string& why) const {
  return {code, "[predictions] the model at " + model_url_ + ": " + why};
}

// Of an answer that is not 200.
failure inference_client::unopened(const exchange_result& result, const std::string& what) const {
  if (!result) return unopened(errc::loading, result.error().what);
  const bool is_missing = result->status == not_found;
  return unopened(is_missing ? errc::configuration_invalid : errc::loading,
                  (is_missing ? "" : what) + status_text(*result));
}

void inference_client::open(done<void> told) {
  exchange_.start(request_of("/ready"), [this, told](const exchange_result& ready) {
    if (!ready || ready->status != good) return told(unopened(ready, "not ready: "));
    exchange_.start(request_of(""), [this, told](const exchange_result& metadata) {
      told(take_metadata(metadata));
    });
  });
}

outcome<void> inference_client::take_metadata(const exchange_result& result) {
  if (!result || result->status != good) return unopened(result, "");
  auto model = read_inference_metadata(result->body, options_.labels);
  if (!model) return unopened(model.error().code, model.error().what);
  model_ = std::move(*model);
  return {};
}

void inference_client::predict(const taken_job& of, std::function<void(prediction_outcome)> told) {
  if (!model_) {
    return link_.post([told = std::move(told)] {
      told(prediction_fault{prediction_reason::server_failed, "the model has not been opened yet"});
    });
  }
  exchange_request request = request_of("/infer");
  request.post = true;
  request.content_type = "application/json";
  request.body = inference_request(*model_, of.lease.uuid, *of.image);
  exchange_.start(std::move(request), [this, told = std::move(told)](
                                          const exchange_result& result) { told(read(result)); });
}

prediction_outcome inference_client::read(const exchange_result& result) const {
  if (!result) {
    const bool late = result.error().reason == gap_reason::timeout;
    return prediction_fault{late ? prediction_reason::timeout : prediction_reason::server_failed,
                            result.error().what};
  }
  if (result->status != good) {
    return prediction_fault{reason_of(result->status), status_text(*result)};
  }
  auto answer = read_inference_answer(*model_, result->body);
  if (!answer) return prediction_fault{prediction_reason::answer_invalid, answer.error().what};
  return std::move(*answer);
}

}  // namespace reprise
