// What the parts of the live service share: the stores and executors that they were given, the
// channels, their lanes and their turns.
//
// Threads  the core executor; `engine` is used on the engine executor alone, the stores likewise on
//          theirs
// Owns     all of it, for as long as the service lives
#pragma once

#include <limits>
#include <span>
#include <string>
#include <vector>

#include "host/channel_lane.hpp"
#include "host/core_link.hpp"
#include "host/fault_log.hpp"
#include "host/live_engine.hpp"
#include "host/live_service.hpp"
#include "host/match/mapped_memory.hpp"
#include "host/turnstile.hpp"

namespace reprise {

struct new_slot {
  engine_slot slot = no_slot;
  search_settings settings;
  bool on_host = false;
  std::vector<repeat> known = {};  // live_engine::resume()
};

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
  // then() is given the errc of live_engine::add(), or what searches the slot. Its memory is made
  // on an executor of its own before: no batch waits for that.
  template <typename Then>
  void add_slot(new_slot added, Then then) {
    ask_engine(
        [added = std::move(added)](live_engine& to) mutable -> result<placed_slot> {
          const auto refused = to.add(added.slot, added.settings, added.on_host);
          if (refused) return *refused;
          to.resume(added.slot, std::move(added.known));
          return placed_slot{std::string{to.backend(added.slot)}, to.memory(added.slot)};
        },
        [this, then = std::move(then)](result<placed_slot> placed) mutable {
          if (!placed) return then(result<std::string>{placed.error()});
          link.ask(
              parts.memory,
              [memory = placed->memory] {
                mapped_memory::populate(memory);
                return true;
              },
              [backend = std::move(placed->backend), then = std::move(then)](bool) mutable {
                then(result<std::string>{std::move(backend)});
              });
        });
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

 private:
  struct placed_slot {
    std::string backend;
    std::span<std::byte> memory;
  };
};

}  // namespace reprise
