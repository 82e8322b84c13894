#include "host/moving_average/event_time.hpp"

#include "host/match/assert.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

constexpr std::size_t fraction_digits_max = 6;
constexpr std::string_view shape = "dddd-dd-dd dd:dd:dd";
constexpr event_minute latest = sys_days{9999y / 12 / 31} + 23h + 59min;

constexpr bool is_digit(char byte) noexcept {
  return byte >= '0' && byte <= '9';
}

// Whether digits are where the shape has a d, and its other characters where they stand.
bool has_shape(std::string_view text) noexcept {
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool fits = shape[i] == 'd'   ? is_digit(text[i])
                      : shape[i] == ' ' ? text[i] == ' ' || text[i] == 'T'
                                        : text[i] == shape[i];
    if (!fits) return false;
  }
  return true;
}

int two_digits(std::string_view text, std::size_t at) noexcept {
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

// Of what stands behind the whole seconds: nothing, or a point and up to six digits.
std::optional<std::chrono::microseconds> fraction_of(std::string_view text) noexcept {
  if (text.empty()) return 0us;
  const std::string_view digits = text.substr(1);
  if (text[0] != '.' || digits.empty() || digits.size() > fraction_digits_max) return std::nullopt;
  int fraction = 0;
  for (std::size_t i = 0; i < fraction_digits_max; ++i) {
    if (i < digits.size() && !is_digit(digits[i])) return std::nullopt;
    fraction = fraction * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  }
  return std::chrono::microseconds{fraction};
}

void append_two(std::string& out, unsigned number) {
  out += static_cast<char>('0' + number / 10);
  out += static_cast<char>('0' + number % 10);
}

}  // namespace

std::optional<event_time> parse_event_time(std::string_view text) noexcept {
  if (text.ends_with('Z')) text.remove_suffix(1);
  if (text.size() < shape.size() || !has_shape(text)) return std::nullopt;
  const int year = two_digits(text, 0) * 100 + two_digits(text, 2);
  const std::chrono::year_month_day day{
      std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(two_digits(text, 5))},
      std::chrono::day{static_cast<unsigned>(two_digits(text, 8))}};
  const int hours = two_digits(text, 11), minutes = two_digits(text, 14),
            seconds = two_digits(text, 17);
  const auto fraction = fraction_of(text.substr(shape.size()));
  if (year < 1 || !day.ok() || hours > 23 || minutes > 59 || seconds > 59 || !fraction) {
    return std::nullopt;
  }
  const event_time time = sys_days{day} + std::chrono::hours{hours} +
                          std::chrono::minutes{minutes} + std::chrono::seconds{seconds} + *fraction;
  if (time > latest) return std::nullopt;
  return time;
}

void append_minute(std::string& out, event_minute minute) {
  const auto midnight = std::chrono::floor<std::chrono::days>(minute);
  const std::chrono::year_month_day day{midnight};
  const int year = static_cast<int>(day.year());
  REPRISE_ASSERT(year >= 1);
  REPRISE_ASSERT(year <= 9999);
  const auto of_day = static_cast<unsigned>((minute - midnight).count());
  append_two(out, static_cast<unsigned>(year) / 100);
  append_two(out, static_cast<unsigned>(year) % 100);
  append_two(out += '-', static_cast<unsigned>(day.month()));
  append_two(out += '-', static_cast<unsigned>(day.day()));
  append_two(out += ' ', of_day / 60);
  append_two(out += ':', of_day % 60);
  out += ":00";
}

}  // namespace reprise
