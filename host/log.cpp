#include "host/log.hpp"

#include <fmt/chrono.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "host/printable.hpp"

namespace reprise {
namespace {

constexpr std::string_view word_of(log_level level) {
  switch (level) {
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      break;
  }
  return "error";
}

constexpr spdlog::level::level_enum level_of(log_level level) {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      break;
  }
  return spdlog::level::err;
}

class spdlog_event_log final : public event_log {
 public:
  spdlog_event_log(log_format format, bool coloured) : format_{format} {
    auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(
        coloured ? spdlog::color_mode::always : spdlog::color_mode::never);
    logger_ = std::make_unique<spdlog::logger>("reprise", std::move(sink));
    logger_->set_pattern(coloured ? "%^%v%$" : "%v");
    logger_->flush_on(spdlog::level::info);
  }

  void write(log_level level, std::string_view event,
             std::initializer_list<log_field> fields) override {
    if (!logger_->should_log(level_of(level))) return;
    logger_->log(level_of(level), "{}",
                 log_line(format_, system_clock_source{}.wall(), level, event, fields));
  }

 private:
  log_format format_;
  std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace

std::string log_line(log_format format, wall_time at, log_level level, std::string_view event,
                     std::initializer_list<log_field> fields) {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(at - second).count();
  if (format == log_format::json) {
    nlohmann::ordered_json line;
    line["time"] = fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", second, ms);
    line["level"] = word_of(level);
    line["event"] = event;
    for (const log_field& field : fields) {
      if (!field.value.empty()) line[std::string{field.key}] = field.value;
    }
    return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  std::string line =
      fmt::format("{:%H:%M:%S}.{:03} {:7} {}", second, ms, word_of(level), printable(event));
  for (const log_field& field : fields) {
    if (field.value.empty()) continue;
    line += fmt::format(" {}={}", field.key, printable(field.value));
  }
  return line;
}

std::unique_ptr<event_log> make_event_log(log_format format, bool coloured) {
  return std::make_unique<spdlog_event_log>(format, coloured);
}

}  // namespace reprise
