// What a store writes through: a connection and the statements prepared on it, opened anew before
// the next use once a sync has failed on it.
//
// Shapes   Opened has a member `db`, a sqlite::connection, declared before its statements
// Errors   storage_lost from the second failed sync within a minute on, always; else what the work
//          or the opener returned
// Threads  one at a time
// Owns     what it opened
// Source   sync_rule.hpp
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "host/failure.hpp"
#include "host/store/sync_rule.hpp"

namespace reprise {

template <typename Opened>
class reopening {
 public:
  using opener = std::function<outcome<std::unique_ptr<Opened>>(sync_rule&)>;

  reopening(opener open, const clock_source* clock) : open_{std::move(open)}, syncs_{clock} {}

  // Opens where it is closed, so that a first call can tell whether the file is any good.
  [[nodiscard]] outcome<void> ready() {
    if (syncs_.lost()) return failure{errc::storage_lost, "a sync failed twice within a minute"};
    if (opened_) return {};
    auto opened = open_(syncs_);
    if (!opened) return opened.error();
    opened_ = std::move(*opened);
    return {};
  }

  // work(Opened&) gives an outcome. It is not tried again here: its transaction is undone, and
  // whoever asked for it asks again.
  template <typename Work>
  [[nodiscard]] auto run(Work work) -> decltype(work(std::declval<Opened&>())) {
    if (const auto open = ready(); !open) return open.error();
    auto done = work(*opened_);
    if (opened_->db.sync_failed()) close();
    return done;
  }

  // The next use opens anew.
  void close() noexcept {
    if (opened_) opened_->db.leave_wal_on_close();
    opened_.reset();
  }
  [[nodiscard]] const Opened* get() const noexcept { return opened_.get(); }
  [[nodiscard]] const sync_rule& syncs() const noexcept { return syncs_; }

 private:
  opener open_;
  sync_rule syncs_;
  std::unique_ptr<Opened> opened_;
};

}  // namespace reprise
