// Ticks on their way through the service: what is stored of them, what they ask of the engine, and
// what that answered.
//
// Shapes   ticks, contexts and answers of a passage are parallel; a passage from the batcher has at
//          most one tick of each channel, one of stored ticks may have many of one, in order
// Threads  while a passage is on its way its ticks and contexts are read anywhere and written
//          nowhere; its answers are written by the engine, and read by the core once it is matched
// Owns     a passage is shared by the executors that work on it
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/clock.hpp"
#include "host/repeats.hpp"
#include "host/store/history_store.hpp"
#include "host/store/state_store.hpp"

namespace reprise {

// One history in the engine. A channel that is rebuilt gets another one.
using engine_slot = std::uint64_t;
inline constexpr engine_slot no_slot = 0;

struct tick_context {
  engine_slot slot = no_slot;  // no_slot: goes to the disk alone
  steady_time received{};
  bool reportable = false;  // young enough when it was taken
  bool replay = false;      // may have left its records before a restart
  bool told = true;         // events are made of it
  bool passed = false;      // the engine is past it: it goes to the disk alone
  std::optional<double> threshold = {};
  std::optional<std::string> reporting_url = {};
};

struct engine_answer {
  std::optional<errc> error;  // the tick was not taken
  std::vector<stored_match> best;
  std::vector<repeat> opened;
  std::vector<repeat> closed;
  bool still = false;  // as tick_result
  // Since when the picture stands, if it has for a run of seconds or more, however still seconds
  // are searched.
  std::optional<std::int64_t> still_since;
  std::int64_t searchable_seconds = 0;
};

struct passage {
  std::vector<stored_tick> ticks;
  std::vector<tick_context> contexts;
  std::vector<engine_answer> answers;
  bool durable = false;
  bool matched = false;
  bool lost = false;  // the disk was full for too long: it is a gap, and nothing follows from it

  void add(const stored_tick& tick, tick_context context) {
    ticks.push_back(tick);
    contexts.push_back(std::move(context));
  }
};

using shared_passage = std::shared_ptr<passage>;

}  // namespace reprise
