// What tests of moving averages share: lines of events, and the averages computed naively.
#pragma once

#include <ctime>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "host/moving_average/average_row.hpp"
#include "host/moving_average/event_averages.hpp"
#include "tests/recording_support.hpp"

namespace reprise {

inline constexpr std::int64_t us_of_second = 1'000'000, us_of_minute = 60 * us_of_second;

struct made_up_event {
  std::int64_t time_us;      // since 1970
  std::int64_t duration_ms;  // so that a double can hold each sum exactly
};

// As the C library writes it, whose calendar is none of ours.
inline std::string date_text(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[64];
  const auto size = std::strftime(text, sizeof text, "-%m-%d %H:%M:%S", &parts);
  const std::string year = std::to_string(10'000 + parts.tm_year + 1900).substr(1);
  return year + std::string{text, size};
}

inline std::int64_t floor_to(std::int64_t number, std::int64_t unit) {
  const std::int64_t rest = ((number % unit) + unit) % unit;
  return number - rest;
}

inline std::string line_of(const made_up_event& event) {
  const std::int64_t second = floor_to(event.time_us, us_of_second);
  const std::string fraction = std::to_string(us_of_second + event.time_us - second).substr(1);
  const std::string thousandths = std::to_string(1'000 + event.duration_ms % 1'000).substr(1);
  return "{\"timestamp\": \"" + date_text(second / us_of_second) + "." + fraction +
         "\", \"duration\": " + std::to_string(event.duration_ms / 1'000) + "." + thousandths +
         "}\n";
}

inline std::string lines_of(const std::vector<made_up_event>& events) {
  std::string lines;
  for (const made_up_event& event : events) lines += line_of(event);
  return lines;
}

// The definition, written down: every event is looked at for every row.
inline std::string naive_rows(const std::vector<made_up_event>& events, std::int64_t window) {
  std::string rows;
  if (events.empty()) return rows;
  const std::int64_t first = floor_to(events.front().time_us, us_of_minute);
  for (std::int64_t date = first;; date += us_of_minute) {
    std::int64_t sum_ms = 0, count = 0;
    for (const made_up_event& event : events) {
      if (event.time_us <= date - window * us_of_minute || event.time_us > date) continue;
      sum_ms += event.duration_ms;
      ++count;
    }
    const double mean =
        count == 0 ? 0 : static_cast<double>(sum_ms) / static_cast<double>(count * 1'000);
    std::string text = std::to_string(static_cast<std::int64_t>(mean));
    if (mean != static_cast<double>(static_cast<std::int64_t>(mean))) {
      for (int digits = 1; digits < 18; ++digits) {
        char tried[64];
        std::snprintf(tried, sizeof tried, "%.*g", digits, mean);
        text = tried;
        if (std::stod(text) == mean) break;
      }
    }
    rows += "{\"date\": \"" + date_text(date / us_of_second) +
            "\", \"average_delivery_time\": " + text + "}\n";
    if (date >= events.back().time_us) return rows;
  }
}

struct averaged_text {
  std::string rows;
  std::optional<failure> failed;
  averaged done;
};

inline averaged_text average_text(std::string text, const averaging_options& options,
                                  std::size_t read_bytes_max = 65'536,
                                  std::size_t rows_bytes_max = ~std::size_t{0}) {
  averaged_text made;
  memory_sink sink{made.rows, rows_bytes_max, {errc::output_closed, "memory: closed"}};
  auto done = average_events(std::make_unique<memory_source>(std::move(text), read_bytes_max),
                             "a.json", sink, options);
  if (done) {
    made.done = std::move(*done);
  } else {
    made.failed = done.error();
  }
  return made;
}

}  // namespace reprise
