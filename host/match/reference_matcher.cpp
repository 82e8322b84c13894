#include "host/match/reference_matcher.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "host/match/assert.hpp"
#include "host/match/reference_query.hpp"

namespace reprise {
namespace {

using words = std::vector<std::uint64_t>;

struct reference_channel final : change_vectors {
  [[nodiscard]] const std::uint64_t* find(std::int64_t time) const override {
    const auto found = changes.find(time);
    return found == changes.end() ? nullptr : found->second.data();
  }

  std::uint32_t generation = 0;
  bool used = false;
  search_settings settings;
  score_value limit = 0;
  std::optional<std::int64_t> newest;
  std::map<std::int64_t, words> fingerprints;  // B_t
  std::map<std::int64_t, words> changes;       // C_t
  std::vector<match> best;
};

class reference_matcher final : public matcher {
 public:
  explicit reference_matcher(const rule& by) : rule_{by} {}

  [[nodiscard]] const rule& parameters() const noexcept override { return rule_; }

  [[nodiscard]] result<channel_id> add_channel(const search_settings& settings) override {
    if (out_of_range(settings)) return errc::parameter_out_of_range;
    auto place = std::find_if(channels_.begin(), channels_.end(),
                              [](const reference_channel& channel) { return !channel.used; });
    if (place == channels_.end()) place = channels_.emplace(channels_.end());
    place->used = true;
    place->settings = settings;
    place->limit = score_limit(settings.threshold, rule_);
    return channel_id{static_cast<std::uint32_t>(place - channels_.begin()), place->generation};
  }

  void remove_channel(channel_id removed) override {
    reference_channel* channel = find(removed);
    if (channel == nullptr) return;
    const std::uint32_t next_generation = channel->generation + 1;
    *channel = {};
    channel->generation = next_generation;
  }

  void step(std::span<const tick> batch, std::span<tick_result> results) override {
    REPRISE_ASSERT(batch.size() == results.size());
    for (std::size_t i = 0; i < batch.size(); ++i) results[i] = step_one(batch[i]);
  }

  [[nodiscard]] std::size_t channel_bytes(channel_id asked) const noexcept override {
    const reference_channel* channel = const_cast<reference_matcher*>(this)->find(asked);
    if (channel == nullptr) return 0;
    constexpr std::size_t node_bytes = 80;  // a map's node with its key and vector header
    return sizeof *channel +
           (channel->fingerprints.size() + channel->changes.size()) * (node_bytes + rule_.bytes());
  }

  [[nodiscard]] std::string_view backend(channel_id asked) const noexcept override {
    const bool known = const_cast<reference_matcher*>(this)->find(asked) != nullptr;
    return known ? "reference" : "";
  }

 private:
  reference_channel* find(channel_id id) noexcept {
    if (id.index >= channels_.size()) return nullptr;
    reference_channel& channel = channels_[id.index];
    return channel.used && channel.generation == id.generation ? &channel : nullptr;
  }

  tick_result step_one(const tick& taken) {
    reference_channel* channel = find(taken.channel);
    if (channel == nullptr) return {.error = errc::channel_unknown};
    if (taken.time < 0 || taken.time > time_max ||
        (channel->newest && taken.time <= *channel->newest)) {
      return {.error = errc::time_not_increasing};
    }
    if (!taken.fingerprint.empty() && taken.fingerprint.size() != rule_.bytes()) {
      return {.error = errc::fingerprint_malformed};
    }
    append(*channel, taken);
    if (!taken.search) channel->best.clear();
    return taken.search ? search(*channel, taken)
                        : tick_result{.still = is_still_at(*channel, rule_, taken.time)};
  }

  void append(reference_channel& channel, const tick& taken) const {
    const std::int64_t t = taken.time;
    channel.newest = t;
    const std::int64_t oldest = t - channel.settings.window_seconds - rule_.run;
    channel.fingerprints.erase(channel.fingerprints.begin(),
                               channel.fingerprints.lower_bound(oldest));
    channel.changes.erase(channel.changes.begin(), channel.changes.lower_bound(oldest));
    if (taken.fingerprint.empty()) return;
    words& current = channel.fingerprints[t];
    current.resize(rule_.words());
    std::memcpy(current.data(), taken.fingerprint.data(), rule_.bytes());
    const auto before = channel.fingerprints.find(t - 1);
    if (before == channel.fingerprints.end()) return;
    words change(rule_.words());
    if (!make_change(current, before->second, channel.settings.still, change)) return;
    channel.changes[t] = std::move(change);
  }

  static void tell(match_visitor& visitor, std::vector<match> all, bool still) {
    if (still && !visitor.wants_all_when_still()) {
      const auto watched = visitor.watched_lags();
      std::erase_if(all, [&](const match& each) {
        return !std::binary_search(watched.begin(), watched.end(), each.lag_seconds);
      });
    }
    if (!all.empty()) visitor.visit(all);
  }

  tick_result search(reference_channel& channel, const tick& taken) const {
    const std::int64_t t = taken.time;
    const search_settings& settings = channel.settings;
    const score_value limit =
        taken.threshold ? score_limit(*taken.threshold, rule_) : channel.limit;
    std::vector<match> all;
    find_matches(channel, rule_, t, {settings.min_lag_seconds, settings.window_seconds}, limit,
                 all);
    const bool still = is_still_at(channel, rule_, t);
    if (taken.all_matches != nullptr) tell(*taken.all_matches, all, still);
    keep_best(all, settings.top_k);
    channel.best = std::move(all);
    return {.best = channel.best, .still = still};
  }

  rule rule_;
  std::vector<reference_channel> channels_;
};

}  // namespace

result<std::unique_ptr<matcher>> make_reference_matcher(const rule& by) {
  if (out_of_range(by)) return errc::parameter_out_of_range;
  return std::unique_ptr<matcher>{std::make_unique<reference_matcher>(by)};
}

}  // namespace reprise
