#include "host/fingerprint_video.hpp"

#include <string_view>
#include <utility>

#include "host/match/rule.hpp"
#include "host/output_file.hpp"
#include "host/printable.hpp"
#include "host/recording_formats.hpp"

namespace reprise {
namespace {

constexpr std::uint64_t second_us = 1'000'000;

recording_format format_of(const fingerprint_options& options) {
  if (options.format) return *options.format;
  const std::string_view name{options.output};
  return name.ends_with(".bin") ? recording_format::raw : recording_format::ndjson;
}

std::string count_of(std::uint64_t count, const char* thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

// What was wrong with a film that could be read nevertheless; empty if nothing was.
std::string damage_of(const media::film_end& end) {
  std::string text;
  const auto add = [&](const std::string& found) { text += (text.empty() ? "" : ", ") + found; };
  if (end.packets_damaged != 0) add(count_of(end.packets_damaged, "damaged packet") + " skipped");
  if (end.timestamps_repaired != 0) {
    add(count_of(end.timestamps_repaired, "impossible timestamp") + " replaced");
  }
  if (end.missing_us != 0) {
    add("it breaks off " + count_of((end.missing_us + second_us / 2) / second_us, "second") +
        " before its stated end");
  }
  return text;
}

class recorder {
 public:
  recorder(const fingerprint_options& options, recording_writer& writer,
           const fingerprint_streams& streams)
      : options_{options},
        writer_{writer},
        streams_{streams},
        next_{options.start},
        expected_{options.start} {}

  [[nodiscard]] outcome<void> record(const std::string& film) {
    std::uint64_t seconds = 0;
    film_visitor visitor{.second = [&](const media::sampled_second& sampled) {
      ++seconds;
      return write(film, sampled);
    }};
    if (streams_.progress_shown) {
      visitor.progress = [&](const media::progress& told) { show(film, told); };
    }
    const outcome<media::film_end> end = read_film(film, options_.limits, visitor);
    if (shown_) tell("\r\x1b[K");
    shown_ = false;
    if (!end) return end.error();
    if (end->seconds > static_cast<std::uint64_t>(time_max - next_)) return too_late(film);
    next_ += static_cast<std::int64_t>(end->seconds);
    summary_.seconds += seconds;
    summary_.gaps += end->seconds - seconds;
    if (const std::string damage = damage_of(*end); !damage.empty()) {
      ++summary_.films_damaged;
      tell("reprise: warning: " + printable(film) + ": " + damage + "\n");
    }
    return {};
  }

  [[nodiscard]] const fingerprint_summary& summary() const noexcept { return summary_; }

 private:
  static failure too_late(const std::string& film) {
    return {errc::data_malformed, film + ": its seconds would lie past the last possible time"};
  }

  outcome<void> write(const std::string& film, const media::sampled_second& sampled) {
    if (sampled.number > static_cast<std::uint64_t>(time_max - next_)) return too_late(film);
    const std::int64_t time = next_ + static_cast<std::int64_t>(sampled.number);
    const bool raw = format_of(options_) == recording_format::raw;
    if (raw && time != expected_) {
      return failure{errc::data_malformed,
                     film + ": " +
                         count_of(static_cast<std::uint64_t>(time - expected_), "second") +
                         " without a picture before second " + std::to_string(sampled.number) +
                         ": a raw recording cannot hold gaps, an NDJSON one can"};
    }
    expected_ = time + 1;
    return writer_.write({.time = time, .bits = sampled.bits});
  }

  void show(const std::string& film, const media::progress& told) {
    std::string line =
        "\r\x1b[K" + printable(film) + ": " + std::to_string(told.done_us / second_us);
    if (told.total_us >= second_us) line += " of " + std::to_string(told.total_us / second_us);
    tell(line + " s");
    shown_ = true;
  }

  // A message that nobody can read is no reason to stop.
  void tell(const std::string& text) { static_cast<void>(streams_.messages.write(text)); }

  const fingerprint_options& options_;
  recording_writer& writer_;
  const fingerprint_streams& streams_;
  bool shown_ = false;
  std::int64_t next_;      // the time of the next film's first second
  std::int64_t expected_;  // the time after the newest recorded second
  fingerprint_summary summary_;
};

// Before anything is decoded: hours may lie between the first film and the last.
outcome<void> check(const fingerprint_options& options) {
  if (options.films.empty()) return failure{errc::usage, "no film given"};
  if (options.output.empty()) return failure{errc::usage, "the name of the output is empty"};
  if (options.start < 0 || options.start > time_max) {
    return failure{errc::usage, "the start must be from 0 to " + std::to_string(time_max)};
  }
  for (const std::string& film : options.films) {
    if (outcome<void> checked = check_film(film); !checked) return checked;
    if (is_output_of(options.output, film)) {
      return failure{errc::usage, film + ": is a film and the output at once"};
    }
  }
  return {};
}

outcome<std::unique_ptr<recording_writer>> create_output(const fingerprint_options& options) {
  outcome<std::unique_ptr<byte_sink>> sink = create_output_file(options.output);
  if (!sink) return sink.error();
  std::string name = options.output == "-" ? "standard output" : options.output;
  return format_of(options) == recording_format::raw
             ? make_raw_writer(std::move(*sink), std::move(name))
             : make_ndjson_writer(std::move(*sink), std::move(name));
}

outcome<fingerprint_summary> record_all(const fingerprint_options& options,
                                        const fingerprint_streams& streams) {
  if (const outcome<void> checked = check(options); !checked) return checked.error();
  outcome<std::unique_ptr<recording_writer>> writer = create_output(options);
  if (!writer) return writer.error();
  recorder recording{options, **writer, streams};
  for (const std::string& film : options.films) {
    if (const outcome<void> recorded = recording.record(film); !recorded) return recorded.error();
  }
  if (const outcome<void> finished = (*writer)->finish(); !finished) return finished.error();
  return recording.summary();
}

}  // namespace

outcome<fingerprint_summary> fingerprint_videos(const fingerprint_options& options,
                                                const fingerprint_streams& streams) {
  outcome<fingerprint_summary> made = record_all(options, streams);
  if (made) return made;
  // Names of files are foreign text, and so is what a film's header brings into a message.
  return failure{made.error().code, printable(made.error().what)};
}

}  // namespace reprise
