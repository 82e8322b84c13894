// One query by the rule as written, bit by bit: what the reference engine, an audit and an
// explanation ask of the change vectors of a history. Never tuned, never removed.
//
// Shapes   a change vector is rule.words() words in memory order, its prefix first; times are ticks
// Errors   change_span's constructor throws std::bad_alloc; asserted: seconds lie in its span and
//          come with increasing times
// Threads  pure; one thread at a time adds to a change_span
// Owns     a change_span is one change vector for each of its seconds: 11 MB for a day
// Agrees   it is what every engine agrees with
// Source   the rule, docs/design.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "host/match/match.hpp"
#include "host/match/query_run.hpp"
#include "host/match/rule.hpp"

namespace reprise {

// The change vectors of a history by their time.
class change_vectors {
 public:
  // C_t; null where that second has none.
  [[nodiscard]] virtual const std::uint64_t* find(std::int64_t time) const = 0;

 protected:
  ~change_vectors() = default;
};

// C_t into `made`, from B_t and B_{t-1}; false where it counts as missing.
[[nodiscard]] bool make_change(std::span<const std::uint64_t> current,
                               std::span<const std::uint64_t> before, still_policy still,
                               std::span<std::uint64_t> made);

// s(t, d) in units of 1/bits.
[[nodiscard]] std::uint32_t agreement_at(const change_vectors& history, const rule& by,
                                         std::int64_t t, std::int64_t d);
// S(t, d) in units of 1/bits^run.
[[nodiscard]] score_value score_at(const change_vectors& history, const rule& by, std::int64_t t,
                                   std::int64_t d);
// Whether every change vector of the run at t is zero.
[[nodiscard]] bool is_still_at(const change_vectors& history, const rule& by, std::int64_t t);

// Appends the matches of t at those lags that score more than `limit`, by increasing lag.
void find_matches(const change_vectors& history, const rule& by, std::int64_t t, lag_range lags,
                  score_value limit, std::vector<match>& into);
// Leaves the best, in order.
void keep_best(std::vector<match>& all, std::uint32_t top_k);

// The change vectors of the seconds from `first` to `last`, made of their fingerprints.
class change_span final : public change_vectors {
 public:
  change_span(const rule& by, still_policy still, std::int64_t first, std::int64_t last);
  // A fingerprint of rule.bytes() bytes.
  void add(std::int64_t time, std::span<const std::byte> bits);
  [[nodiscard]] const std::uint64_t* find(std::int64_t time) const override;

 private:
  rule rule_;
  still_policy still_;
  std::int64_t first_;
  std::int64_t last_;
  std::optional<std::int64_t> newest_;
  std::vector<std::uint64_t> before_;   // B of that second
  std::vector<std::uint64_t> current_;  // while a second is added
  std::vector<std::uint64_t> changes_;
  std::vector<bool> present_;
};

}  // namespace reprise
