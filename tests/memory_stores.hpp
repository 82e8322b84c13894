// The stores in memory: what the interfaces promise, on a disk that lives longer than the service
// and fails when it is told to.
//
// Shapes   what a call has written is durable when it returns; a kill is what keeps calls from
//          being made
// Threads  one
// Owns     the disk is shared with whoever looks at it
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/store/history_store.hpp"
#include "host/store/state_store.hpp"

namespace reprise {

struct memory_disk {
  // history.db
  std::map<channel_number, std::map<std::int64_t, stored_tick>> ticks;
  std::vector<outage> outages;
  std::vector<channel_number> forgotten;
  std::uint64_t commits = 0;
  std::uint64_t maintained = 0;
  std::uint64_t damaged = 0;
  std::uint64_t rescued = 0;
  std::set<channel_number> unreadable;
  std::optional<errc> history_fault;

  // state.db
  std::map<channel_number, stored_channel> channels;
  std::vector<stored_key> keys;
  std::map<std::pair<channel_number, std::int64_t>, std::vector<stored_match>> matches;
  std::map<channel_number, std::vector<repeat>> repeats;
  std::vector<delivery> deliveries;
  channel_number next_channel = 1;
  std::optional<errc> state_fault;
};

[[nodiscard]] history_files open_memory_history(std::shared_ptr<memory_disk> disk);
[[nodiscard]] state_files open_memory_state(std::shared_ptr<memory_disk> disk);

}  // namespace reprise
