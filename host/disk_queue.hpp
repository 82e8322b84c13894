// What waits for one disk, in order: items, which are stored in groups and must be stored, and
// other writes in between. A disk that is full or failing keeps the items waiting, and them alone.
//
// Shapes   items that wait together are stored together, until their weights pass weight_max
// Errors   what cannot be stored is tried again every retry_interval, and given up beyond the
//          bounds. Other writes that wait behind it, or come then, are refused with the disk's
//          failure at once, until something was stored or nothing waits; beyond works_max with
//          overloaded. storage_lost goes to `fatal`, and nothing is written any more
// Threads  the core executor; store_later()'s task and works run on the disk's
// Owns     the items that wait
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/core_link.hpp"
#include "host/failure.hpp"
#include "host/metrics.hpp"

namespace reprise {

struct disk_bounds {
  std::size_t weight_max = 4096;
  std::size_t items_max = 65'536;
  std::chrono::seconds wait_max{std::numeric_limits<std::int32_t>::max()};
};

template <typename Item>
class disk_queue {
 public:
  static constexpr std::size_t works_max = 1024;
  static constexpr std::chrono::seconds retry_interval{1};

  using work = std::function<outcome<void>()>;
  struct hooks {
    std::function<std::size_t(const Item&)> weight;
    std::function<work(const std::vector<Item>&)> store_later;  // what stores them
    std::function<void(Item&)> stored;
    std::function<void(Item&)> given_up;
    std::function<void(const failure&)> fatal;
    // A fault begins, and is over.
    std::function<void(const failure&)> fault_begun = [](const failure&) {};
    std::function<void()> fault_over = [] {};
    // All that waited for the end of a fault has been given up.
    std::function<void()> emptied = [] {};
  };

  disk_queue(scheduler& core, executor& disk, disk_bounds bounds, hooks told)
      : link_{core}, disk_{disk}, bounds_{bounds}, told_{std::move(told)} {}

  void add(Item added) {
    jobs_.push_back({std::move(added), {}, {}, true, link_.steady()});
    ++items_;
    if (retrying_) give_up_some();
    start_next();
  }
  // Another write, in its turn; `then` hears how it went. With `must`, it is tried until it
  // succeeds.
  void run(work wanted, std::function<void(outcome<void>)> then, bool must = false) {
    if (!must && (fault_ || works() >= works_max)) {
      refuse(std::move(then),
             fault_ ? *fault_ : failure{errc::overloaded, "too many writes wait for the disk"});
      return;
    }
    jobs_.push_back({{}, std::move(wanted), std::move(then), must, link_.steady()});
    start_next();
  }
  void set_wait_max(std::chrono::seconds longest) { bounds_.wait_max = longest; }

  [[nodiscard]] bool is_idle() const noexcept { return !busy_ && jobs_.empty(); }
  [[nodiscard]] std::size_t items() const noexcept { return items_; }
  // The disk's failure, while something waits for its end.
  [[nodiscard]] const std::optional<failure>& fault() const noexcept { return fault_; }
  [[nodiscard]] double lag_seconds() const {
    for (const job& each : jobs_) {
      if (each.item) return std::chrono::duration<double>(link_.steady() - each.since).count();
    }
    return 0;
  }
  void write_metrics(metric_writer& into, std::string_view disk) const {
    const auto number = [](auto value) { return static_cast<double>(value); };
    into.gauge("reprise_disk_queue_used", "Batches or records that wait for the disk.",
               {{"disk", disk}}, number(items_));
    into.gauge("reprise_disk_queue_limit", "How many may.", {{"disk", disk}},
               number(bounds_.items_max));
    into.gauge("reprise_disk_works_used", "Other writes that wait for the disk.", {{"disk", disk}},
               number(works()));
    into.gauge("reprise_disk_works_limit", "How many may.", {{"disk", disk}}, number(works_max));
    into.counter("reprise_disk_failures_total", "Writes that the disk has refused.",
                 {{"disk", disk}}, number(failures_));
    into.counter("reprise_disk_given_up_total", "Batches or records that it refused too long.",
                 {{"disk", disk}}, number(given_up_));
  }

