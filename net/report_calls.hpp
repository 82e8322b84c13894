// One-shot calls of an outside scheduler: fetch one channel's fingerprint now, have it matched, and
// answer with the report.
//
// Shapes   the tick is the one in which the call comes. What comes again in that tick, for the same
//          channel, waits for the first call and gets its answer; only calls that the service could
//          not take at all (overloaded, stopping, storage) may be made again
// Errors   of `done`: not_found; overloaded, when calls_max channels have a call in this tick;
//          those of live_service. A source that fails is no failure here but a gap
// Threads  the core executor; `done` is called there, once, maybe inside call()
// Owns     calls go on after whoever made them has gone: the tick is taken
// Source   HTTP, POST /report, docs/design.md
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/live_service.hpp"
#include "net/http_exchange.hpp"

namespace reprise {

struct report_call {
  std::string channel;
  std::string source_url;  // empty: the channel's own
  tick_overrides overrides;
};

struct report_answer {
  tick_answer tick;  // with a reason: the source failed, for this call or for a poll of the tick
  std::string what;  // of the failure
};

class report_calls : public std::enable_shared_from_this<report_calls> {
 public:
  static constexpr std::size_t calls_max = 20'000;
  // A channel that was made for a call takes a moment until it can be searched.
  static constexpr std::chrono::milliseconds load_wait_max{2'000};

  // `deadline` of a fetch is read on the core at each call: it may change there.
  report_calls(live_service& service, scheduler& core, http_exchange& exchange,
               const std::chrono::milliseconds& deadline);
  void call(report_call asked, done<report_answer> done);

 private:
  struct tick_call {
    std::int64_t tick = 0;
    channel_number channel = 0;
    report_call asked;
    arrival arrived;
    std::string what;  // is wrong with it
    std::vector<done<report_answer>> waiting;
    std::optional<report_answer> answer;
  };

  [[nodiscard]] bool make_room(std::int64_t tick);
  void fetch(const std::shared_ptr<tick_call>& of, const channel_settings& settings);
  void take(const std::shared_ptr<tick_call>& of, steady_time until);
  void finish(const std::shared_ptr<tick_call>& of, outcome<report_answer> answer);

  live_service& service_;
  scheduler& core_;
  http_exchange& exchange_;
  const std::chrono::milliseconds& deadline_;
  std::map<std::string, std::shared_ptr<tick_call>, std::less<>> calls_;  // the newest of a channel
};

}  // namespace reprise
