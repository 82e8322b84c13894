#include "host/match/cpu_channel.hpp"

#include <algorithm>
#include <new>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

// Planes that no tick has used for so long are handed back: still pictures tend to come back soon.
constexpr std::int64_t planes_idle_max_seconds = 900;

// So few seconds of one prefix are not worth planes, however short the history is.
constexpr std::uint32_t hot_seconds_min = 1024;

}  // namespace

result<std::unique_ptr<cpu_channel>> cpu_channel::make(const rule& by,
                                                       const search_settings& settings,
                                                       std::uint32_t hot_share,
                                                       mapped_memory::pages taken) {
  auto made_history = history::make(by, settings.window_seconds, taken);
  if (!made_history) return made_history.error();
  auto made_dense = dense_search::make(made_history->slots(), by);
  if (!made_dense) return made_dense.error();
  try {
    return std::unique_ptr<cpu_channel>{
        new cpu_channel{by, settings, hot_share, std::move(*made_history), std::move(*made_dense)}};
  } catch (const std::bad_alloc&) {
    return errc::host_memory;
  }
}

cpu_channel::cpu_channel(const rule& by, const search_settings& settings, std::uint32_t hot_share,
                         history history, dense_search dense)
    : rule_{by},
      settings_{settings},
      limit_{score_limit(settings.threshold, by)},
      hot_share_{hot_share},
      changes_{by, settings.still},
      history_{std::move(history)},
      dense_{std::move(dense)},
      chain_{candidates_max()},
      suffixes_(std::size_t{by.run} * by.suffix_words()) {
  best_.reserve(settings.top_k);
}

std::size_t cpu_channel::bytes() const noexcept {
  return sizeof *this + history_.bytes() + dense_.bytes() + chain_.bytes() + changes_.bytes() +
         suffixes_.capacity() * sizeof(std::uint64_t) + best_.capacity() * sizeof(match);
}

std::size_t cpu_channel::bytes_max(const rule& by, const search_settings& settings,
                                   std::uint32_t hot_share) noexcept {
  const std::uint32_t slots = history::slots_for(by, settings.window_seconds);
  const std::size_t candidates = std::max(1u, settings.window_seconds / hot_share) + 1u;
  const std::size_t words = 2u * by.words() + std::size_t{by.run} * by.suffix_words();
  return sizeof(cpu_channel) + history::bytes_for(by, slots) + dense_search::bytes_for(slots, by) +
         candidates * sizeof(chain_candidate) + words * sizeof(std::uint64_t) +
         settings.top_k * sizeof(match);
}

std::uint32_t cpu_channel::hot_limit(std::uint32_t seconds) const noexcept {
  const std::uint32_t window = settings_.window_seconds;
  const std::uint32_t floor = std::min(hot_seconds_min, window / hot_share_);
  return std::max({1u, floor, std::min(seconds, window) / hot_share_});
}

std::optional<errc> cpu_channel::begin(const tick& taken) noexcept {
  if (const auto refused = changes_.begin(taken)) return refused;
  if (changes_.has_change()) {
    hash_ = history_.prefixes().hash(changes_.change());
    history_.prefetch_next(hash_);
  }
  return std::nullopt;
}

tick_result cpu_channel::finish(const tick& taken, const agreement_kernel& kernel,
                                search_scratch& scratch) {
  append(taken);
  const bool still = changes_.is_still();
  match_visitor* const visitor = taken.all_matches;
  const bool watched_only = still && visitor != nullptr && !visitor->wants_all_when_still();
  const score_value limit = taken.threshold ? score_limit(*taken.threshold, rule_) : limit_;
  scratch.found.reset(rule_, settings_.top_k, limit, watched_only ? nullptr : visitor);
  if (changes_.has_change() && taken.search) {
    search(kernel, scratch);
    if (watched_only) tell_watched(*visitor, limit, kernel);
  }
  const auto best = scratch.found.finish();
  best_.assign(best.begin(), best.end());
  if (dense_.in_use() && taken.time - dense_.last_used() > planes_idle_max_seconds) {
    dense_.release();
  }
  return {.best = best_, .still = still};
}

void cpu_channel::append(const tick& taken) noexcept {
  changes_.finish(taken);
  history_.advance(taken.time);
  if (!changes_.has_change()) return;
  history_.put_change(changes_.change(), hash_);
  const std::size_t row = static_cast<std::size_t>(taken.time % rule_.run);
  const std::uint64_t* const suffix = changes_.change() + rule_.prefix_words();
  std::copy_n(suffix, rule_.suffix_words(),
              suffixes_.begin() + static_cast<std::ptrdiff_t>(row * rule_.suffix_words()));
}

query_run cpu_channel::make_query() const noexcept {
  query_run made{};
  for (std::uint32_t i = 0; i < changes_.present(); ++i) {
    const std::int64_t time = history_.newest_time() - i;
    made.suffixes[i] =
        suffixes_.data() + static_cast<std::size_t>(time % rule_.run) * rule_.suffix_words();
    made.ids[i] = history_.id(history_.slot_back(i));
  }
  return made;
}

void cpu_channel::search(const agreement_kernel& kernel, search_scratch& scratch) {
  const std::uint32_t newest = history_.slot_back(0);
  const std::uint32_t distance = history_.distance(newest);
  if (distance == 0 || distance > settings_.window_seconds) return;  // a prefix not seen before
  const query_run query = make_query();
  const auto count = [&](std::uint32_t i) { return history_.prefixes().count(query.ids[i]); };
  const std::uint32_t hot = hot_limit(history_.seconds());
  // A hot second's plane is computed when it comes, and those of a prefix that is about to become
  // hot: by the time that a whole run is hot its planes are there, and no tick computes five.
  if (count(0) + rule_.run > hot) dense_.fill(history_, query, 0, kernel, rule_);
  if (changes_.present() < rule_.run) return;
  bool all_hot = true;
  for (std::uint32_t i = 0; i < rule_.run; ++i) all_hot = all_hot && count(i) > hot;
  const lag_range lags{settings_.min_lag_seconds, settings_.window_seconds};
  if (all_hot) {
    dense_.search(history_, query, lags, kernel, rule_, scratch.found);
  } else {
    chain_.search(history_, query, lags, kernel, rule_, scratch.candidates, scratch.found);
  }
}

void cpu_channel::tell_watched(match_visitor& visitor, score_value limit,
                               const agreement_kernel& kernel) const {
  const query_run query = make_query();
  for (const std::uint32_t lag : visitor.watched_lags()) {
    if (lag < settings_.min_lag_seconds || lag > settings_.window_seconds) continue;
    std::uint32_t agreements[run_max] = {};
    for (std::uint32_t i = 0; i < rule_.run; ++i) {
      const std::uint32_t slot = history_.slot_back(lag + i);
      if (history_.id(slot) != query.ids[i]) break;
      agreements[i] = kernel.one(query.suffixes[i], history_.column(slot), rule_);
    }
    const match told{lag, match_score(agreements, rule_.run)};
    if (told.score > limit) visitor.visit({&told, 1});
  }
}

}  // namespace reprise
