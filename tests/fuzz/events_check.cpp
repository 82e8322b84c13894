#include "host/line_reader.hpp"
#include "host/match/assert.hpp"
#include "tests/fuzz/events_fuzz.hpp"
#include "tests/moving_average_support.hpp"

namespace reprise {
namespace {

constexpr std::size_t small_read = 7;
constexpr std::size_t rows_bytes_max = 1 << 20;  // a gap of years has more than is worth comparing

bool is_too_much(const averaged_text& made) {
  return made.failed && made.failed->code == errc::output_closed;
}

void check_same(const averaged_text& whole, const averaged_text& pieces) {
  REPRISE_ASSERT(is_too_much(whole) == is_too_much(pieces));
  if (is_too_much(whole)) return;
  REPRISE_ASSERT(whole.rows == pieces.rows);
  REPRISE_ASSERT(whole.failed.has_value() == pieces.failed.has_value());
  if (!whole.failed) return;
  REPRISE_ASSERT(whole.failed->code == errc::data_malformed);
  REPRISE_ASSERT(whole.failed->what == pieces.failed->what);
  REPRISE_ASSERT(whole.failed->what.find('\n') == std::string::npos);
}

// The lines that are events and do not go back in time.
std::string good_lines(const std::string& bytes) {
  std::string good;
  delivery_event_parser parser;
  delivery_event event;
  std::optional<event_time> newest;
  std::size_t begin = 0;
  while (begin < bytes.size()) {
    const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
    std::string line = bytes.substr(begin, end - begin) + "\n";
    begin = end + 1;
    if (line.size() > line_bytes_max + 1) continue;
    const std::string padded = line + std::string(line_padding, '\0');
    if (parser.parse(std::string_view{padded}.substr(0, line.size() - 1), event)) continue;
    if (newest && event.time < *newest) continue;
    newest = event.time;
    good += line;
  }
  return good;
}

}  // namespace

void check_events(const std::string& bytes) {
  const averaging_options strict{.window = std::chrono::minutes{3}};
  const averaging_options lenient{.window = std::chrono::minutes{3}, .skip_bad = true};
  const auto average = [](const std::string& text, const averaging_options& options,
                          std::size_t read_bytes_max) {
    return average_text(text, options, read_bytes_max, rows_bytes_max);
  };
  check_same(average(bytes, strict, bytes.size() + 1), average(bytes, strict, small_read));
  const auto skipping = average(bytes, lenient, bytes.size() + 1);
  check_same(skipping, average(bytes, lenient, small_read));
  const std::string good = good_lines(bytes);
  if (good.empty() || is_too_much(skipping)) return;
  const auto alone = average(good, strict, good.size());
  REPRISE_ASSERT(!alone.failed);
  REPRISE_ASSERT(!skipping.failed);
  REPRISE_ASSERT(alone.rows == skipping.rows);
}

}  // namespace reprise
