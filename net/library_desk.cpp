#include "net/library_desk.hpp"

#include <string_view>
#include <utility>

#include "host/library/library_place.hpp"
#include "host/library/training_rows.hpp"

namespace reprise {
namespace {

// Changes, and counts what became of them.
class counted_writer final : public video_writer {
 public:
  counted_writer(std::unique_ptr<video_writer> writer, library_figures& figures)
      : writer_{std::move(writer)}, figures_{figures} {}

  outcome<put_result> add(const video& added) override { return noted(writer_->add(added)); }
  outcome<put_result> put(const video& wanted) override { return noted(writer_->put(wanted)); }
  outcome<void> remove(const std::string& content_id) override {
    auto removed = writer_->remove(content_id);
    if (removed) figures_.add_videos(-1);
    return removed;
  }
  outcome<import_report> merge(staged_videos& staged, const import_policy& policy,
                               const cancel_signal* cancel) override {
    auto report = writer_->merge(staged, policy, cancel);
    if (report) figures_.add_videos(static_cast<std::int64_t>(report->inserted));
    return report;
  }

 private:
  outcome<put_result> noted(outcome<put_result> done) {
    if (done && *done == put_result::inserted) figures_.add_videos(1);
    return done;
  }

  std::unique_ptr<video_writer> writer_;
  library_figures& figures_;
};

training_end end_of(const outcome<trained>& made) noexcept {
  if (made) return training_end::learnt;
  if (made.error().code == errc::stopping) return training_end::stopped;
  const bool is_data = made.error().code == errc::data_insufficient ||
                       made.error().code == errc::parameter_out_of_range;
  return is_data ? training_end::insufficient : training_end::failed;
}

}  // namespace

outcome<std::unique_ptr<library_desk>> library_desk::make(library_desk_parts parts) {
  auto cancelled = make_cancel_signal();
  if (!cancelled) return cancelled.error();
  return std::make_unique<library_desk>(std::move(parts), std::move(*cancelled));
}

library_desk::library_desk(library_desk_parts parts, std::unique_ptr<cancel_signal> cancelled)
    : parts_{std::move(parts)},
      cancelled_{std::move(cancelled)},
      file_{library_path(parts_.directory), {}},
      trained_file_{library_path(parts_.directory), {}},
      videos_{std::make_unique<counted_writer>(make_video_writer(file_), figures_)},
      shown_{make_video_reader(file_)},
      trained_on_{make_video_reader(trained_file_)},
      to_core_{parts_.core, parts_.api},
      to_writer_{parts_.writer, parts_.api},
      to_reader_{parts_.reader, parts_.api},
      to_uploads_{parts_.uploads, parts_.api},
      link_{parts_.core},
      trainings_{parts_.core, parts_.trainer,
                 [this](const training_key& key) { return train(key); }} {}

outcome<void> library_desk::open() {
  auto opened = file_.open();
  if (opened) {
    const auto count = shown_->count();
    if (count) {
      figures_.set_videos(*count);
      return {};
    }
    opened = count.error();
  }
  parts_.log(log_level::error, "the library cannot be opened: what needs it fails",
             {{"why", opened.error().what}});
  return opened;
}

outcome<library_desk::upload_place> library_desk::take_place() {
  if (cancelled_->cancelled()) return failure{errc::stopping, "the service is stopping"};
  if (uploads_ == uploads_max) return failure{errc::overloaded, "too many uploads at once"};
  return {boost::system::in_place_value, uploads_};
}

outcome<trained> library_desk::train(const training_key& key) {
  const auto begun = std::chrono::steady_clock::now();
  std::uint32_t rows_count = 0;
  const auto learnt = [&]() -> outcome<trained> {
    const auto tvshow = key.tvshow.empty() ? std::nullopt : std::optional{key.tvshow};
    auto rows = training_rows::gather(*trained_on_, tvshow, parts_.directory, cancelled_.get());
    if (!rows) return rows.error();
    const training_table table = rows->table();
    rows_count = table.rows;
    auto gains = feature_gains(table, key.model, library_training_seed, {}, cancelled_.get());
    if (!gains) return gains.error();
    return trained{rows->revision(), std::move(*gains)};
  }();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  const training_end end = end_of(learnt);
  figures_.note_training(end, took);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  parts_.log(end == training_end::failed ? log_level::error : log_level::info, "a training ended",
             {{"result", std::string{to_string(end)}},
              {"model", std::string{to_string(key.model)}},
              {"tvshow", key.tvshow},
              {"rows", std::to_string(rows_count)},
              {"milliseconds", std::to_string(milliseconds)},
              {"why", learnt ? std::string{} : learnt.error().what}});
  return learnt;
}

// Whoever asked, until the training or the time has ended.
struct library_desk::asked_training {
  done<std::optional<trained>> told;
  timer_id patience = {};
};

void library_desk::ask_training(const training_key& key, std::int64_t revision,
                                done<std::optional<trained>> done) {
  const auto asked = std::make_shared<asked_training>(asked_training{std::move(done)});
  const auto answer = trainings_.ask(key, revision, [this, asked](const outcome<trained>& made) {
    link_.cancel(asked->patience);
    if (!made) return asked->told(made.error());
    asked->told(std::optional{*made});
  });
  if (const auto* known = std::get_if<trained>(&answer)) return asked->told(std::optional{*known});
  if (const auto* failed = std::get_if<failure>(&answer)) return asked->told(*failed);
  const std::uint64_t ticket = std::get<training_desk::running>(answer).ticket;
  asked->patience = link_.after(parts_.training_wait_max, [this, asked, ticket] {
    trainings_.forget(ticket);
    asked->told(std::optional<trained>{});
  });
}

net::awaitable<outcome<std::optional<trained>>> library_desk::learn(training_key key,
                                                                    std::int64_t revision) {
  const auto ask = [this, key = std::move(key), revision](done<std::optional<trained>> done) {
    ask_training(key, revision, std::move(done));
  };
  return to_core_.ask_for<std::optional<trained>>(ask);
}

void library_desk::write_metrics(metric_writer& into) const {
  figures_.write_metrics(into);
  into.gauge("reprise_library_uploads", "Uploads of videos that are on their way.", {},
             static_cast<double>(uploads_));
  into.gauge("reprise_library_uploads_limit", "How many may be.", {},
             static_cast<double>(uploads_max));
  into.gauge("reprise_library_staged_bytes", "What uploads have on the disk, not yet imported.", {},
             static_cast<double>(staged_bytes_));
  into.gauge("reprise_library_staged_bytes_limit", "How much all that may be at once can have.", {},
             static_cast<double>(uploads_max * parts_.import_rows_max * staged_row_bytes_max));
  into.gauge("reprise_library_trainings_waiting", "Trainings that wait for another one.", {},
             static_cast<double>(trainings_.waiting()));
  into.gauge("reprise_library_trainings_waiting_limit", "How many may wait.", {},
             static_cast<double>(training_desk::waiting_max));
}

}  // namespace reprise
