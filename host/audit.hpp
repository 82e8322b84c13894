// The audit of the engine while it serves: every so often one of the ticks that it has answered
// since, drawn at random, is computed anew by the reference from what the store holds, and
// compared: matches, scores, order, the still flag.
//
// Shapes   one audit at a time, of one channel-tick; it is void where it cannot be told what is
//          right: the channel has gone or is to be loaded anew, its history was changed behind the
//          tick, has expired or is damaged, or cannot be read
// Errors   none. A mismatch is told to the log with all evidence, and to `mismatched`
// Threads  the core executor; slices of the history are read on the reader executor, slices of the
//          window searched on the auditor's, which runs where nothing else wants the processor
// Owns     the change vectors of one window, 11 MB for a day, while an audit runs
// Source   engines, docs/design.md
//
// Why a mismatch is one. A tick is drawn when it is done with: it and all before it are on disk. Of
// what changes a channel's history behind that, each change marks the lane, by the time at which
// nothing of the channel is on its way any more. So the audit reads, waits for such a moment, and
// is void if the lane was marked since the tick. What else can part the store from the engine is
// that the store loses seconds: by expiry, which is compared with the time, and by damage, which is
// looked for where the answers differ.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/live_core.hpp"
#include "host/match/reference_query.hpp"
#include "host/random_source.hpp"

namespace reprise {

class audit {
 public:
  static constexpr std::size_t read_slice_seconds = 4096;
  static constexpr std::uint32_t search_slice_seconds = 16'384;
  // How long it waits for a moment in which nothing of the channel is on its way.
  static constexpr std::chrono::seconds quiet_wait_max{10};

  audit(live_core& core, std::function<void(channel_number)> mismatched);

  // Nothing where the service has no executor for audits.
  void start();
  void stop() { stopped_ = true; }
  // A tick that the engine has answered, and that is durable.
  void consider(const channel_lane& lane, const stored_tick& tick, const tick_context& context,
                const engine_answer& answered);
  void write_metrics(metric_writer& into) const;

 private:
  enum class verdict { equal, mismatch, none, skipped };
  static constexpr std::size_t verdicts = 4;

  struct audited_tick {
    channel_number channel = 0;
    std::string name;
    std::int64_t time = 0;
    search_settings by;
    double threshold = 0;
    std::vector<stored_match> best;
    bool still = false;
    std::uint64_t marks = 0;  // of its lane
  };
  struct audit_job {
    audited_tick of;
    std::optional<change_span> history;
    std::int64_t first = 0;   // second that counts
    std::int64_t cursor = 0;  // to be read next
    steady_time waits_since{};
    std::uint32_t lag = 0;  // to be searched next
    std::vector<match> best;
    bool still = false;
    double seconds = 0;  // that the search took
  };
  using shared_job = std::shared_ptr<audit_job>;

  void begin();
  void read(const shared_job& job);
  void settle(const shared_job& job);
  void search(const shared_job& job);
  void judge(const shared_job& job);
  void look_for_damage(const shared_job& job, std::vector<stored_match> right);
  void tell(const audit_job& job, const std::vector<stored_match>& right) const;
  void end(verdict as);

  live_core& core_;
  std::function<void(channel_number)> mismatched_;
  std::unique_ptr<random_source> random_;
  std::uint64_t rescued_;              // of the store, when its histories were to be loaded
  std::optional<audited_tick> drawn_;  // of those since the last audit
  std::uint64_t considered_ = 0;       // how many those were
  bool running_ = false;
  bool stopped_ = false;
  std::array<std::uint64_t, verdicts> ended_{};
  latency_histogram seconds_;
};

}  // namespace reprise
