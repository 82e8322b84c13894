#include "host/scan.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>
#include <system_error>
#include <thread>

#include "host/channel_name.hpp"
#include "host/match/assert.hpp"
#include "host/ordered_output.hpp"
#include "host/progress_line.hpp"
#include "host/recording.hpp"
#include "host/scan_recording.hpp"

namespace reprise {
namespace {

constexpr std::size_t ahead_of_threads = 2;  // files done and not yet printed, for each thread
constexpr std::chrono::milliseconds patience{50};

// Of all files, where each is a regular one.
std::optional<std::uint64_t> bytes_of(const std::vector<std::string>& files) {
  std::uint64_t total = 0;
  for (const std::string& file : files) {
    const auto bytes = bytes_of_file(file);
    if (!bytes) return std::nullopt;
    total += *bytes;
  }
  return total;
}

class scan {
 public:
  scan(const scan_options& options, const scan_streams& streams)
      : options_{options},
        streams_{streams},
        thread_count_{std::min<std::size_t>(
            options.files.size(), options.threads > 0
                                      ? options.threads
                                      : std::max(1u, std::thread::hardware_concurrency()))},
        output_{options.files.size(), ahead_of_threads * thread_count_},
        line_{streams.messages, streams.progress_shown, std::chrono::steady_clock::now()} {
    for (const std::string& file : options.files) {
      channels_.push_back(options.channel.value_or(channel_name_of(file)));
      text_.channel_width = std::max(text_.channel_width, channels_.back().size());
    }
    text_.format = options.format;
    text_.repeats = options.repeats;
    text_.coloured = streams.output_coloured;
    if (streams.progress_shown) bytes_total_ = bytes_of(options.files);
  }

  [[nodiscard]] int run() {
    auto signal = make_cancel_signal();
    if (!signal) {
      report(signal.error().what);
      return exit_status(signal.error().code);
    }
    cancel_ = std::move(*signal);
    std::vector<std::jthread> workers;
    const stopper stops{*this};  // before the workers are joined, whichever way that comes about
    try {
      while (workers.size() < thread_count_) workers.emplace_back([this] { work(); });
    } catch (const std::system_error& refused) {
      if (workers.empty()) {
        report("a thread could not be started: " + refused.code().message());
        return exit_status(errc::overloaded);
      }
    }
    while (auto piece = output_.take(patience)) {
      if (!print(*piece)) break;
    }
    stop();
    workers.clear();  // joins them
    line_.clear();
    if (!output_failed_ && !printed_) print_nothing_found();
    if (!output_failed_) return status_;
    if (output_failed_->code != errc::output_closed) report(output_failed_->what);
    return exit_status(output_failed_->code);
  }

 private:
  struct stopper {
    ~stopper() { stopped.stop(); }
    scan& stopped;
  };

  // Ends all workers soon, also one that waits for room in the output or for input.
  void stop() noexcept {
    output_.cancel();
    cancel_->cancel();
  }

  void work() {
    offline_engine by;
    while (const auto part = output_.next_part()) {
      recording_scanned done;
      try {
        done = scan_file(*part, by);
      } catch (const std::bad_alloc&) {
        by.engine.reset();  // it may hold the channel still
        done.failed =
            failure{errc::host_memory, source_name(options_.files[*part]) + ": out of memory"};
      }
      std::string note;
      if (done.repeats_dropped > 0) {
        note = channels_[*part] + ": " + std::to_string(done.repeats_dropped) +
               " repeats beyond the best " + std::to_string(repeats_open_max) +
               " at once are not listed";
      }
      output_.finish(*part, std::move(note), std::move(done.failed));
    }
  }

  // Makes the engine where there is none yet.
  recording_scanned scan_file(std::size_t part, offline_engine& by) {
    auto reader = open_recording(options_.files[part], options_.start, cancel_.get());
    if (!reader) return {.failed = reader.error()};
    if (by.engine == nullptr) {
      auto made = options_.make_engine();
      if (!made) return {.failed = made.error()};
      by = std::move(*made);
      REPRISE_ASSERT(by.engine->parameters() == text_.by);
    }
    recording_scanned done =
        scan_recording({.reader = **reader,
                        .engine = *by.engine,
                        .settings = options_.settings,
                        .text = text_,
                        .channel = channels_[part],
                        .emit = [&](std::string_view lines) { return output_.append(part, lines); },
                        .counters = counters_});
    if (done.failed && done.failed->code == errc::device_lost) {
      if (const std::string why = by.why_lost(); !why.empty()) done.failed->what += ": " + why;
    }
    return done;
  }

  // False once the output cannot be written to.
  bool print(const ordered_output::piece& piece) {
    if (!piece.text.empty()) {
      std::string header;
      if (!std::exchange(printed_, true)) text_.append_header(header);
      if (!write(header) || !write(piece.text)) return false;
    }
    if (!piece.note.empty()) report(piece.note);
    if (piece.failed) {
      report(piece.failed->what);
      if (status_ == 0) status_ = exit_status(piece.failed->code);
    }
    const bool idle = piece.text.empty() && !piece.last;
    if (idle && streams_.output.abandoned()) {
      output_failed_ = failure{errc::output_closed, "the output is closed"};
      return false;
    }
    line_.update({counters_.bytes_read, bytes_total_, counters_.seconds},
                 std::chrono::steady_clock::now());
    return true;
  }

  bool write(std::string_view text) {
    if (text.empty()) return true;
    line_.clear();
    if (auto written = streams_.output.write(text); !written) output_failed_ = written.error();
    return !output_failed_;
  }

  void print_nothing_found() {
    std::string text;
    if (status_ == 0) text_.append_nothing_found(text);
    static_cast<void>(write(text));
  }

  void report(std::string_view what) {
    line_.clear();
    const std::string text = "reprise: " + std::string{what} + "\n";
    static_cast<void>(streams_.messages.write(text));  // there is nobody else to tell
  }

  const scan_options& options_;
  const scan_streams& streams_;
  std::unique_ptr<cancel_signal> cancel_;
  std::size_t thread_count_;
  ordered_output output_;
  progress_line line_;
  std::vector<std::string> channels_;
  scan_text text_;
  scan_counters counters_;
  std::optional<std::uint64_t> bytes_total_;
  std::optional<failure> output_failed_;
  bool printed_ = false;
  int status_ = 0;
};

}  // namespace

int run_scan(const scan_options& options, const scan_streams& streams) {
  REPRISE_ASSERT(!options.files.empty());
  REPRISE_ASSERT(!options.channel || options.files.size() == 1);
  return scan{options, streams}.run();
}

}  // namespace reprise
