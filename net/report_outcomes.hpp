// What became of reports, on its way to the store: gathered for a moment, written in batches, one
// after the other, and again until the store has taken them.
//
// Errors   a batch that the store refused is kept and written again each second
// Threads  the core executor
// Owns     the outcomes that are not written yet. Bound: full() says when no more should be made;
//          whoever goes on all the same loses nothing
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/live_service.hpp"

namespace reprise {

struct reporter_sink;

// A report that its sink has taken.
struct delivered_report {
  std::string channel_name;
  std::int64_t time = 0;  // the tick reported
  wall_time at{};         // the sink's answer
};

struct report_outcome {
  outcome_change change;
  reporter_sink* sink = nullptr;
  channel_number channel = 0;
  std::optional<delivered_report> delivered = {};
};

class report_outcomes {
 public:
  static constexpr std::size_t outcomes_max = 4'096;
  static constexpr std::size_t batch_outcomes_max = 256;
  static constexpr std::chrono::milliseconds gather_max{250};
  static constexpr std::chrono::seconds again_after{1};

  // Both are called once each for what they name: `recorded` when the store has it.
  struct listener {
    virtual void recorded(const report_outcome& of) = 0;
    virtual void recorded_all() = 0;  // behind each batch
    virtual void refused(const failure& why) = 0;

   protected:
    ~listener() = default;
  };

  report_outcomes(scheduler& core, listener& told) : core_{core}, told_{told} {}
  void begin(report_outbox& outbox) { outbox_ = &outbox; }
  void add(report_outcome added);
  void hurry();  // from now on nothing is gathered
  [[nodiscard]] bool full() const noexcept { return size() >= outcomes_max; }
  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size() + batch_.size(); }
  [[nodiscard]] bool empty() const noexcept { return waiting_.empty() && batch_.empty(); }

 private:
  void write_next();
  void write_batch();

  scheduler& core_;
  listener& told_;
  report_outbox* outbox_ = nullptr;
  std::deque<report_outcome> waiting_;
  std::vector<report_outcome> batch_;  // being written
  bool timed_ = false;
  bool hurried_ = false;
};

}  // namespace reprise
