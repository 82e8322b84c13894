#include "tests/film_demo/judge.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "host/match/reference_matcher.hpp"
#include "host/repeats.hpp"

namespace reprise::film_demo {
namespace {

constexpr double similarity_least = 0.8;  // scan's default

found_repeat found_of(const repeat& closed) {
  return {closed.start, closed.end, closed.lag_seconds, similarity_of(closed.score, rule{}),
          closed.kind == repeat_kind::still};
}

void add_all(std::vector<found_repeat>& found, std::span<const repeat> closed) {
  for (const repeat& one : closed) found.push_back(found_of(one));
}

}  // namespace

outcome<std::vector<found_repeat>> parse_repeats(const std::string& lines) {
  std::vector<found_repeat> found;
  std::istringstream stream{lines};
  for (std::string line; std::getline(stream, line);) {
    const auto read = nlohmann::json::parse(line, nullptr, false);
    if (!read.is_object() || !read.contains("score") || !read.contains("lag")) {
      return failure{errc::data_malformed, "scan printed no repeat: " + line};
    }
    const rule by;
    const double greatest = static_cast<double>(by.agreement_max()) / by.bits;
    const double score = read.at("score").get<double>();
    found.push_back({read.at("start").get<std::int64_t>(), read.at("end").get<std::int64_t>(),
                     read.at("lag").get<std::int64_t>(), std::pow(score, 1.0 / by.run) / greatest,
                     read.value("kind", "") == "still"});
  }
  return found;
}

outcome<std::vector<found_repeat>> reference_repeats(const second_map& seconds) {
  const rule by;
  search_settings settings;
  settings.threshold = threshold_of_similarity(similarity_least, by);
  // No pair lies further apart than the recording is long.
  settings.window_seconds =
      seconds.empty() ? 1 : static_cast<std::uint32_t>(seconds.rbegin()->first + 1);
  auto engine = make_reference_matcher(by);
  if (!engine) return failure{engine.error(), "the reference engine could not be made"};
  const auto channel = (*engine)->add_channel(settings);
  if (!channel) return failure{channel.error(), "the recording is too long for one channel"};
  repeat_tracker tracker{by, settings.window_seconds};
  std::vector<found_repeat> found;
  for (const auto& [second, fingerprint] : seconds) {
    tracker.begin_tick(second);
    const tick taken{channel.value(), second, fingerprint, &tracker};
    tick_result result;
    (*engine)->step({&taken, 1}, {&result, 1});
    if (result.error) return failure{*result.error, "the reference engine refused a second"};
    add_all(found, tracker.finish_tick(result));
  }
  add_all(found, tracker.open_repeats());
  return found;
}

const found_repeat* find_repeat(const std::vector<found_repeat>& found,
                                const scheduled_repeat& due) {
  const auto spans = [&](const found_repeat& one) {
    return !one.still && one.lag == due.lag && one.start <= due.start && one.end >= due.end;
  };
  const auto place = std::find_if(found.begin(), found.end(), spans);
  return place == found.end() ? nullptr : &*place;
}

bool contains(const std::vector<found_repeat>& all, const found_repeat& asked) {
  return std::any_of(all.begin(), all.end(), [&](const found_repeat& one) {
    return one.still == asked.still && one.lag == asked.lag && one.start == asked.start &&
           one.end == asked.end;
  });
}

}  // namespace reprise::film_demo
