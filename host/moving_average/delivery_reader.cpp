#include "host/match/assert.hpp"
#include "host/moving_average/delivery_store.hpp"

namespace reprise {
namespace {

class library_delivery_reader final : public delivery_reader {
 public:
  explicit library_delivery_reader(library_file& file) : file_{file} {}

  outcome<std::vector<duration_total>> averages(std::uint32_t window_minutes, event_minute from,
                                                event_minute to,
                                                const std::string& client) override {
    REPRISE_ASSERT(from <= to);
    const span asked{window_minutes, from.time_since_epoch().count(),
                     to.time_since_epoch().count()};
    REPRISE_ASSERT(asked.size() <= averages_read_max);
    return file_.read([&](library_reading& on) -> outcome<std::vector<duration_total>> {
      if (!client.empty()) return computed(on, asked, client);
      auto row = on.events.has_window.select(window_minutes);
      const auto is_kept = row.next();
      if (!is_kept) return is_kept.error();
      return *is_kept ? kept(on, asked) : computed(on, asked, client);
    });
  }

 private:
  struct span {
    std::uint32_t window_minutes;
    std::int64_t from, to;
    [[nodiscard]] std::size_t size() const noexcept {
      return static_cast<std::size_t>(to - from) + 1;
    }
  };

  static outcome<std::vector<duration_total>> kept(library_reading& on, const span& asked) {
    std::vector<duration_total> made(asked.size());
    auto row = on.events.averages.select(asked.window_minutes, asked.from, asked.to);
    for (;;) {
      const auto more = row.next();
      if (!more) return more.error();
      if (!*more) return made;
      const auto total = total_at(on.db, row, 1);
      if (!total) return total.error();
      made[static_cast<std::size_t>(row.integer(0) - asked.from)] = *total;
    }
  }

  static outcome<std::vector<duration_total>> computed(library_reading& on, const span& asked,
                                                       const std::string& client) {
    std::vector<duration_total> made;
    made.reserve(asked.size());
    const auto at = [](std::int64_t minute) { return event_minute{std::chrono::minutes{minute}}; };
    sliding_total sliding{std::chrono::minutes{asked.window_minutes}};
    const auto date = [&] { return asked.from + static_cast<std::int64_t>(made.size()); };
    const auto give_before = [&](std::int64_t end) {
      while (date() < end) {
        sliding.go_to(at(date()));
        made.push_back(sliding.total());
      }
    };
    auto row = on.events.sums.select(client, asked.from - asked.window_minutes + 1, asked.to);
    for (;;) {
      const auto more = row.next();
      if (!more) return more.error();
      if (!*more) break;
      const auto total = total_at(on.db, row, 1);
      if (!total) return total.error();
      give_before(row.integer(0));
      sliding.go_to(at(row.integer(0)));
      if (!sliding.total().has_room_for(*total)) {
        return failure{errc::out_of_range, "more events than can be summed"};
      }
      sliding.add(*total);
    }
    give_before(asked.to + 1);
    return made;
  }

  library_file& file_;
};

}  // namespace

std::unique_ptr<delivery_reader> make_delivery_reader(library_file& on) {
  return std::make_unique<library_delivery_reader>(on);
}

}  // namespace reprise
