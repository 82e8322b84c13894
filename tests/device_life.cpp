#include "tests/device_life.hpp"

#include "host/match/reference_matcher.hpp"

namespace reprise::device_life {

recorder make_recorder(bool wants_all) {
  recorder made;
  made.wants_all = wants_all;
  made.watched = {1, 2, 3, 20};
  return made;
}

std::vector<scripted_tick> write_life() {
  std::vector<scripted_tick> life;
  const auto expected = make_reference_matcher(rule{}).value();
  std::vector<hostile_content> contents;
  std::vector<channel_id> ids;
  for (std::uint64_t i = 0; i < channels_count; ++i) {
    ids.push_back(expected->add_channel(settings).value());
    contents.emplace_back(rule{}, settings.window_seconds, 11 + i);
  }
  for (int second = 0; second < seconds_count; ++second) {
    for (std::size_t channel = 0; channel < channels_count; ++channel) {
      if (second > removed_at && channel == removed_channel) continue;
      contents[channel].hold_still(second > 30 && second < 60);
      scripted_tick made{channel, second, contents[channel].next(), second % 2 == 0, {}, {}, {}};
      recorder all = make_recorder(made.wants_all);
      const tick asked{ids[channel], made.content.time, made.content.fingerprint, &all};
      tick_result result;
      expected->step({&asked, 1}, {&result, 1});
      made.error = result.error;
      made.best = {result.best.begin(), result.best.end()};
      made.all = all.seen;
      life.push_back(made);
    }
  }
  return life;
}

}  // namespace reprise::device_life
