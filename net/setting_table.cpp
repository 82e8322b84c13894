#include "net/setting_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "host/json_text.hpp"
#include "host/moving_average/delivery_store.hpp"
#include "host/number.hpp"
#include "net/egress_guard.hpp"
#include "net/http_text.hpp"
#include "net/listen_address.hpp"
#include "net/prediction_setting_table.hpp"
#include "net/url.hpp"

namespace reprise {
namespace {

constexpr std::int64_t keep_seconds_max = 31'622'400;  // a leap year
constexpr std::int64_t memory_bytes_most = std::int64_t{1} << 50;
constexpr std::int64_t import_bytes_least = 1 << 10;
constexpr std::int64_t import_bytes_most = std::int64_t{1} << 40;
constexpr std::int64_t import_rows_most = 10'000'000;
constexpr std::int64_t deadline_ms_least = 50;
constexpr std::int64_t cache_bytes_least = std::int64_t{1} << 20;
constexpr std::int64_t cache_bytes_most = std::int64_t{1} << 40;
constexpr std::int64_t deadline_ms_max = 950;  // the next tick's poll must find the last one ended

template <typename T>
bool set_whole(T& into, const setting_value& value, std::int64_t least, std::int64_t greatest) {
  const std::int64_t given = std::get<std::int64_t>(value);
  if (given < least || given > greatest) return false;
  into = static_cast<T>(given);
  return true;
}

bool set_listen(configuration& into, const setting_value& value) {
  into.server.listen = std::get<std::string>(value);
  return parse_listen_address(into.server.listen).has_value();
}

bool set_dir(configuration& into, const setting_value& value) {
  into.data.dir = std::get<std::string>(value);
  return !into.data.dir.empty() && into.data.dir.find('\0') == std::string::npos;
}

bool set_backend(configuration& into, const setting_value& value) {
  const auto kind = parse_engine(std::get<std::string>(value));
  if (kind) into.engine.backend = *kind;
  return kind.has_value();
}

std::string name_of(engine_kind kind) {
  if (kind == engine_kind::cpu) return "cpu";
  return kind == engine_kind::cuda ? "cuda" : "auto";
}

bool set_allow(configuration& into, const setting_value& value) {
  into.egress.allow = std::get<std::vector<std::string>>(value);
  return egress_guard::make(into.egress.allow).has_value();
}

bool set_similarity(configuration& into, const setting_value& value) {
  const double given = std::get<double>(value);
  into.defaults.similarity = given;
  return given > 0 && given <= 1;
}

bool set_still(configuration& into, const setting_value& value) {
  const std::string& given = std::get<std::string>(value);
  into.defaults.still = given == "skip" ? still_policy::skip : still_policy::match;
  return given == "skip" || given == "match";
}

bool set_encoder(configuration& into, const setting_value& value) {
  into.encoder.url = std::get<std::string>(value);
  return parse_url(into.encoder.url).has_value();
}

bool set_windows(configuration& into, const setting_value& value) {
  const auto& given = std::get<std::vector<std::int64_t>>(value);
  if (given.empty() || given.size() > configured_windows_max) return false;
  std::vector<std::uint32_t> windows;
  for (const std::int64_t each : given) {
    if (each < 1 || each > configured_window_minutes_max) return false;
    const auto window = static_cast<std::uint32_t>(each);
    if (std::find(windows.begin(), windows.end(), window) != windows.end()) return false;
    windows.push_back(window);
  }
  into.moving_averages.windows = std::move(windows);
  return true;
}

setting_value get_windows(const configuration& of) {
  const auto& windows = of.moving_averages.windows;
  return std::vector<std::int64_t>{windows.begin(), windows.end()};
}

constexpr std::string_view keep_expected = "a whole number from 60 to 31622400, in seconds";

#define REPRISE_WHOLE(member, least, greatest)             \
  [](configuration& into, const setting_value& value) {    \
    return set_whole(into.member, value, least, greatest); \
  },                                                       \
      [](const configuration& of) -> setting_value {       \
        return static_cast<std::int64_t>(of.member);       \
      }

constexpr setting_kind a_text = setting_kind::text, a_whole = setting_kind::whole;

const std::array table = {
    setting{"server", "listen", a_text, "ADDRESS:PORT, an IPv6 address in brackets", set_listen,
            [](const configuration& of) -> setting_value { return of.server.listen; }},
    setting{"data", "dir", a_text, "a directory", set_dir,
            [](const configuration& of) -> setting_value { return of.data.dir; }},
    setting{"data", "matches_keep_seconds", a_whole, keep_expected,
            REPRISE_WHOLE(data.matches_keep_seconds, 60, keep_seconds_max)},
    setting{"data", "repeats_keep_seconds", a_whole, keep_expected,
            REPRISE_WHOLE(data.repeats_keep_seconds, 60, keep_seconds_max)},
    setting{"data", "deliveries_keep_seconds", a_whole, keep_expected,
            REPRISE_WHOLE(data.deliveries_keep_seconds, 60, keep_seconds_max)},
    setting{"engine", "backend", a_text, "auto, cpu or cuda", set_backend,
            [](const configuration& of) -> setting_value { return name_of(of.engine.backend); }},
    setting{"engine", "standby", setting_kind::flag, "true or false",
            [](configuration& into, const setting_value& value) {
              into.engine.standby = std::get<bool>(value);
              return true;
            },
            [](const configuration& of) -> setting_value { return of.engine.standby; }},
    setting{"engine", "memory_bytes_max", a_whole, "a whole number of bytes, 0 for automatic",
            REPRISE_WHOLE(engine.memory_bytes_max, 0, memory_bytes_most)},
    setting{"egress", "allow", setting_kind::list, "networks such as \"127.0.0.0/8\"", set_allow,
            [](const configuration& of) -> setting_value { return of.egress.allow; }},
    setting{"egress", "ca_file", a_text, "a PEM file",
            [](configuration& into, const setting_value& value) {
              into.egress.ca_file = std::get<std::string>(value);
              return into.egress.ca_file.find('\0') == std::string::npos;
            },
            [](const configuration& of) -> setting_value { return of.egress.ca_file; }},
    setting{"poll", "deadline_ms", a_whole, "a whole number from 50 to 950, in milliseconds",
            REPRISE_WHOLE(poll.deadline_ms, deadline_ms_least, deadline_ms_max)},
    setting{"library", "import_bytes_max", a_whole,
            "a whole number from 1024 to 1099511627776, in bytes",
            REPRISE_WHOLE(library.import_bytes_max, import_bytes_least, import_bytes_most)},
    setting{"library", "import_rows_max", a_whole, "a whole number from 1 to 10000000",
            REPRISE_WHOLE(library.import_rows_max, 1, import_rows_most)},
    setting{"moving_averages", "windows", setting_kind::whole_list,
            "a list of 1 to 8 whole numbers from 1 to 1440, in minutes, each once", set_windows,
            get_windows},
    setting{"moving_averages", "events_keep_seconds", a_whole, keep_expected,
            REPRISE_WHOLE(moving_averages.events_keep_seconds, 60, keep_seconds_max)},
    setting{
        "moving_averages", "own_reports", setting_kind::flag, "true or false",
        [](configuration& into, const setting_value& value) {
          into.moving_averages.own_reports = std::get<bool>(value);
          return true;
        },
        [](const configuration& of) -> setting_value { return of.moving_averages.own_reports; }},
    setting{"encoder", "url", a_text, "a URL of http or https", set_encoder,
            [](const configuration& of) -> setting_value { return of.encoder.url; }},
    setting{"encoder", "deadline_ms", a_whole, "a whole number from 50 to 60000, in milliseconds",
            REPRISE_WHOLE(encoder.deadline_ms, deadline_ms_least, 60'000)},
    setting{"encoder", "retries", a_whole, "a whole number from 0 to 10",
            REPRISE_WHOLE(encoder.retries, 0, 10)},
    setting{"encoder", "calls_max", a_whole, "a whole number from 1 to 64",
            REPRISE_WHOLE(encoder.calls_max, 1, 64)},
    setting{"encoder", "waiting_max", a_whole, "a whole number from 0 to 1024",
            REPRISE_WHOLE(encoder.waiting_max, 0, 1'024)},
    setting{"encoder", "breaker_failures", a_whole, "a whole number from 1 to 1000",
            REPRISE_WHOLE(encoder.breaker_failures, 1, 1'000)},
    setting{"encoder", "breaker_pause_ms", a_whole,
            "a whole number from 100 to 600000, in milliseconds",
            REPRISE_WHOLE(encoder.breaker_pause_ms, 100, 600'000)},
    setting{"encoder", "faces_max", a_whole, "a whole number from 1 to 16",
            REPRISE_WHOLE(encoder.faces_max, 1, 16)},
    setting{"sessions", "keep_seconds", a_whole, keep_expected,
            REPRISE_WHOLE(sessions.keep_seconds, 60, keep_seconds_max)},
    setting{"sessions", "images_max", a_whole, "a whole number from 1 to 20",
            REPRISE_WHOLE(sessions.images_max, 1, 20)},
    setting{"sessions", "sessions_max", a_whole, "a whole number from 1 to 10000000",
            REPRISE_WHOLE(sessions.sessions_max, 1, 10'000'000)},
    setting{"sessions", "pictures_max", a_whole, "a whole number from 1 to 10000000",
            REPRISE_WHOLE(sessions.pictures_max, 1, 10'000'000)},
    setting{"sessions", "pictures_keep_seconds", a_whole, keep_expected,
            REPRISE_WHOLE(sessions.pictures_keep_seconds, 60, keep_seconds_max)},
    setting{"sessions", "cache_bytes", a_whole,
            "a whole number from 1048576 to 1099511627776, in bytes",
            REPRISE_WHOLE(sessions.cache_bytes, cache_bytes_least, cache_bytes_most)},
    setting{"defaults", "similarity", setting_kind::real, "a number above 0 and at most 1",
            set_similarity,
            [](const configuration& of) -> setting_value { return of.defaults.similarity; }},
    setting{"defaults", "top_k", a_whole, "a whole number from 1 to 100",
            REPRISE_WHOLE(defaults.top_k, 1, top_k_max)},
    setting{"defaults", "window_seconds", a_whole, "a whole number from 1 to 604800",
            REPRISE_WHOLE(defaults.window_seconds, 1, window_seconds_max)},
    setting{"defaults", "min_lag_seconds", a_whole, "a whole number from 1 to 604800",
            REPRISE_WHOLE(defaults.min_lag_seconds, 1, window_seconds_max)},
    setting{"defaults", "still", a_text, "match or skip", set_still,
            [](const configuration& of) -> setting_value {
              return std::string{of.defaults.still == still_policy::skip ? "skip" : "match"};
            }},
};

#undef REPRISE_WHOLE

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::string_view part = next_piece(text, ',');
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

template <typename Number>
std::optional<setting_value> numbers_of(
    std::string_view text, std::optional<Number> (*parse)(std::string_view text) noexcept) {
  std::vector<Number> numbers;
  for (const std::string& part : parts_of(text)) {
    const auto number = parse(part);
    if (!number) return {};
    numbers.push_back(*number);
  }
  return numbers;
}

// A real number of TOML is told from a whole one by its looks.
void append_real(std::string& out, double number) {
  std::string written;
  append_number(written, number);
  if (written.find_first_of(".e") == std::string::npos) written += ".0";
  out += written;
}

template <typename Number, typename Append>
std::string list_of(const std::vector<Number>& numbers, Append append) {
  std::string written = "[";
  for (const Number each : numbers) {
    if (written.size() > 1) written += ", ";
    append(written, each);
  }
  return written + ']';
}

// A basic string of TOML.
std::string quoted_toml(std::string_view written) {
  std::string quoted = "\"";
  for (const char c : written) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace

std::span<const setting> settings() noexcept {
  static const std::vector<setting> all = [] {
    std::vector<setting> made{table.begin(), table.end()};
    const auto of_predictions = prediction_setting_table();
    made.insert(made.end(), of_predictions.begin(), of_predictions.end());
    return made;
  }();
  return all;
}

const setting* find_setting(std::string_view section, std::string_view key) noexcept {
  for (const setting& known : settings()) {
    if (known.section == section && known.key == key) return &known;
  }
  return nullptr;
}

std::string variable_of(const setting& named) {
  std::string variable = fmt::format("REPRISE_{}_{}", named.section, named.key);
  for (char& c : variable) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return variable;
}

std::optional<setting_value> parse_setting(setting_kind kind, std::string_view typed) {
  if (kind == setting_kind::text) return std::string{typed};
  if (kind == setting_kind::list) return parts_of(typed);
  if (kind == setting_kind::whole_list) return numbers_of(typed, parse_integer);
  if (kind == setting_kind::real_list) return numbers_of(typed, parse_real);
  if (kind == setting_kind::whole) {
    if (const auto number = parse_integer(typed)) return *number;
    return {};
  }
  if (kind == setting_kind::flag) {
    if (typed == "true" || typed == "false") return typed == "true";
    return {};
  }
  if (const auto number = parse_real(typed)) return *number;
  return {};
}

std::string as_toml(const setting_value& value) {
  if (const auto* given = std::get_if<std::string>(&value)) return quoted_toml(*given);
  if (const auto* given = std::get_if<bool>(&value)) return *given ? "true" : "false";
  std::string written;
  if (const auto* given = std::get_if<std::int64_t>(&value)) {
    append_number(written, *given);
  } else if (const auto* real = std::get_if<double>(&value)) {
    append_real(written, *real);
  } else if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&value)) {
    written =
        list_of(*whole, [](std::string& out, std::int64_t each) { append_number(out, each); });
  } else if (const auto* reals = std::get_if<std::vector<double>>(&value)) {
    written = list_of(*reals, append_real);
  } else {
    written = "[";
    for (const std::string& part : std::get<std::vector<std::string>>(value)) {
      written += (written.size() > 1 ? ", " : "") + quoted_toml(part);
    }
    written += ']';
  }
  return written;
}

}  // namespace reprise
