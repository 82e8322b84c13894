#include "host/moving_average/average_windows.hpp"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

namespace reprise {
namespace {

// The greatest of what the minutes of a window were touched at.
class sliding_latest {
 public:
  explicit sliding_latest(std::uint32_t window) : window_{window} {}
  void add(std::int64_t minute, std::int64_t touched) {
    while (!kept_.empty() && kept_.back().second <= touched) kept_.pop_back();
    kept_.emplace_back(minute, touched);
  }
  // The window holds a minute that was added.
  [[nodiscard]] std::int64_t at(std::int64_t date) {
    while (kept_.front().first <= date - window_) kept_.pop_front();
    return kept_.front().second;
  }

 private:
  std::uint32_t window_;
  std::deque<std::pair<std::int64_t, std::int64_t>> kept_;  // later ones are less
};

// Takes the sums of the minutes in order, and writes each average when no later one is in it.
class window_filling {
 public:
  window_filling(event_writing_tables& on, std::uint32_t window)
      : on_{on}, window_{window}, sliding_{std::chrono::minutes{window}}, latest_{window} {}

  outcome<void> add(std::int64_t minute, const duration_total& total, std::int64_t touched) {
    if (auto written = write_before(minute); !written) return written;
    sliding_.go_to(event_minute{std::chrono::minutes{minute}});
    if (!sliding_.total().has_room_for(total)) {
      return failure{errc::out_of_range, "more events than can be summed"};
    }
    sliding_.add(total);
    latest_.add(minute, touched);
    next_ = minute;
    end_ = minute + window_;
    return {};
  }
  outcome<void> finish() { return write_before(end_); }

 private:
  outcome<void> write_before(std::int64_t minute) {
    for (; next_ < std::min(minute, end_); ++next_) {
      sliding_.go_to(event_minute{std::chrono::minutes{next_}});
      const duration_total& total = sliding_.total();
      const auto sum = total.sum.encode();
      const auto put = on_.put_average.run(window_, next_, std::span<const std::byte>{sum},
                                           total.count, latest_.at(next_));
      if (!put) return put.error();
    }
    return {};
  }

  event_writing_tables& on_;
  std::uint32_t window_;
  sliding_total sliding_;
  sliding_latest latest_;
  std::int64_t next_ = 0, end_ = 0;  // of the dates that the minutes so far touch
};

outcome<void> fill(sqlite::connection& db, event_writing_tables& on, std::uint32_t window) {
  window_filling filling{on, window};
  auto row = on.all_sums.select();
  for (;;) {
    const auto more = row.next();
    if (!more) return more.error();
    if (!*more) return filling.finish();
    const auto total = total_at(db, row, 1);
    if (!total) return total.error();
    if (auto added = filling.add(row.integer(0), *total, row.integer(3)); !added) return added;
  }
}

outcome<std::vector<std::uint32_t>> kept_windows(event_writing_tables& on) {
  std::vector<std::uint32_t> kept;
  for (;;) {
    auto row = on.next_window.select(kept.empty() ? 0U : kept.back());
    const auto there = row.next();
    if (!there) return there.error();
    if (!*there || row.is_null(0)) return kept;
    kept.push_back(static_cast<std::uint32_t>(row.integer(0)));
  }
}

bool has(std::span<const std::uint32_t> windows, std::uint32_t window) {
  return std::find(windows.begin(), windows.end(), window) != windows.end();
}

}  // namespace

outcome<void> align_windows(sqlite::connection& db, event_writing_tables& on,
                            std::span<const std::uint32_t> windows) {
  const auto kept = kept_windows(on);
  if (!kept) return kept.error();
  for (const std::uint32_t window : *kept) {
    if (has(windows, window)) continue;
    if (auto removed = on.remove_window.run(window); !removed) return removed;
  }
  for (const std::uint32_t window : windows) {
    if (has(*kept, window)) continue;
    if (auto filled = fill(db, on, window); !filled) return filled;
  }
  return {};
}

}  // namespace reprise
