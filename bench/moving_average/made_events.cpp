#include "bench/moving_average/made_events.hpp"

#include <fmt/format.h>

#include <iterator>

namespace reprise::bench {

void event_maker::append_next(std::string& out) {
  constexpr std::uint64_t gap_us_max = 20'000'000, duration_max = 120, words_max = 300;
  constexpr const char* clients[] = {"airliberty", "taxi-eats", "hotel-nord", "shop"};
  constexpr const char* languages[] = {"fr", "de", "it", "pt"};
  time_ += std::chrono::microseconds{random_() % gap_us_max};
  const auto minute = std::chrono::floor<std::chrono::minutes>(time_);
  out += "{\"timestamp\": \"";
  append_minute(out, minute);
  out.resize(out.size() - 2);  // its seconds, which are 00
  const auto in_minute_us = (time_ - minute).count();
  fmt::format_to(std::back_inserter(out),
                 "{:02}.{:06}\",\"translation_id\": \"{:020x}\",\"source_language\": "
                 "\"en\",\"target_language\": \"{}\",\"client_name\": \"{}\",\"event_name\": "
                 "\"translation_delivered\",\"nr_words\": {}, \"duration\": {}}}\n",
                 in_minute_us / 1'000'000, in_minute_us % 1'000'000, random_(),
                 languages[random_() % 4], clients[random_() % 4], random_() % words_max,
                 random_() % duration_max);
}

}  // namespace reprise::bench
