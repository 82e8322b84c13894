#include "host/moving_average/minute_teller.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "host/json_text.hpp"
#include "host/moving_average/average_row.hpp"

namespace reprise {
namespace {

// The clock may step meanwhile: it is looked at this often at least.
constexpr std::chrono::seconds look_each{1};

}  // namespace

minute_teller::minute_teller(scheduler& core, executor& writer, executor& reader,
                             delivery_reader& store, event_sink& events,
                             std::vector<std::uint32_t> windows)
    : writer_{writer},
      reader_{reader},
      store_{store},
      events_{events},
      windows_{std::move(windows)},
      link_{core} {}

void minute_teller::start() {
  told_ = settled();
  look();
}

event_minute minute_teller::settled() const {
  return std::chrono::floor<std::chrono::minutes>(link_.clock().wall() - settle_time);
}

void minute_teller::look() {
  const event_minute minute = settled();
  if (minute > told_) tell(minute);
  if (minute > told_ || minute < told_ - step_back_max) told_ = minute;
  const auto next = minute + std::chrono::minutes{1} + settle_time - link_.clock().wall();
  (void)link_.after(std::min<std::chrono::nanoseconds>(next, look_each), [this] { look(); });
}

void minute_teller::tell(event_minute minute) {
  if (!events_.heard()) return;
  const auto pass_by = [] { return true; };
  link_.ask(writer_, pass_by, [this, minute](bool) { read(minute); });
}

void minute_teller::read(event_minute minute) {
  const auto averages_of = [&store = store_, windows = windows_, minute] {
    std::vector<outcome<std::vector<duration_total>>> averages;
    averages.reserve(windows.size());
    for (const std::uint32_t window : windows) {
      averages.push_back(store.averages(window, minute, minute, {}));
    }
    return averages;
  };
  link_.ask(reader_, averages_of,
            [this, minute](const std::vector<outcome<std::vector<duration_total>>>& averages) {
              for (std::size_t i = 0; i < averages.size(); ++i) {
                if (!averages[i]) continue;
                std::string data = "{\"date\":\"";
                append_minute(data, minute);
                data += "\",\"window_size\":";
                append_number(data, static_cast<std::int64_t>(windows_[i]));
                data += ",\"average_delivery_time\":";
                append_mean(data, averages[i]->front().mean());
                data += '}';
                events_.publish({"moving_average", {}, std::move(data)});
              }
            });
}

}  // namespace reprise