 private:
  struct job {
    std::optional<Item> item;  // or
    work wanted;
    std::function<void(outcome<void>)> then;
    bool must = false;
    steady_time since{};
  };

  [[nodiscard]] std::size_t works() const noexcept { return jobs_.size() - items_; }

  void refuse(std::function<void(outcome<void>)> then, const failure& why) {
    link_.post([then = std::move(then), why] { then(why); });
  }

  void start_next() {
    if (busy_ || ended_ || jobs_.empty()) return;
    busy_ = true;
    if (!jobs_.front().item) {
      link_.ask(disk_, jobs_.front().wanted,
                [this](const outcome<void>& ended) { finish(0, ended); });
      return;
    }
    std::vector<Item> group;
    for (std::size_t weight = 0; group.size() < jobs_.size() && jobs_[group.size()].item;) {
      weight += told_.weight(*jobs_[group.size()].item);
      if (!group.empty() && weight > bounds_.weight_max) break;
      group.push_back(*jobs_[group.size()].item);
    }
    link_.ask(disk_, told_.store_later(group),
              [this, count = group.size()](const outcome<void>& ended) { finish(count, ended); });
  }

  // `items` of the front, or the one work, have been tried.
  void finish(std::size_t items, const outcome<void>& ended) {
    busy_ = false;
    if (!ended && !is_over(ended.error())) return;
    if (ended) end_fault();
    if (items == 0) {
      const job finished = std::move(jobs_.front());
      jobs_.pop_front();
      finished.then(ended);
    }
    for (; items > 0; --items) {
      Item finished = std::move(*jobs_.front().item);
      jobs_.pop_front();
      --items_;
      told_.stored(finished);
    }
    start_next();
  }

  // Whether what has failed is done with; else it is tried again later.
  bool is_over(const failure& failed) {
    if (failed.code == errc::storage_full || failed.code == errc::io_failed) ++failures_;
    if (failed.code == errc::storage_lost) {
      ended_ = true;
      told_.fatal(failed);
    }
    if (ended_ || jobs_.front().must) begin_fault(failed);
    if (!jobs_.front().must) return true;
    if (ended_) return false;
    busy_ = retrying_ = true;
    refuse_works();
    give_up_some();
    (void)link_.after(retry_interval, [this] {
      busy_ = retrying_ = false;
      if (jobs_.empty()) {
        end_fault();  // nothing is left to find out with whether it is
        told_.emptied();
      }
      start_next();
    });
    return false;
  }

  void begin_fault(const failure& failed) {
    const bool is_new = !fault_;
    fault_ = failed;
    if (is_new) told_.fault_begun(failed);
  }
  void end_fault() {
    if (!fault_) return;
    fault_.reset();
    told_.fault_over();
  }

  void refuse_works() {
    std::erase_if(jobs_, [this](job& each) {
      if (each.must) return false;
      refuse(std::move(each.then), *fault_);
      return true;
    });
  }

  void give_up_some() {
    const steady_time oldest = link_.steady() - bounds_.wait_max;
    std::vector<Item> gone;
    std::erase_if(jobs_, [&](job& each) {
      if (!each.item || (each.since >= oldest && items_ <= bounds_.items_max)) return false;
      gone.push_back(std::move(*each.item));
      --items_;
      return true;
    });
    given_up_ += gone.size();
    for (Item& each : gone) told_.given_up(each);
  }

  core_link link_;
  executor& disk_;
  disk_bounds bounds_;
  hooks told_;
  std::deque<job> jobs_;
  bool busy_ = false;      // a task of ours is on the disk's executor, or the retry timer runs
  bool retrying_ = false;  // that timer
  bool ended_ = false;     // storage_lost
  std::optional<failure> fault_;
  std::size_t items_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t given_up_ = 0;
};

}  // namespace reprise
