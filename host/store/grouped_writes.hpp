// Small changes of one file that wait together are committed together: one sync for all of them.
//
// Shapes   a change runs inside the group's transaction, and what it did is undone where it fails:
//          the others stand. One that meets a damaged page of the file ends the transaction: then
//          each of the group runs again, in one of its own. File is a paired_file
// Errors   told: the change's own failure, host_memory where memory was refused to it, the commit's
//          where that failed (then nothing stands), or overloaded where waiting_max changes wait
// Threads  made anywhere; add() on the writer executor, changes run and `told` is called there,
//          never inside add(); waiting() on any. The executor's last task ends before this is
//          destroyed
// Owns     the changes that wait
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "host/executor.hpp"
#include "host/failure.hpp"
#include "host/within_memory.hpp"

namespace reprise {

template <typename File>
class grouped_writes {
 public:
  using writing = typename File::writing_type;
  using change = std::function<outcome<void>(writing&)>;
  using listener = std::function<void(const outcome<void>&)>;
  static constexpr std::size_t waiting_max = 4'096;

  grouped_writes(executor& writer, File& file) : writer_{writer}, file_{file} {}

  void add(change made, listener told) {
    if (waiting_.size() == waiting_max) {
      writer_.post([told = std::move(told)] {
        told(failure{errc::overloaded, "too many changes wait for the disk"});
      });
      return;
    }
    waiting_.push_back({std::move(made), std::move(told), {}});
    count_ = waiting_.size();
    // Behind what has been posted by now, which may be further changes.
    if (waiting_.size() == 1) writer_.post([this] { commit(); });
  }
  [[nodiscard]] std::size_t waiting() const noexcept { return count_; }

 private:
  struct waiting_change {
    change made;
    listener told;
    outcome<void> ended;
  };

  void commit() {
    auto group = std::exchange(waiting_, {});
    count_ = 0;
    bool met_damage = false;
    outcome<void> committed = file_.write([&](writing& on) -> outcome<void> {
      for (waiting_change& each : group) {
        if (const auto begun = on.db.execute("savepoint change"); !begun) return begun;
        each.ended = within_memory<void>([&] { return each.made(on); });
        const char* end = each.ended ? "release change" : "rollback to change; release change";
        const auto left = on.db.execute(end);
        // Nothing stands, even where the change has succeeded: each is made again.
        met_damage = on.db.met_damage();
        if (met_damage) return failure{errc::io_failed, "a change met a damaged page", {}};
        // One that has ended the whole transaction says more than that there is none to leave.
        if (!left) return each.ended ? left : each.ended;
      }
      return {};
    });
    if (met_damage) {
      for (waiting_change& each : group) {
        each.ended = file_.write(
            [&](writing& on) { return within_memory<void>([&] { return each.made(on); }); });
      }
      committed = {};
    }
    for (const waiting_change& each : group) each.told(committed ? each.ended : committed);
  }

  executor& writer_;
  File& file_;
  std::vector<waiting_change> waiting_;
  std::atomic<std::size_t> count_{0};  // of them
};

}  // namespace reprise
