#include <algorithm>
#include <set>

#include "host/match/assert.hpp"
#include "host/moving_average/average_windows.hpp"
#include "host/moving_average/delivery_store.hpp"
#include "host/moving_average/minute_change.hpp"

namespace reprise {
namespace {

// From here on the log gives its room back at once.
constexpr std::uint64_t fold_rows = 200'000;
// One transaction of an expiry.
constexpr std::uint32_t expired_events_max = 1'024;
constexpr std::uint64_t expired_rows_max = 65'536;

std::int64_t number_of(event_time time) noexcept {
  return time.time_since_epoch().count();
}

failure too_many() {
  return {errc::out_of_range, "more events than can be summed"};
}

std::uint64_t touched_by(std::span<const minute_change> changes, std::uint32_t window) {
  std::uint64_t dates = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    dates += static_cast<std::uint64_t>(end_of_touched(changes, i, window) - changes[i].minute);
  }
  return dates;
}

// Adds to the row (key, minute), or makes it.
template <typename Key>
outcome<void> add_to(sqlite::connection& db, sqlite::statement& find, sqlite::statement& put,
                     const Key& key, std::int64_t minute, const duration_total& added,
                     std::int64_t touched) {
  duration_total total;
  {
    auto row = find.select(key, minute);
    const auto there = row.next();
    if (!there) return there.error();
    if (*there) {
      const auto read = total_at(db, row, 0);
      if (!read) return read.error();
      total = *read;
      touched = std::max(touched, row.integer(2));
    }
  }
  if (!total.has_room_for(added)) return too_many();
  total += added;
  const auto sum = total.sum.encode();
  return put.run(key, minute, std::span<const std::byte>{sum}, total.count, touched);
}

// What goes in one transaction.
struct expiry {
  std::uint64_t events = 0;
  std::int64_t received = 0, number = 0;  // of the last event that goes
  std::set<std::pair<std::string, std::int64_t>> client_minutes;
  std::set<std::int64_t> minutes;
};

class library_delivery_writer final : public delivery_writer {
 public:
  library_delivery_writer(library_file& file, std::vector<std::uint32_t> windows)
      : file_{file}, windows_{std::move(windows)} {}

  outcome<void> prepare() override {
    if (is_aligned_) return {};
    return write([](library_writing&) { return outcome<void>{}; });
  }

  outcome<void> add(const event_batch& events, event_time received) override {
    const auto of_all = changes_of_all(events), of_clients = changes_of_clients(events);
    std::uint64_t touched = 0;
    for (const std::uint32_t window : windows_) touched += touched_by(of_all, window);
    if (touched > touched_averages_max) {
      return failure{errc::out_of_range,
                     "the events touch " + std::to_string(touched) + " averages, more than " +
                         std::to_string(touched_averages_max) + ": send fewer minutes at once"};
    }
    auto added = write([&](library_writing& on) -> outcome<void> {
      if (auto done = insert(on, events, received); !done) return done;
      for (const auto* changes : {&of_all, &of_clients}) {
        if (auto done = add_to_sums(on, *changes, number_of(received)); !done) return done;
      }
      for (const std::uint32_t window : windows_) {
        auto done = add_to_averages(on, window, of_all, number_of(received));
        if (!done) return done;
      }
      return {};
    });
    if (events.size() + touched >= fold_rows) file_.fold();
    return added;
  }

  outcome<std::uint64_t> expire(event_time before) override {
    return write([&](library_writing& on) -> outcome<std::uint64_t> {
      const auto gone = find_expired(on, number_of(before));
      if (!gone) return gone.error();
      if (gone->events == 0) return 0U;
      if (const auto removed = remove(on, *gone, number_of(before)); !removed) {
        return removed.error();
      }
      return gone->events;
    });
  }

 private:
  template <typename Work>
  auto write(const Work& work) -> decltype(work(std::declval<library_writing&>())) {
    auto done = file_.write([&](library_writing& on) -> decltype(work(on)) {
      if (!is_aligned_) {
        const auto aligned = align_windows(on.db, on.events, windows_);
        if (!aligned) return aligned.error();
      }
      return work(on);
    });
    if (done) is_aligned_ = true;
    return done;
  }

