#include "host/readable.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "host/match/assert.hpp"

namespace reprise {

std::string readable_time(std::int64_t time) {
  REPRISE_ASSERT(time >= 0);
  constexpr std::int64_t year_9999_end = 253'402'300'799;
  if (time > year_9999_end) return std::to_string(time);
  const std::chrono::sys_seconds moment{std::chrono::seconds{time}};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{moment - day};
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string readable_lag(std::uint32_t lag_seconds) {
  return fmt::format("{}:{:02}:{:02}", lag_seconds / 3600, lag_seconds / 60 % 60, lag_seconds % 60);
}

std::string readable_similarity(score_value score, const rule& by) {
  score_value greatest = 1;
  for (std::uint32_t i = 0; i < by.run; ++i) greatest *= by.agreement_max();
  if (score == greatest) return "100.00%";
  const double hundredths = std::floor(similarity_of(score, by) * 10'000);
  return fmt::format("{:.2f}%", std::min(hundredths, 9'999.0) / 100);
}

}  // namespace reprise
