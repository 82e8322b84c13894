// A poller over simulated time and simulated sources, with everything that it hands on written
// down.
//
// Threads  one
// Owns     all of it
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/simulated_time.hpp"
#include "net/poller.hpp"
#include "tests/simulated_sources.hpp"

namespace reprise {

// Simulated time in which the process stands still for a while: what is due then runs afterwards.
// Pauses are told before they begin, and before anything is planned for them.
class pausing_scheduler final : public scheduler {
 public:
  explicit pausing_scheduler(wall_time begin) : time{begin} {}
  void post(task run) override { time.post(std::move(run)); }
  [[nodiscard]] timer_id at(steady_time when, task run) override {
    for (const auto& [from, to] : pauses_) {
      if (when >= from && when < to) when = to;
    }
    return time.at(when, std::move(run));
  }
  void cancel(timer_id cancelled) override { time.cancel(cancelled); }
  [[nodiscard]] const clock_source& clock() const noexcept override { return time.clock(); }
  void pause(steady_time from, steady_time to) { pauses_.emplace_back(from, to); }

  simulated_scheduler time;

 private:
  std::vector<std::pair<steady_time, steady_time>> pauses_;
};

class polled_world final : public arrival_sink, public event_sink {
 public:
  static constexpr std::int64_t first_tick = 1'700'000'000;

  explicit polled_world(const poller_options& options = {}) { restart(options); }
  // With the channels that are in the book.
  void restart(const poller_options& options = {}) {
    polls.reset();
    poller_parts parts{
        core,
        sources,
        book,
        *this,
        *this,
        [this](const outage& one) { outages.push_back(one); },
        [this](log_level level, std::string_view event, std::initializer_list<log_field> fields) {
          lines.push_back(log_line(log_format::text, {}, level, event, fields)
                              .substr(std::string_view{"00:00:00.000 "}.size()));
        }};
    polls = std::make_unique<poller>(std::move(parts), options);
  }

  // A channel of its own source; numbers begin at 1, sources at 0.
  channel_entry& add(simulated_source source) {
    const std::size_t at = sources.add(std::move(source));
    channel_settings settings;
    settings.source_url = simulated_sources::url(at);
    const auto number = static_cast<channel_number>(at + 1);
    std::string name{"c"};
    name += std::to_string(number);
    return book.add(number, std::move(name), settings, first_tick);
  }
  // A source whose content changes in the middle of our second.
  channel_entry& add_plain() { return add({{0.5, 0, 0, 0.01, 7}, false, {}}); }

  void run_for(std::chrono::nanoseconds span) { core.time.run_for(span); }
  [[nodiscard]] steady_time after(std::chrono::nanoseconds span) const {
    return core.clock().steady() + span;
  }

  void take(const arrival& arrived) override { arrivals[arrived.channel].push_back(arrived); }
  void publish(event told) override { events.push_back(std::move(told)); }
  [[nodiscard]] bool heard() const noexcept override { return true; }

  [[nodiscard]] std::vector<std::int64_t> times(channel_number channel) {
    std::vector<std::int64_t> made;
    for (const arrival& one : arrivals[channel]) made.push_back(one.time);
    return made;
  }
  [[nodiscard]] std::size_t count(channel_number channel, gap_reason reason) {
    const auto& all = arrivals[channel];
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const arrival& one) { return one.reason == reason; }));
  }
  // One arrival at each tick from the first to the last.
  [[nodiscard]] bool without_holes(channel_number channel) {
    const auto& all = arrivals[channel];
    for (std::size_t i = 1; i < all.size(); ++i) {
      if (all[i].time != all[i - 1].time + 1) return false;
    }
    return !all.empty();
  }

  pausing_scheduler core{start_of_tick(first_tick)};
  simulated_sources sources{core};
  channel_book book;
  std::map<channel_number, std::vector<arrival>> arrivals;
  std::vector<outage> outages;
  std::vector<event> events;
  std::vector<std::string> lines;
  std::unique_ptr<poller> polls;
};

}  // namespace reprise
