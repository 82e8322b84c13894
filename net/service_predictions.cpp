#include "net/service_predictions.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "host/helper_process.hpp"
#include "host/predictions/label_file.hpp"
#include "host/printable.hpp"
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

// What the helper would say in OpenCV's words, if at all.
outcome<void> check_files(const prediction_settings& chosen) {
  if (chosen.predictor != predictor_kind::onnx) return {};
  const auto labels = read_labels(chosen.labels);
  if (!labels) return failure{labels.error().code, "[predictions] labels: " + labels.error().what};
  if (::access(chosen.model.c_str(), R_OK) == 0) return {};
  const int error = errno;
  return failure{errc::configuration_invalid,
                 "[predictions] model: " + printable(chosen.model) + ": " + std::strerror(error)};
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
  if (const auto checked = check_files(chosen); !checked) return checked.error();
  auto whole = std::make_unique<service_predictions>();
  for (std::uint32_t i = 0; chosen.predictor != predictor_kind::http && i < chosen.workers; ++i) {
    whole->workers_.push_back(std::make_unique<worker_thread>("reprise-predict"));
    parts.workers.push_back(*whole->workers_.back());
  }
  parts.make_vision = [chosen](const cancel_signal& cancel) { return make_vision(chosen, cancel); };
  const log_teller log = parts.log;
  auto desk = prediction_desk::make(std::move(parts), chosen);
  if (!desk) return desk.error();
  whole->desk_ = std::move(*desk);
  if (const auto& missing = whole->desk_->missing()) {
    log(log_level::warning, "nothing can be predicted",
        {{"why", missing->what}, {"program", helper_path(helper)}});
  }
  return whole;
}

void service_predictions::finish() {
  for (const auto& each : workers_) each->finish();
}

}  // namespace reprise
