// The waiting reports of one sink: a lane for each channel, in the order of their ids, of which a
// bounded part is in memory and the rest in the store alone.
//
// Shapes   of one lane, what is in memory is older than what is in the store alone. A lane that
//          can go on stands in one of three sets: fresh (its oldest report is young), aged (it is
//          not), stored (it must be loaded first); each by the id of its oldest report
// Errors   none; asserted: what is asked of a lane fits its state
// Threads  one at a time
// Owns     the lanes. A lane stays where it is until settle() finds that nothing is left of it
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/executor.hpp"
#include "host/store/state_store.hpp"

namespace reprise {

// In memory: of one sink, half for new reports and half for what is loaded; of all sinks, but for
// a few that each half has room for whatever the others hold.
inline constexpr std::size_t window_reports_max = 1'024;
inline constexpr std::size_t memory_reports_max = 65'536;
inline constexpr std::size_t window_reports_min = 16;
// Of one lane, loaded at once.
inline constexpr std::size_t load_reports_max = 16;
// A report is new for this long; from then on it is backlog.
inline constexpr std::int64_t report_new_ms = 10'000;

struct waiting_report {
  delivery of;
  bool loaded = false;  // counts for that half of the window
};

struct report_lane {
  std::deque<waiting_report> reports;
  bool stored = false;             // more of it are in the store alone,
  std::int64_t oldest_stored = 0;  // none with a smaller id
  std::int64_t seen_through = 0;   // up to here its reports were taken
  std::uint32_t unrecorded = 0;    // outcomes that the store does not know yet
  std::uint32_t refusals = 0;      // in a row
  bool sending = false;
  bool loading = false;
  bool forgotten = false;  // its channel is gone
  bool held = false;       // waits for `holding`
  timer_id holding;

 private:
  friend class report_lanes;
  using lane_set = std::set<std::pair<std::int64_t, channel_number>>;
  lane_set* standing = nullptr;
  std::int64_t standing_by = 0;
};

class report_lanes {
 public:
  // `memory` counts the reports in memory of all sinks.
  explicit report_lanes(std::size_t& memory) : memory_{memory} {}
  report_lanes(const report_lanes&) = delete;
  report_lanes& operator=(const report_lanes&) = delete;
  ~report_lanes();

  [[nodiscard]] report_lane& lane(channel_number channel) { return lanes_[channel]; }
  [[nodiscard]] report_lane* find(channel_number channel);
  [[nodiscard]] bool empty() const noexcept { return lanes_.empty(); }
  [[nodiscard]] std::vector<channel_number> channels() const;

  // A report that comes behind all others of its lane: into memory where there is room and nothing
  // of the lane stands before it in the store alone; `remember` false: never.
  void take(delivery report, bool loaded, bool remember);
  // The rows that loading the lane gave, and whether there may be more.
  void fill(channel_number channel, std::vector<delivery> rows, bool more);
  [[nodiscard]] waiting_report pop(channel_number channel);
  void put_back(channel_number channel, waiting_report report);
  // Memory goes; what it held is in the store.
  void unload(channel_number channel);
  void unload_all(std::int64_t now_ms);  // and settles them
  void forget(channel_number channel);
  // To be called behind every change of a lane, which may be gone afterwards.
  void settle(channel_number channel, std::int64_t now_ms);

  // Fresh and aged in turn while there are both.
  [[nodiscard]] std::optional<channel_number> next_ready() const;
  void took_turn() noexcept { aged_turn_ = !aged_turn_; }
  [[nodiscard]] bool ready() const noexcept { return !fresh_.empty() || !aged_.empty(); }
  [[nodiscard]] std::optional<channel_number> next_stored() const;
  [[nodiscard]] bool room_to_load(std::size_t loading) const noexcept;
  [[nodiscard]] std::optional<channel_number> oldest() const;

 private:
  using lane_set = report_lane::lane_set;
  void count(const waiting_report& report, bool in) noexcept;
  void clear_memory(report_lane& of);
  [[nodiscard]] bool fits(std::size_t half, std::size_t more) const noexcept;

  std::unordered_map<channel_number, report_lane> lanes_;
  lane_set fresh_, aged_, stored_;
  bool aged_turn_ = false;
  std::size_t new_reports_ = 0, loaded_reports_ = 0;  // in memory
  std::size_t& memory_;
};

}  // namespace reprise
