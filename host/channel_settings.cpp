#include "host/channel_settings.hpp"

#include "host/match/score.hpp"

namespace reprise {

search_settings search_settings_of(const channel_settings& channel,
                                   const channel_defaults& defaults, const rule& by) {
  search_settings made;
  made.window_seconds = channel.window_seconds.value_or(defaults.window_seconds);
  made.top_k = channel.top_k.value_or(defaults.top_k);
  made.min_lag_seconds = channel.min_lag_seconds.value_or(defaults.min_lag_seconds);
  made.still = channel.still.value_or(defaults.still);
  made.threshold = channel.threshold ? *channel.threshold
                                     : threshold_of_similarity(
                                           channel.similarity.value_or(defaults.similarity), by);
  return made;
}

}  // namespace reprise
