#include "net/service_predictions.hpp"

#include <unistd.h>

#include <utility>

#include "host/helper_process.hpp"
#include "host/vision_process.hpp"

namespace reprise {
namespace {

constexpr const char* helper = "reprise-vision";

classifier_setting classifier_of(const prediction_settings& chosen) {
  classifier_setting made{.model = chosen.model,
                          .labels = chosen.labels,
                          .width = chosen.input_width,
                          .height = chosen.input_height,
                          .scale = chosen.scale};
  for (std::size_t i = 0; i < made.mean.size(); ++i) {
    made.mean[i] = chosen.mean[chosen.mean.size() == 1 ? 0 : i];
  }
  return made;
}

// With a model the helper is started now, so that a bad one is known; else by the first picture.
outcome<std::unique_ptr<vision>> make_vision(const prediction_settings& chosen,
                                             const cancel_signal& cancel) {
  const std::string program = helper_path(helper);
  if (::access(program.c_str(), X_OK) != 0) {
    return failure{errc::helper_missing, std::string{helper} + " is not installed"};
  }
  vision_options options{.picture_max = std::chrono::milliseconds{chosen.deadline_ms},
                         .cancel = &cancel};
  const bool has_model = chosen.predictor == predictor_kind::onnx;
  if (has_model) options.classifier = classifier_of(chosen);
  auto made = std::make_unique<vision_process>(std::move(options));
  if (has_model) {
    if (const auto started = made->start(); !started) return started.error();
  }
  return made;
}

}  // namespace

outcome<std::unique_ptr<service_predictions>> service_predictions::make(
    const prediction_settings& chosen, prediction_desk_parts parts) {
  auto whole = std::make_unique<service_predictions>();
  for (std::uint32_t i = 0; chosen.predictor != predictor_kind::http && i < chosen.workers; ++i) {
    whole->workers_.push_back(std::make_unique<worker_thread>("reprise-predict"));
    parts.workers.push_back(*whole->workers_.back());
  }
  parts.make_vision = [chosen](const cancel_signal& cancel) { return make_vision(chosen, cancel); };
  auto desk = prediction_desk::make(std::move(parts), chosen);
  if (!desk) return desk.error();
  whole->desk_ = std::move(*desk);
  return whole;
}

void service_predictions::finish() {
  for (const auto& each : workers_) each->finish();
}

}  // namespace reprise
