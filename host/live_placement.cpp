// What the service asks of its engine each second: which backend has each channel, how much memory
// all of them take, and which repeats are open.
#include <algorithm>
#include <map>
#include <utility>

#include "host/live_service_parts.hpp"

namespace reprise {

struct joined_service::engine_look {
  struct asked_slot {
    channel_number number = 0;
    engine_slot slot = no_slot;
    bool wants_open = false;
    std::string_view backend = {};  // of the engine, as long as it lives
  };
  std::vector<asked_slot> slots;
  std::vector<std::pair<channel_number, std::vector<repeat>>> open;
  engine_figures figures;
};

// Open repeats are put down as far as they have come, so that a restart can go on with them: a
// share of the channels each second, or all.
void joined_service::look_at_engine(std::optional<std::uint64_t> share) {
  engine_look asked;
  for (const auto& [number, lane] : core_.lanes) {
    const bool has_turn =
        !share || static_cast<std::uint64_t>(number) % extend_open_seconds == *share;
    if (lane->slot != no_slot) asked.slots.push_back({number, lane->slot, has_turn});
  }
  core_.ask_engine(
      [looked = std::move(asked), memory = core_.parts.budget](live_engine& engine) mutable {
        looked.figures = {.slots = engine.slots(),
                          .bytes = engine.bytes(),
                          .repeats_dropped = engine.repeats_dropped(),
                          .devices = engine.devices()};
        if (memory) {
          looked.figures.memory_used = memory->bytes_used();
          looked.figures.memory_limit = memory->bytes_max();
        }
        for (auto& each : looked.slots) {
          each.backend = engine.backend(each.slot);
          if (!each.wants_open) continue;
          auto open = engine.open_repeats(each.slot);
          if (!open.empty()) looked.open.emplace_back(each.number, std::move(open));
        }
        return std::move(looked);
      },
      [this](engine_look looked) { take_look(std::move(looked)); });
}

void joined_service::take_look(engine_look looked) {
  figures_ = std::move(looked.figures);
  for (const auto& each : looked.slots) {
    channel_lane* const lane = core_.lane(each.number);
    if (lane == nullptr || lane->slot != each.slot) continue;
    if (!each.backend.empty()) {
      if (lane->entry->engine != each.backend) lane->entry->engine = each.backend;
      continue;
    }
    // Lost, and no tick on its way that will say so.
    const bool is_idle = lane->passages == 0 && lane->holds == 0 && !lane->loading;
    if (is_idle && !core_.draining) pipeline_.lose(*lane, lane->slot);
  }
  std::erase_if(looked.open,
                [this](const auto& each) { return core_.lane(each.first) == nullptr; });
  if (looked.open.empty()) return;
  pipeline_.write_state<void>(
      [open = std::move(looked.open)](state_writer& writer) -> outcome<void> {
        for (const auto& [number, repeats] : open) {
          if (auto put = writer.extend_open(number, repeats); !put) return put;
        }
        return {};
      },
      core_.faults.ignore_but_log("open repeats"));
}

void joined_service::write_engine_metrics(metric_writer& into) const {
  const auto number = [](auto value) { return static_cast<double>(value); };
  into.gauge("reprise_engine_channels", "Histories in the engine.", {}, number(figures_.slots));
  into.gauge("reprise_engine_bytes", "Memory of the histories.", {}, number(figures_.bytes));
  if (core_.parts.budget) {
    into.gauge("reprise_engine_memory_used_bytes", "Host memory that the histories may come to.",
               {}, number(figures_.memory_used));
    into.gauge("reprise_engine_memory_limit_bytes", "How much they may.", {},
               number(figures_.memory_limit));
  }
  for (const device_use& each : figures_.devices) {
    const std::string device{each.device};
    into.gauge("reprise_device_memory_used_bytes", "Memory of a device that the histories take.",
               {{"device", device}}, number(each.bytes));
    into.gauge("reprise_device_memory_limit_bytes", "How much they may.", {{"device", device}},
               number(each.bytes_max));
  }
  std::map<std::string_view, std::size_t> backends{{"loading", 0}, {engine_unplaced, 0}};
  for (const auto& [channel, lane] : core_.lanes) {
    const std::string& engine = lane->entry->engine;
    ++backends[engine.empty() ? "loading" : std::string_view{engine}];
  }
  for (const auto& [backend, channels] : backends) {
    into.gauge("reprise_engine", "Channels by what searches them.",
               {{"backend", std::string{backend}}}, number(channels));
  }
  into.counter("reprise_repeats_dropped_total", "Repeats that had no place among the open ones.",
               {}, number(figures_.repeats_dropped));
}

}  // namespace reprise
