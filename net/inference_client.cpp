#include "net/inference_client.hpp"

#include <utility>

#include "host/within_memory.hpp"

namespace reprise {
namespace {

constexpr unsigned good = 200, bad_request = 400, not_found = 404;

std::string model_url(const inference_options& options) {
  std::string url = options.url;
  while (url.ends_with('/')) url.pop_back();
  return url + "/v2/models/" + options.model;
}

std::string status_text(const exchange_answer& answer) {
  const std::string words = inference_error(answer.body);
  return "HTTP " + std::to_string(answer.status) + (words.empty() ? "" : ": " + words);
}

prediction_reason reason_of(gap_reason reason) noexcept {
  switch (reason) {
    case gap_reason::timeout:
      return prediction_reason::timeout;
    case gap_reason::framing:
    case gap_reason::too_large:
      return prediction_reason::answer_invalid;
    case gap_reason::overload:
      return prediction_reason::capacity_exhausted;
    default:
      return prediction_reason::server_failed;
  }
}

bool has(const std::string& words, std::string_view part) {
  return words.find(part) != words.npos;
}

// Triton says 400 or 404, by its version, of a model that it does not know, of one that is not
// loaded yet, and of one that was unloaded: by the words alone they can be told apart.
bool is_of_model(const std::string& words) {
  return has(words, "unknown model");
}

bool is_missing(const exchange_answer& metadata) {
  const std::string words = inference_error(metadata.body);
  if (metadata.status == not_found) return !has(words, "has no available versions");
  return metadata.status == bad_request && is_of_model(words) && has(words, "not found");
}

// Of an answer that is no result: what it says of the picture, or else of the server, be it that it
// knows neither the model nor us.
prediction_reason reason_of(const exchange_answer& answer) {
  constexpr unsigned too_large = 413, wrong_type = 415, unprocessable = 422;
  const bool is_of_picture =
      (answer.status == bad_request && !is_of_model(inference_error(answer.body))) ||
      answer.status == too_large || answer.status == wrong_type || answer.status == unprocessable;
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

failure inference_client::missing(const exchange_answer& answer) const {
  return unopened(errc::configuration_invalid, status_text(answer));
}

void inference_client::open(done<void> told) {
  exchange_.start(request_of("/ready"), [this, told](const exchange_result& ready) {
    if (!ready) return told(unopened(errc::loading, ready.error().what));
    if (ready->status == not_found) return told(missing(*ready));
    exchange_.start(request_of(""), [this, told, ready = *ready](const exchange_result& metadata) {
      told(take_metadata(ready, metadata));
    });
  });
}

outcome<void> inference_client::take_metadata(const exchange_answer& ready,
                                              const exchange_result& result) {
  if (result && is_missing(*result)) return missing(*result);
  if (ready.status != good) return unopened(errc::loading, "not ready: " + status_text(ready));
  if (!result) return unopened(errc::loading, result.error().what);
  if (result->status != good) return unopened(errc::loading, status_text(*result));
  auto model = read_inference_metadata(result->body, options_.labels);
  if (!model) return unopened(model.error().code, model.error().what);
  model_ = std::move(*model);
  return {};
}

void inference_client::predict(const taken_job& of, std::function<void(prediction_outcome)> told) {
  if (!model_) {
    return fail({prediction_reason::server_failed, "the model has not been opened yet"}, told);
  }
  auto request = within_memory<exchange_request>([&] { return infer_request(of); });
  if (!request) return fail(fault_of(request.error()), told);
  exchange_.start(std::move(*request), [this, told](const exchange_result& result) {
    const auto seen = within_memory<prediction_outcome>([&] { return read(result); });
    told(seen ? *seen : prediction_outcome{fault_of(seen.error())});
  });
}

void inference_client::fail(prediction_fault why, std::function<void(prediction_outcome)> told) {
  link_.post([why = std::move(why), told = std::move(told)] { told(why); });
}

exchange_request inference_client::infer_request(const taken_job& of) const {
  exchange_request request = request_of("/infer");
  request.post = true;
  request.content_type = "application/json";
  request.body = inference_request(*model_, of.lease.uuid, *of.image);
  return request;
}

prediction_outcome inference_client::read(const exchange_result& result) const {
  if (!result) return prediction_fault{reason_of(result.error().reason), result.error().what};
  if (result->status != good) {
    return prediction_fault{reason_of(*result), status_text(*result)};
  }
  auto answer = read_inference_answer(*model_, result->body);
  if (!answer) return prediction_fault{prediction_reason::answer_invalid, answer.error().what};
  return std::move(*answer);
}

}  // namespace reprise
