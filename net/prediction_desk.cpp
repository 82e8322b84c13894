#include "net/prediction_desk.hpp"

#include <utility>

#include "host/json_text.hpp"
#include "host/predictions/label_file.hpp"

namespace reprise {
namespace {

job_queue_options queue_options_of(const prediction_settings& chosen) {
  job_queue_options made;
  made.bounds = {.jobs_max = static_cast<std::uint64_t>(chosen.jobs_max),
                 .bytes_max = static_cast<std::uint64_t>(chosen.jobs_bytes_max),
                 .tries_max = chosen.tries_max};
  made.keep = std::chrono::seconds{chosen.keep_seconds};
  return made;
}

prediction_figures::limits limits_of(const prediction_settings& chosen) {
  return {
      .jobs = static_cast<std::uint64_t>(chosen.jobs_max),
      .image_bytes = static_cast<std::uint64_t>(chosen.jobs_bytes_max),
      .results = job_queue_options{}.results_max,
      .writing_bytes = stored_job_queue::waiting_bytes_max,
      .library_rows = chosen.predictor == predictor_kind::library ? labelled_library::rows_max : 0};
}

void append_or_null(std::string& out, const std::optional<std::string_view>& text) {
  text ? append_json_string(out, *text) : void(out += "null");
}

}  // namespace

outcome<std::unique_ptr<prediction_desk>> prediction_desk::make(prediction_desk_parts parts,
                                                                const options& chosen) {
  auto cancelled = make_cancel_signal();
  if (!cancelled) return cancelled.error();
  auto made = std::make_unique<prediction_desk>(std::move(parts), chosen, std::move(*cancelled));
  if (const auto slots = made->make_slots(); !slots) return slots.error();
  return made;
}

prediction_desk::prediction_desk(prediction_desk_parts parts, const options& chosen,
                                 std::unique_ptr<cancel_signal> cancelled)
    : parts_{std::move(parts)},
      options_{chosen},
      cancelled_{std::move(cancelled)},
      figures_{limits_of(chosen)},
      queue_{
          {parts_.home, parts_.writer, parts_.reader, parts_.file, parts_.writes, *parts_.random},
          queue_options_of(chosen)},
      to_home_{parts_.home, parts_.api} {}

outcome<void> prediction_desk::make_slots() {
  std::vector<std::unique_ptr<prediction_slot>> slots;
  if (options_.predictor == predictor_kind::http) {
    std::vector<std::string> labels;
    if (!options_.labels.empty()) {
      auto read = read_labels(options_.labels);
      if (!read) return failure{read.error().code, "[predictions] labels: " + read.error().what};
      labels = std::move(*read);
    }
    client_ = std::make_unique<inference_client>(
        parts_.exchange, parts_.home,
        inference_options{.url = options_.url,
                          .model = options_.model,
                          .labels = std::move(labels),
                          .deadline = std::chrono::milliseconds{options_.deadline_ms}});
    opening_ = std::make_unique<inference_opening>(*client_, parts_.home, parts_.log);
  }
  if (options_.predictor == predictor_kind::library) {
    library_at_ = std::make_unique<library_file>(parts_.directory + "/library.db", "");
    library_ = std::make_unique<labelled_library>(make_video_reader(*library_at_),
                                                  parts_.home.clock(), cancelled_.get());
  }
  for (std::uint32_t i = 0; client_ && i < options_.workers; ++i) {
    slots.push_back(std::make_unique<inference_slot>(*client_));
  }
  for (executor& worker : parts_.workers) {
    if (client_) break;
    auto looks = make_predictor();
    if (!looks && looks.error().code == errc::helper_missing &&
        options_.predictor == predictor_kind::library) {
      missing_ = looks.error();
      return {};
    }
    if (!looks) {
      return failure{errc::configuration_invalid, "[predictions] model: " + looks.error().what};
    }
    slots.push_back(std::make_unique<thread_slot>(parts_.home, worker, std::move(*looks)));
  }
  const auto counted = [this](const job_counts& counts) {
    figures_.set(counts, queue_.waiting_bytes(), library_ ? library_->rows() : 0);
  };
  work_ = std::make_unique<prediction_work>(
      prediction_work_parts{.home = parts_.home,
                            .queue = queue_,
                            .slots = std::move(slots),
                            .figures = figures_,
                            .changed = [this](const job& changed) { tell(changed); },
                            .counted = counted,
                            .log = parts_.log,
                            .deadline = std::chrono::milliseconds{options_.deadline_ms}});
  return {};
}

outcome<std::unique_ptr<predictor>> prediction_desk::make_predictor() {
  auto sees = parts_.make_vision(*cancelled_);
  if (!sees) return sees.error();
  std::unique_ptr<predictor> made;
  if (library_) {
    made = std::make_unique<library_predictor>(std::move(*sees), *library_, options_.neighbours);
  } else {
    made = std::make_unique<classifier_predictor>(std::move(*sees));
  }
  return made;
}

void prediction_desk::open(done<void> told) {
  if (opening_) return opening_->start(std::move(told));
  parts_.home.post([told = std::move(told)] { told(outcome<void>{}); });
}

void prediction_desk::start() {
  if (work_) work_->start();
}

void prediction_desk::put(new_job added, done<void> told) {
  const job shown{.uuid = added.uuid, .name = added.name};
  queue_.put(std::move(added), [this, shown, told = std::move(told)](const outcome<void>& put) {
    if (put) {
      figures_.note_taken_in();
      tell(shown);
      if (work_) work_->wake();
    } else if (put.error().code == errc::overloaded) {
      figures_.note_full();
    }
    told(put);
  });
}

void prediction_desk::tell(const job& changed) {
  parts_.core.post([&events = parts_.events, changed] {
    if (!events.heard()) return;
    std::string text;
    append_prediction(text, changed);
    events.publish({"prediction", {}, std::move(text)});
  });
}

void prediction_desk::drain(steady_time deadline, std::function<void()> drained) {
  const auto ended = [this, drained = std::move(drained)] {
    cancelled_->cancel();
    drained();
  };
  if (!work_) return ended();
  work_->drain(deadline, ended);
}

void append_prediction(std::string& out, const job& shown) {
  out += "{\"uuid\":";
  append_json_string(out, shown.uuid);
  out += ",\"name\":";
  append_json_string(out, shown.name);
  out.append(",\"status\":\"").append(to_string(shown.status)).append("\",\"prediction\":");
  using text = std::optional<std::string_view>;
  append_or_null(out, shown.result ? text{shown.result->label} : text{});
  out += ",\"score\":";
  shown.result ? append_number(out, shown.result->score) : void(out += "null");
  out += ",\"error\":";
  append_or_null(out, shown.status == job_status::failed ? text{shown.error} : text{});
  out += '}';
}

}  // namespace reprise
