// One channel of the CPU engine: its history, its newest run as the query, and the choice, tick by
// tick, of the search that is cheaper for this content.
//
// Shapes   a tick is taken in two steps, begin() and finish(), so that the cache misses of several
//          channels overlap; between the two no other tick of this channel may begin
// Errors   make: host_memory; begin: time_not_increasing, fingerprint_malformed, with nothing
//          changed
// Threads  one at a time
// Owns     everything the channel needs; a tick allocates nothing
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "host/match/chain_search.hpp"
#include "host/match/change_tracker.hpp"
#include "host/match/dense_search.hpp"
#include "host/match/history.hpp"
#include "host/match/matcher.hpp"

namespace reprise {

// What a worker lends to the channels that it steps.
struct search_scratch {
  match_collector found;
  std::vector<chain_candidate> candidates;
};

class cpu_channel {
 public:
  [[nodiscard]] static result<std::unique_ptr<cpu_channel>> make(const rule& by,
                                                                 const search_settings& settings,
                                                                 std::uint32_t hot_share,
                                                                 mapped_memory::pages taken);

  [[nodiscard]] std::optional<errc> begin(const tick& taken) noexcept;
  [[nodiscard]] tick_result finish(const tick& taken, const agreement_kernel& kernel,
                                   search_scratch& scratch);

  [[nodiscard]] bool is_dense() const noexcept { return dense_.in_use(); }
  // Room that the scratch must have for this channel.
  [[nodiscard]] std::size_t candidates_max() const noexcept {
    return hot_limit(settings_.window_seconds) + 1u;
  }
  [[nodiscard]] std::size_t bytes() const noexcept;
  [[nodiscard]] std::span<std::byte> memory() const noexcept { return history_.memory(); }
  // What bytes() can come to, with the planes of hot prefixes in use.
  [[nodiscard]] static std::size_t bytes_max(const rule& by, const search_settings& settings,
                                             std::uint32_t hot_share) noexcept;

 private:
  cpu_channel(const rule& by, const search_settings& settings, std::uint32_t hot_share,
              history history, dense_search dense);

  // A prefix that more seconds have is hot, in a history of so many seconds.
  [[nodiscard]] std::uint32_t hot_limit(std::uint32_t seconds) const noexcept;
  void append(const tick& taken) noexcept;
  void search(const agreement_kernel& kernel, search_scratch& scratch);
  void tell_watched(match_visitor& visitor, score_value limit,
                    const agreement_kernel& kernel) const;
  [[nodiscard]] query_run make_query() const noexcept;

  rule rule_;
  search_settings settings_;
  score_value limit_;
  std::uint32_t hot_share_;
  change_tracker changes_;
  std::uint64_t hash_ = 0;
  history history_;
  dense_search dense_;
  chain_search chain_;
  std::vector<std::uint64_t> suffixes_;  // [run, suffix_words], row t mod run
  std::vector<match> best_;
};

}  // namespace reprise
