// One line on a terminal that shows how far a long command has come; it redraws itself in place.
//
// Errors   a terminal that cannot be written to is let be
// Threads  one at a time
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/byte_stream.hpp"

namespace reprise {

struct progress_unit {
  std::string_view name;
  std::string_view of_rate;
};
inline constexpr progress_unit recorded_seconds{"s of recording", "s/s"};
inline constexpr progress_unit read_events{"events", "events/s"};
inline constexpr progress_unit read_videos{"videos", "videos/s"};

struct progress {
  std::uint64_t bytes_read = 0;
  std::optional<std::uint64_t> bytes_total;
  std::uint64_t done = 0;
  progress_unit unit = recorded_seconds;
};

// "reprise: 42%, 36288 s of recording, 512000 s/s".
[[nodiscard]] std::string progress_text(const progress& shown, std::chrono::duration<double> taken);

class progress_line {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds redraw_interval{200};

  // Draws nothing unless `shown`.
  progress_line(byte_sink& terminal, bool shown, time_point started)
      : terminal_{&terminal}, shown_{shown}, started_{started}, drawn_{started} {}

  void update(const progress& now_at, time_point now);
  // Before anything else is printed, and at the end.
  void clear();

 private:
  void print(std::string_view text);

  byte_sink* terminal_;
  bool shown_;
  time_point started_;
  time_point drawn_;
  bool on_screen_ = false;
};

}  // namespace reprise
