// Brings the history of a channel from the store into the engine, slice by slice between the live
// batches: at the start of the service, again when what the store holds has changed before the
// channel's newest tick, or how it is searched, and when a device was lost with the history.
//
// Shapes   slices of load_slice_seconds; the last seconds before a restart are searched again, and
//          so is all that came while the channel was being loaded, or was not answered by a device
//          that is lost
// Errors   what cannot be read, or has no place in the engine, is tried again every
//          retry_interval; problem() says what it was. Others do not wait for it: it is not left()
// Threads  the core executor
// Owns     the loads that are under way, one slice of each: that bounds its memory. The channels
//          that wait for theirs are marked in their lanes
//
// The handover. A load reads until it has reached the end, takes the channel's turn, so that no
// push comes between, and holds its lane; when nothing of the channel is on its way any more, the
// store holds all that was ever taken. It reads what is left, and the engine's new history takes
// the place of the old one.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "host/intake.hpp"

namespace reprise {

struct channel_survey;

class history_loader {
 public:
  static constexpr std::size_t load_slice_seconds = 4096;
  static constexpr std::size_t search_slice_seconds = 64;
  static constexpr std::size_t loads_max = 4;     // at once, at the start
  static constexpr std::size_t rebuilds_max = 2;  // at once, later: each costs a second history
  // A kill between the commit of a fingerprint and that of its report loses no report of these,
  // however long it is until the next start.
  static constexpr std::int64_t replay_seconds = 120;
  static constexpr std::chrono::seconds retry_interval{5};
  // Rebuilds wait until no backfill has come for so long, but not longer than the second.
  static constexpr std::chrono::seconds settle_min{1};
  static constexpr std::chrono::seconds settle_max{10};

  history_loader(live_core& core, pipeline& onward, intake& lanes)
      : core_{core}, onward_{onward}, lanes_{lanes} {}

  // They are to be loaded, in that order.
  void load(std::vector<channel_number> channels);
  // The lane has lost its history with a device.
  void recover(channel_lane& lane);
  // Starts rebuilds of lanes that are dirty and settled; once a second.
  void rebuild_dirty();
  // No load goes on; held lanes are released.
  void stop();
  // Channels whose first load has not been tried to its end.
  [[nodiscard]] std::size_t left() const noexcept { return initial_left_; }
  // Those and the ones whose first load has failed.
  [[nodiscard]] std::size_t unloaded() const;
  [[nodiscard]] std::size_t running() const noexcept { return running_; }
  // Seconds that were read, and those of them that were searched again.
  [[nodiscard]] std::uint64_t seconds() const noexcept { return seconds_; }
  [[nodiscard]] std::uint64_t seconds_searched() const noexcept { return seconds_searched_; }
  // One line, empty where all is well.
  [[nodiscard]] std::string problem() const;
  void write_metrics(metric_writer& into) const;

 private:
  struct load_job {
    channel_number channel = 0;
    std::string name;
    engine_slot slot = no_slot;
    search_settings settings;
    bool is_initial = false;
    bool is_left = false;  // it counts in left()
    std::int64_t cursor = 0;
    std::int64_t search_from = 0;  // later seconds are searched
    std::int64_t told_after = 0;   // of those, later ones are news
    std::int64_t report_from = 0;  // and these may be reported
    std::vector<repeat> known;     // of before the restart
    bool handing_over = false;     // the lane is held, in the channel's turn
    std::int64_t searchable = 0;   // seconds, so far
    std::vector<recorded_second> slice;
    std::size_t searched = 0;  // of the slice
    std::size_t slice_seconds = 0;
  };
  using shared_job = std::shared_ptr<load_job>;

  struct waiting_load {
    channel_number channel = 0;
    bool is_left = false;
  };

  void start_next();
  void start(const waiting_load& load, channel_lane& lane);
  void put_down_repeats(const shared_job& job, engine_slot lost);
  void survey(const shared_job& job);
  void take_survey(const shared_job& job, channel_survey known);
  [[nodiscard]] std::int64_t report_from_of(const channel_lane& lane,
                                            const channel_survey& known) const;
  void add_slot(const shared_job& job);
  void read(const shared_job& job);
  void join(const shared_job& job);
  void search(const shared_job& job);
  void lose(const shared_job& job);
  void take_turn(const shared_job& job);
  void finish(const shared_job& job);
  void fail(const shared_job& job, std::string why);
  void leave(const shared_job& job);
  // The job's lane, unless the channel is gone or the loader was stopped: then the job has ended.
  channel_lane* lane_of(const shared_job& job);

  live_core& core_;
  pipeline& onward_;
  intake& lanes_;
  std::deque<waiting_load> initial_;
  std::size_t initial_left_ = 0;
  std::size_t running_ = 0;
  std::size_t rebuilding_ = 0;
  bool stopped_ = false;
  struct failed_load {
    std::string why;
    bool is_initial = false;
  };
  std::map<channel_number, failed_load> failed_;
  std::set<channel_number> recovering_;  // that were loaded before, and have not failed since
  std::uint64_t loads_ = 0;
  std::uint64_t rebuilds_ = 0;
  std::uint64_t recoveries_ = 0;
  std::uint64_t seconds_ = 0;
  std::uint64_t seconds_searched_ = 0;
};

}  // namespace reprise
