// A live service in simulated time: its executors with delays of their own, its stores in memory or
// in SQLite, and what it says to others. It can be killed at any moment and started again on what
// its disk holds.
//
// Shapes   ticks begin at world_begin; a channel's expected answers come from a scan of what its
//          store holds, by the reference
// Errors   an audit that finds an engine wrong which does not lie fails the test
// Threads  one
// Owns     everything; what was killed is kept until the end, since its tasks are
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "host/live_service.hpp"
#include "host/simulated_time.hpp"
#include "tests/hostile_content.hpp"
#include "tests/memory_stores.hpp"

namespace reprise {

inline constexpr std::int64_t world_begin = 1'700'000'000;

// What one channel's scan gives.
struct expected_answers {
  std::map<std::int64_t, std::vector<stored_match>> matches;  // by tick
  std::vector<repeat> repeats;                                // by start, lag
};
[[nodiscard]] expected_answers scan_seconds(const std::map<std::int64_t, fingerprint>& seconds,
                                            const search_settings& settings);

// A channel's broadcast: hostile content, second by second, gaps too.
[[nodiscard]] std::map<std::int64_t, fingerprint> make_broadcast(std::uint64_t seed,
                                                                 std::uint32_t reach,
                                                                 std::int64_t from,
                                                                 std::int64_t seconds);

class service_world final : public event_sink, public delivery_sink {
 public:
  explicit service_world(std::uint64_t seed = 1);
  ~service_world();

  // A fresh incarnation on the same disk, which has not started.
  // As make(), and runs until it has started.
  void start();
  // The service alone, not started.
  void prepare();
  void kill();
  void drain();
  void run_for(std::chrono::nanoseconds span) { time.run_for(span); }
  // To the beginning of that second.
  void run_to(std::int64_t second);
  void run_until_ready();

  channel_entry& put(const std::string& name, const channel_settings& settings);
  void poll(const std::string& name, std::int64_t second, const fingerprint* bits,
            gap_reason reason = gap_reason::timeout);  // without bits
  outcome<push_answer> push(const std::string& name, std::vector<recorded_second> seconds);
  // What the channel's store holds.
  [[nodiscard]] std::map<std::int64_t, fingerprint> stored(const std::string& name) const;
  [[nodiscard]] search_settings settings_of(const std::string& name);
  [[nodiscard]] channel_number number_of(const std::string& name) const;
  [[nodiscard]] std::vector<delivery> reports_of(const std::string& name) const;
  [[nodiscard]] std::vector<repeat> repeats_of(const std::string& name) const;
  [[nodiscard]] std::map<std::int64_t, std::vector<stored_match>> matches_of(
      const std::string& name) const;
  // One second of several channels: each tick arrives at a moment of its own; some of those without
  // a fingerprint do not come at all.
  void poll_second(const std::map<std::string, std::map<std::int64_t, fingerprint>>& shown,
                   std::int64_t second);
  // Matches and repeats of that channel are those of a scan of what it has stored.
  void expect_scanned(const std::string& name);
  // A figure of the service: its name, and its labels' values behind a space each.
  [[nodiscard]] double figure(const std::string& name) const;
  [[nodiscard]] std::size_t logged_count(std::string_view beginning) const;
  // Every report is of a tick that matches, once, in order, and says what the scan says.
  void expect_reports(const std::string& name);

  void publish(event told) override { events.push_back(std::move(told)); }
  [[nodiscard]] bool heard() const noexcept override { return true; }
  void enqueue(delivery ready) override { enqueued.push_back(std::move(ready)); }
  void forget(channel_number channel) override { forgotten.push_back(channel); }

  std::mt19937_64 random;
  simulated_scheduler time;
  std::shared_ptr<memory_disk> disk = std::make_shared<memory_disk>();
  service_options options;
  std::function<std::unique_ptr<matcher>()> make_engine;  // the CPU's
  std::unique_ptr<live_service> service;
  std::vector<event> events;
  std::vector<delivery> enqueued;
  std::vector<channel_number> forgotten;
  std::vector<failure> fatal;
  std::vector<std::string> logged;  // "event key=value ..."
  // What the engine is replaced by; whoever lets it lie says so.
  std::function<std::unique_ptr<matcher>(std::unique_ptr<matcher>)> wrap_engine;
  bool engine_lies = false;
  struct threads {
    explicit threads(simulated_scheduler& time, std::mt19937_64& random);
    // No task runs any more.
    void abandon();
    simulated_executor engine, history, state, reader, memory, auditor;
  };
  std::unique_ptr<threads> executors;

 private:
  std::uint64_t seed_;
  std::vector<std::unique_ptr<threads>> dead_;
};

}  // namespace reprise
