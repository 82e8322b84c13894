#include "host/moving_average/average_row.hpp"

#include <charconv>

#include "host/match/assert.hpp"
#include "host/moving_average/duration_sum.hpp"

namespace reprise {

void append_mean(std::string& out, double mean_seconds) {
  REPRISE_ASSERT(mean_seconds >= 0);
  REPRISE_ASSERT(mean_seconds <= static_cast<double>(duration_seconds_max));
  // The least mean but 0 is 1e-18 s over 2^64 events: 38 zeros and 17 digits.
  char text[64];
  const auto written =
      std::to_chars(text, text + sizeof text, mean_seconds, std::chars_format::fixed);
  REPRISE_ASSERT(written.ec == std::errc{});
  out.append(text, written.ptr);
}

void average_row_writer::append(std::string& out, event_minute date, double mean_seconds) {
  if (mean_seconds != mean_seconds_) {
    mean_text_.clear();
    append_mean(mean_text_, mean_seconds);
    mean_seconds_ = mean_seconds;
  }
  out += "{\"date\": \"";
  append_minute(out, date);
  out += "\", \"average_delivery_time\": ";
  out += mean_text_;
  out += "}\n";
}

}  // namespace reprise
