// The log of the service: one line an event, JSON off a terminal, plain on one.
//
// Shapes   {"time":"2026-11-21T15:26:21.123Z","level":"info","event":"source is down",
//          "channel":"bbc1",...}; on a terminal: 15:26:21.123 info  source is down channel=bbc1;
//          fields without a value are left out
// Errors   none; what cannot be written is lost
// Threads  any
// Owns     the sink
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "host/clock.hpp"

namespace reprise {

enum class log_level { debug, info, warning, error };

struct log_field {
  std::string_view key;
  std::string value;
};

class event_log {
 public:
  virtual ~event_log() = default;
  // No secrets: whatever is given is written. One line whatever it holds.
  virtual void write(log_level level, std::string_view event,
                     std::initializer_list<log_field> fields) = 0;
  void info(std::string_view event, std::initializer_list<log_field> fields = {}) {
    write(log_level::info, event, fields);
  }
  void warning(std::string_view event, std::initializer_list<log_field> fields = {}) {
    write(log_level::warning, event, fields);
  }
  void error(std::string_view event, std::initializer_list<log_field> fields = {}) {
    write(log_level::error, event, fields);
  }
};

// How a part that knows no log tells one.
using log_teller = std::function<void(log_level level, std::string_view event,
                                      std::initializer_list<log_field> fields)>;

enum class log_format { json, text };

// To standard error.
[[nodiscard]] std::unique_ptr<event_log> make_event_log(log_format format, bool coloured);

// The line of one event, without its newline; for the log and its tests.
[[nodiscard]] std::string log_line(log_format format, wall_time at, log_level level,
                                   std::string_view event, std::initializer_list<log_field> fields);

}  // namespace reprise
