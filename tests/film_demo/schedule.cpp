#include "tests/film_demo/schedule.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>

namespace reprise::film_demo {
namespace {

std::vector<std::size_t> adverts_of(const std::vector<clip>& clips) {
  std::vector<std::size_t> adverts;
  for (std::size_t i = 0; i < clips.size() && adverts.size() < adverts_max; ++i) {
    if (clips[i].quarter == 0 && clips[i].seconds >= advert_seconds_min) adverts.push_back(i);
  }
  return adverts;
}

}  // namespace

schedule make_schedule(const std::vector<clip>& clips, std::uint64_t seed) {
  // The engine's output is the standard's; its distributions are the library's, so they are not
  // used.
  std::mt19937_64 random{seed};
  std::vector<std::size_t> order(clips.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  const std::vector<std::size_t> adverts = adverts_of(clips);

  schedule made;
  const auto show = [&](std::size_t shown) {
    made.slots.push_back({shown, made.seconds});
    made.seconds += clips[shown].seconds;
  };
  std::size_t newest = clips.size();
  for (const std::size_t programme : order) {
    show(programme);
    if (adverts.size() < 3) continue;  // too few to choose from
    std::size_t advert = newest;
    while (advert == newest || advert == programme) advert = adverts[random() % adverts.size()];
    show(advert);
    newest = advert;
  }
  return made;
}

std::vector<scheduled_repeat> repeats_of(const std::vector<clip>& clips,
                                         const schedule& broadcast) {
  std::vector<scheduled_repeat> made;
  for (std::size_t i = 0; i < broadcast.slots.size(); ++i) {
    const slot& shown = broadcast.slots[i];
    for (std::size_t j = 0; j < i; ++j) {
      const slot& earlier = broadcast.slots[j];
      if (earlier.clip != shown.clip) continue;
      const std::int64_t last = shown.at + clips[shown.clip].seconds - 1;
      made.push_back({shown.clip, shown.at + 1, last, shown.at - earlier.at});
    }
  }
  return made;
}

std::string schedule_json(const std::vector<clip>& clips, const schedule& broadcast,
                          std::uint64_t seed) {
  std::string text = "{\"seed\": " + std::to_string(seed) +
                     ", \"seconds\": " + std::to_string(broadcast.seconds) + ",\n \"slots\": [";
  const char* between = "\n";
  for (const slot& shown : broadcast.slots) {
    text += between + std::string{"  {\"clip\": \""} + clips[shown.clip].name +
            "\", \"at\": " + std::to_string(shown.at) +
            ", \"seconds\": " + std::to_string(clips[shown.clip].seconds) + "}";
    between = ",\n";
  }
  text += "\n ],\n \"repeats\": [";
  between = "\n";
  for (const scheduled_repeat& due : repeats_of(clips, broadcast)) {
    text += between + std::string{"  {\"clip\": \""} + clips[due.clip].name +
            "\", \"start\": " + std::to_string(due.start) +
            ", \"end\": " + std::to_string(due.end) + ", \"lag\": " + std::to_string(due.lag) + "}";
    between = ",\n";
  }
  return text + "\n ]}\n";
}

}  // namespace reprise::film_demo
