#include "net/retry_after.hpp"

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string>

namespace reprise {
namespace {

constexpr std::chrono::seconds wait_max{std::int64_t{100} * 365 * 86'400};

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::optional<std::chrono::seconds> seconds_of(std::string_view digits) noexcept {
  std::int64_t seconds = 0;
  for (const char digit : digits) {
    if (!is_digit(digit)) return {};
    seconds = std::min(seconds * 10 + (digit - '0'), wait_max.count());
  }
  return std::chrono::seconds{seconds};
}

std::optional<std::chrono::sys_seconds> date_of(const std::string& text, const char* form) {
  std::istringstream in{text};
  in.imbue(std::locale::classic());
  std::tm parts{};
  in >> std::get_time(&parts, form);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return {};
  const std::chrono::year_month_day day{std::chrono::year{parts.tm_year + 1'900},
                                        std::chrono::month{static_cast<unsigned>(parts.tm_mon + 1)},
                                        std::chrono::day{static_cast<unsigned>(parts.tm_mday)}};
  if (!day.ok()) return {};
  return std::chrono::sys_days{day} + std::chrono::hours{parts.tm_hour} +
         std::chrono::minutes{parts.tm_min} + std::chrono::seconds{parts.tm_sec};
}

}  // namespace

std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, wall_time now) {
  if (text.empty()) return {};
  if (is_digit(text.front())) return seconds_of(text);
  constexpr std::size_t date_bytes_max = 40;
  constexpr std::size_t asctime_bytes = 24;
  if (text.size() > date_bytes_max) return {};
  // std::get_time() takes a text that ends too early.
  if (!text.ends_with(" GMT") && text.size() != asctime_bytes) return {};
  // The form in use, and the two of old: of RFC 850 and of asctime().
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%a, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    const auto date = date_of(std::string{text}, form);
    if (!date) continue;
    // In whole seconds: the last date that can be written is beyond what nanoseconds reach.
    return std::clamp(*date - std::chrono::floor<std::chrono::seconds>(now),
                      std::chrono::seconds{0}, wait_max);
  }
  return {};
}

}  // namespace reprise
