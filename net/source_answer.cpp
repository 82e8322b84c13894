#include "net/source_answer.hpp"

#include <charconv>
#include <span>

#include "host/printable.hpp"

namespace reprise {
namespace {

constexpr std::size_t line_bytes_max = 200;

source_reading fault(gap_reason reason, std::string_view what) {
  source_reading made;
  made.reason = reason;
  made.what = printable(what.substr(0, line_bytes_max));
  return made;
}

std::optional<std::int64_t> whole_second(const std::string& text) {
  std::int64_t second = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), second);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return second;
}

}  // namespace

source_reading read_source_answer(const exchange_result& result, std::int64_t tick,
                                  steady_time deadline) {
  if (!result) return fault(result.error().reason, result.error().what);
  if (result->received > deadline) return fault(gap_reason::late, "the answer came too late");
  if (result->status != 200) {
    return fault(gap_reason::status, "HTTP status " + std::to_string(result->status));
  }
  const auto decoded = decode_fingerprint(std::as_bytes(std::span{result->body}));
  if (!decoded) return fault(gap_reason::malformed, decoded.error().what);
  source_reading made;
  made.bits = *decoded;
  made.received = result->received;
  if (!result->frame_time) return made;
  made.frame_time = whole_second(*result->frame_time);
  if (!made.frame_time) {
    return fault(gap_reason::frame_time, "X-Frame-Time is no whole second: " + *result->frame_time);
  }
  const std::int64_t earliest = tick - frame_age_max_seconds;
  if (*made.frame_time < earliest || *made.frame_time > tick + frame_ahead_max_seconds) {
    return fault(gap_reason::frame_time, "X-Frame-Time " + *result->frame_time +
                                             " is too far from " + std::to_string(tick));
  }
  return made;
}

}  // namespace reprise
