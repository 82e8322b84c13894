#include "net/moving_average_command.hpp"

#include <chrono>

#include "host/moving_average/event_averages.hpp"
#include "host/output_file.hpp"
#include "host/progress_line.hpp"
#include "net/option_values.hpp"

namespace reprise {
namespace {

class moving_average_command final : public command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "moving-average"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Average the durations of the events of the last minutes, minute by minute";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise moving-average --input_file events.json --window_size 10";
  }

  void declare(option_set& options) override {
    options.add_value("--input_file", "FILE", input_,
                      "Events, one JSON object a line, ordered by time; - is standard input");
    options.add_value("--window_size", "MINUTES", window_,
                      "How many minutes an average looks back, 1 to 525600");
    options.add_value("--output_file", "FILE", output_,
                      "Where the averages go, all or none (default: standard output)");
    options.add_value("--client_name", "NAME", filter_.client_name, "Only events of this client");
    options.add_value("--source_language", "LANGUAGE", filter_.source_language,
                      "Only events of translations from this language");
    options.add_value("--target_language", "LANGUAGE", filter_.target_language,
                      "Only events of translations into this language");
    options.add_value("--event_name", "NAME", filter_.event_name, "Only events of this name");
    options.add_flag("--skip_bad", skip_bad_,
                     "Pass over bad lines and tell how many there were, instead of stopping");
  }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    if (!input_) return failure{errc::usage, "--input_file FILE is needed"};
    if (!window_) return failure{errc::usage, "--window_size MINUTES is needed"};
    const auto window = whole_option("--window_size", window_, 1, window_minutes_max, 1);
    if (!window) return window.error();
    if (is_output_of(output_.value_or("-"), *input_)) {
      return failure{errc::usage, *input_ + ": is the input and the output at once"};
    }
    auto source = open_byte_source(*input_);
    if (!source) return source.error();
    std::unique_ptr<byte_sink> file;
    if (output_) {
      auto created = create_output_file(*output_);
      if (!created) return created.error();
      file = std::move(*created);
    }
    byte_sink& sink = file ? *file : streams.output;
    const auto done = average(std::move(*source), sink, streams, std::chrono::minutes{*window});
    if (!done) return done.error();
    if (auto finished = sink.finish(); !finished) return finished.error();
    if (skip_bad_) tell_skipped(*done, streams.messages);
    return 0;
  }

 private:
  outcome<averaged> average(std::unique_ptr<byte_source> source, byte_sink& sink,
                            const process_streams& streams, std::chrono::minutes window) const {
    using clock = std::chrono::steady_clock;
    // Where rows go to the same terminal, they are progress enough.
    const bool shown = streams.messages_terminal && (output_ || !streams.output_terminal);
    const auto bytes_total = bytes_of_file(*input_);
    progress_line line{streams.messages, shown, clock::now()};
    auto done = average_events(
        std::move(source), source_name(*input_), sink,
        {.window = window,
         .filter = filter_,
         .skip_bad = skip_bad_,
         .told = [&](const averaging_counts& counts) {
           line.update({counts.bytes_read, bytes_total, counts.events, read_events}, clock::now());
         }});
    line.clear();
    return done;
  }

  static void tell_skipped(const averaged& done, byte_sink& messages) {
    const std::uint64_t count = done.counts.lines_skipped;
    std::string text = "reprise: moving-average: " + std::to_string(count) +
                       (count == 1 ? " bad line" : " bad lines") + " skipped";
    if (count > 0) text += "; the first: " + done.first_skipped;
    static_cast<void>(messages.write(text += '\n'));  // there is nobody else to tell
  }

  std::optional<std::string> input_, window_, output_;
  delivery_filter filter_;
  bool skip_bad_ = false;
};

}  // namespace

std::unique_ptr<command> make_moving_average_command() {
  return std::make_unique<moving_average_command>();
}

}  // namespace reprise
