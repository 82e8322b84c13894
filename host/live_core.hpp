// What the parts of the live service share: the stores and executors that they were given, the
// channels, their lanes and their turns.
//
// Threads  the core executor; `engine` is used on the engine executor alone, the stores likewise on
//          theirs
// Owns     all of it, for as long as the service lives
#pragma once

#include <limits>
#include <string>

#include "host/channel_lane.hpp"
#include "host/core_link.hpp"
#include "host/fault_log.hpp"
#include "host/live_engine.hpp"
#include "host/live_service.hpp"
#include "host/turnstile.hpp"

namespace reprise {

struct live_core {
  live_core(service_parts given, const service_options& chosen)
      : parts{std::move(given)},
        options{chosen},
        by{parts.engine_at->parameters()},
        engine{std::move(parts.engine_at)},
        faults{parts.log},
        link{parts.core} {}

  [[nodiscard]] channel_lane* lane(channel_number number) const {
    const auto found = lanes.find(number);
    return found == lanes.end() ? nullptr : found->second.get();
  }
  [[nodiscard]] channel_lane* lane(const std::string& name) {
    const channel_entry* entry = book.find(std::string_view{name});
    return entry == nullptr ? nullptr : lane(entry->number);
  }
  [[nodiscard]] search_settings settings_of(const channel_settings& channel) const {
    return search_settings_of(channel, options.defaults, by);
  }
  template <typename Work, typename Then>
  void ask_engine(Work work, Then then) {
    link.ask(
        parts.engine, [this, work = std::move(work)]() mutable { return work(engine); },
        std::move(then));
  }

  service_parts parts;
  service_options options;
  rule by;
  live_engine engine;
  channel_book book;
  channel_lanes lanes;
  turnstile turns;
  engine_slot next_slot = 1;
  std::int64_t started_at = 0;   // tick
  std::int64_t alive_until = 0;  // the newest tick that was stored before that
  // Stored seconds before it may be gone.
  std::int64_t expired_before = std::numeric_limits<std::int64_t>::min();
  bool draining = false;
  fault_log faults;
  core_link link;
};

}  // namespace reprise