  static outcome<void> insert(library_writing& on, const event_batch& events, event_time received) {
    std::int64_t number = 0;  // of the last one
    {
      auto row = on.events.newest_number.select(number_of(received));
      const auto there = row.next();
      if (!there) return there.error();
      if (*there && !row.is_null(0)) number = row.integer(0);
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
      const delivery_event each = events[i];
      const auto duration = each.duration.encode();
      const auto inserted = on.events.insert_event.run(
          number_of(received), ++number, number_of(each.time), each.translation_id,
          each.source_language, each.target_language, each.client_name, each.event_name,
          each.nr_words, std::span<const std::byte>{duration});
      if (!inserted) return inserted;
    }
    return {};
  }

  static outcome<void> add_to_sums(library_writing& on, std::span<const minute_change> changes,
                                   std::int64_t received) {
    for (const minute_change& each : changes) {
      auto added = add_to(on.db, on.events.find_sum, on.events.put_sum, each.client, each.minute,
                          each.added, received);
      if (!added) return added;
    }
    return {};
  }

  static outcome<void> add_to_averages(library_writing& on, std::uint32_t window,
                                       std::span<const minute_change> changes,
                                       std::int64_t received) {
    sliding_total sliding{std::chrono::minutes{window}};
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const std::int64_t end = end_of_touched(changes, i, window);
      for (std::int64_t date = changes[i].minute; date < end; ++date) {
        sliding.go_to(event_minute{std::chrono::minutes{date}});
        if (date == changes[i].minute) sliding.add(changes[i].added);
        auto added = add_to(on.db, on.events.find_average, on.events.put_average, window, date,
                            sliding.total(), received);
        if (!added) return added;
      }
    }
    return {};
  }

  [[nodiscard]] outcome<expiry> find_expired(library_writing& on, std::int64_t before) const {
    std::uint64_t rows_of_minute = 0;  // averages
    for (const std::uint32_t window : windows_) rows_of_minute += window;
    expiry made;
    auto row = on.events.expired.select(before, expired_events_max);
    for (;;) {
      const auto more = row.next();
      if (!more) return more.error();
      if (!*more || made.minutes.size() * rows_of_minute >= expired_rows_max) return made;
      ++made.events;
      made.received = row.integer(0);
      made.number = row.integer(1);
      const event_time time{std::chrono::microseconds{row.integer(2)}};
      const std::int64_t minute = minute_of(time).time_since_epoch().count();
      made.minutes.insert(minute);
      made.client_minutes.emplace("", minute);
      if (!row.is_null(3)) made.client_minutes.emplace(row.text(3), minute);
    }
  }

  // The last event of a sum or an average has touched it last: with it they go.
  outcome<void> remove(library_writing& on, const expiry& gone, std::int64_t before) const {
    if (auto done = on.events.remove_events.run(gone.received, gone.number); !done) return done;
    for (const auto& [client, minute] : gone.client_minutes) {
      if (auto done = on.events.remove_sum.run(client, minute, before); !done) return done;
    }
    for (const std::uint32_t window : windows_) {
      for (auto each = gone.minutes.begin(); each != gone.minutes.end();) {
        const std::int64_t from = *each;
        const std::int64_t end = from + window;
        const std::int64_t to = ++each == gone.minutes.end() ? end : std::min(end, *each);
        auto done = on.events.remove_averages.run(window, from, to - 1, before);
        if (!done) return done;
      }
    }
    return {};
  }

  library_file& file_;
  std::vector<std::uint32_t> windows_;
  bool is_aligned_ = false;  // the file has the averages of these windows
};

}  // namespace

std::unique_ptr<delivery_writer> make_delivery_writer(library_file& on,
                                                      std::vector<std::uint32_t> windows) {
  REPRISE_ASSERT(windows.size() <= configured_windows_max);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    REPRISE_ASSERT(windows[i] >= 1);
    REPRISE_ASSERT(windows[i] <= configured_window_minutes_max);
    const auto behind = windows.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    REPRISE_ASSERT(std::find(behind, windows.end(), windows[i]) == windows.end());
  }
  return std::make_unique<library_delivery_writer>(on, std::move(windows));
}

}  // namespace reprise
