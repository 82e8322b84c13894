#include "host/moving_average/event_averages.hpp"

#include <utility>

#include "host/line_reader.hpp"
#include "host/moving_average/average_row.hpp"

namespace reprise {
namespace {

constexpr std::size_t output_bytes_max = 65'536;

// Rows on their way to the sink.
class row_output {
 public:
  explicit row_output(byte_sink& sink) : sink_{&sink} {}

  [[nodiscard]] outcome<void> append(event_minute date, double mean_seconds) {
    writer_.append(rows_, date, mean_seconds);
    return rows_.size() < output_bytes_max ? outcome<void>{} : flush();
  }

  [[nodiscard]] outcome<void> flush() {
    if (rows_.empty()) return {};
    auto written = sink_->write(rows_);
    rows_.clear();
    return written;
  }

 private:
  byte_sink* sink_;
  average_row_writer writer_;
  std::string rows_;
};

// Calls back before each read, so that nobody waits for rows while we wait for input.
class announced_source final : public byte_source {
 public:
  announced_source(std::unique_ptr<byte_source> source, std::function<outcome<void>()> before)
      : source_{std::move(source)}, before_{std::move(before)} {}

  [[nodiscard]] outcome<std::size_t> read(std::span<char> into) override {
    if (auto done = before_(); !done) return done.error();
    return source_->read(into);
  }

 private:
  std::unique_ptr<byte_source> source_;
  std::function<outcome<void>()> before_;
};

class averager {
 public:
  averager(std::unique_ptr<byte_source> source, const std::string& name, byte_sink& sink,
           const averaging_options& options)
      : options_{options},
        name_{name},
        output_{sink},
        lines_{std::make_unique<announced_source>(std::move(source),
                                                  [this] { return before_reading(); }),
               name},
        average_{options.window} {}

  [[nodiscard]] outcome<averaged> run() {
    auto passed = pass();
    // What stopped the pass is told, whatever becomes of the rows before it.
    auto flushed = output_.flush();
    if (!passed) return passed.error();
    if (!flushed) return flushed.error();
    done_.counts.bytes_read = lines_.bytes_read();
    return std::move(done_);
  }

 private:
  outcome<void> before_reading() {
    if (auto flushed = output_.flush(); !flushed) return flushed;
    done_.counts.bytes_read = lines_.bytes_read();
    if (options_.told) options_.told(done_.counts);
    return {};
  }

  outcome<void> pass() {
    for (;;) {
      std::string_view line;
      auto more = lines_.next(line);
      if (!more) {
        if (more.error().code != errc::data_malformed) return more.error();
        if (auto skipped = skip(more.error()); !skipped) return skipped;
        if (auto skipped = lines_.skip_line(); !skipped) return skipped;
        continue;
      }
      if (!*more) return finish();
      if (is_blank(line)) continue;
      if (auto taken = take_line(line); !taken) return taken;
    }
  }

  outcome<void> take_line(std::string_view line) {
    if (const auto fault = parser_.parse(line, event_)) {
      return skip(lines_.malformed(fault->expected, fault->found));
    }
    if (done_.counts.events > 0 && event_.time < newest_) {
      return skip(lines_.malformed("a time not before the one of the event before it",
                                   "one that goes back"));
    }
    newest_ = event_.time;
    ++done_.counts.events;
    return options_.filter.keeps(event_) ? take_event() : outcome<void>{};
  }

  // No row before the event's minute can change any more.
  outcome<void> take_event() {
    const event_minute minute = minute_of(event_.time);
    if (!next_row_) next_row_ = std::chrono::floor<std::chrono::minutes>(event_.time);
    auto written = write_rows_before(minute);
    average_.add(minute, event_.duration);
    last_minute_ = minute;
    return written;
  }

  outcome<void> write_rows_before(event_minute end) {
    for (; *next_row_ < end; *next_row_ += std::chrono::minutes{1}) {
      ++done_.counts.rows;
      if (auto written = output_.append(*next_row_, average_.mean_at(*next_row_)); !written) {
        return written;
      }
    }
    return {};
  }

  outcome<void> finish() {
    if (done_.counts.events == 0 && done_.counts.lines_skipped == 0) {
      return failure{errc::data_malformed, name_ + ": expected events, found none"};
    }
    if (!next_row_) return {};
    return write_rows_before(last_minute_ + std::chrono::minutes{1});
  }

  outcome<void> skip(const failure& bad) {
    if (!options_.skip_bad) return bad;
    if (done_.counts.lines_skipped++ == 0) done_.first_skipped = bad.what;
    return {};
  }

  const averaging_options& options_;
  const std::string& name_;
  row_output output_;
  line_reader lines_;
  delivery_event_parser parser_;
  sliding_average average_;
  delivery_event event_;
  event_time newest_;
  std::optional<event_minute> next_row_;
  event_minute last_minute_;
  averaged done_;
};

}  // namespace

outcome<averaged> average_events(std::unique_ptr<byte_source> source, const std::string& name,
                                 byte_sink& sink, const averaging_options& options) {
  return averager{std::move(source), name, sink, options}.run();
}

}  // namespace reprise
