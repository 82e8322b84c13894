// A whole service in one thread: poller, live service on its SQLite stores over a disk that fails,
// and reporter, on simulated time and a simulated network. The power goes in the middle of it.
//
// Shapes   a day begins at day_begin; channel i is of source i, named channel_name(i). Even
//          channels have X-Frame-Time, odd ones do not; some search by settings of their own
// Errors   what must not happen fails the test
// Threads  one
// Owns     all of it
//
// Everything is a function of the plan: the same plan leaves the same bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/live_service.hpp"
#include "host/random_source.hpp"
#include "host/simulated_time.hpp"
#include "net/poller.hpp"
#include "net/reporter.hpp"
#include "tests/failing_disk.hpp"
#include "tests/simulated_network.hpp"

namespace reprise {

inline constexpr std::int64_t day_begin = 1'700'000'000;

struct day_plan {
  std::uint64_t seed = 1;
  std::uint32_t channels = 8;
  std::int64_t ticks = 7'200;
};

// A scheduler of a process that may be killed: then none of its tasks runs any more.
class mortal_scheduler final : public scheduler {
 public:
  explicit mortal_scheduler(simulated_scheduler& time) : time_{time} {}
  void post(task run) override { time_.post(while_alive(std::move(run))); }
  [[nodiscard]] timer_id at(steady_time when, task run) override {
    return time_.at(when, while_alive(std::move(run)));
  }
  void cancel(timer_id cancelled) override { time_.cancel(cancelled); }
  [[nodiscard]] const clock_source& clock() const noexcept override { return time_.clock(); }
  void kill() { *alive_ = false; }

 private:
  [[nodiscard]] task while_alive(task run) const {
    return [alive = alive_, run = std::move(run)] {
      if (*alive) run();
    };
  }
  simulated_scheduler& time_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// What the poller has handed on for a tick: its arrivals, and when the power went the newest tick
// that the service called durable.
struct handed_ticks {
  std::set<std::int64_t> fingerprints;
  std::optional<std::int64_t> durable_at_kill;
  std::optional<std::int64_t> oldest;  // gaps, too
  std::optional<std::int64_t> newest;  // likewise
  std::optional<std::int64_t> newest_at_kill;
};

class simulated_day final : public event_sink, public arrival_sink {
 public:
  explicit simulated_day(const day_plan& plan);
  ~simulated_day();

  // The day, and what is owed at its end.
  void run();

  [[nodiscard]] static std::string channel_name(std::uint32_t channel);
  [[nodiscard]] search_settings searched_by(std::uint32_t channel) const;
  // What is asked once the day is over.
  [[nodiscard]] const channel_entry& entry(std::uint32_t channel);
  [[nodiscard]] std::vector<recorded_second> exported(std::uint32_t channel);
  [[nodiscard]] gap_counts gaps(std::uint32_t channel);
  [[nodiscard]] const handed_ticks& handed(std::uint32_t channel);
  [[nodiscard]] const simulated_network& network() const noexcept { return network_; }
  [[nodiscard]] std::int64_t now() const { return tick_of(time_.clock().wall()); }
  // Whole seconds in which no service ran, and the first of them.
  [[nodiscard]] std::int64_t down_from() const noexcept { return down_from_; }
  [[nodiscard]] std::int64_t seconds_down() const noexcept { return seconds_down_; }

  void take(const arrival& arrived) override;
  void publish(event told) override { told_ += told.data.size(); }
  [[nodiscard]] bool heard() const noexcept override { return true; }

 private:
  struct process;

  [[nodiscard]] channel_settings settings_of(std::uint32_t channel) const;
  [[nodiscard]] simulated_source source_of(std::uint32_t channel) const;
  void start();
  void kill();
  void put_channels();
  void run_to(std::int64_t second);
  void wait_until(const std::function<bool()>& over, std::chrono::seconds longest);
  // Calls `ask` with a callback, and waits for it.
  template <typename T, typename Ask>
  T answer(Ask ask);

  day_plan plan_;
  simulated_scheduler time_{start_of_tick(day_begin)};
  simulated_network network_;
  failing_disk disk_;
  service_options options_;
  std::unique_ptr<process> process_;
  std::vector<std::unique_ptr<process>> dead_;  // their tasks still wait
  std::map<channel_number, handed_ticks> handed_;
  std::int64_t down_from_ = 0;
  std::int64_t seconds_down_ = 0;
  std::size_t told_ = 0;
};

}  // namespace reprise
