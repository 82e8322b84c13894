#include "host/moving_average/minute_change.hpp"

#include <algorithm>
#include <tuple>

namespace reprise {
namespace {

std::vector<minute_change> merged(std::vector<minute_change> changes) {
  const auto key = [](const minute_change& of) { return std::tie(of.client, of.minute); };
  std::sort(changes.begin(), changes.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  std::size_t kept = 0;
  for (const minute_change& each : changes) {
    if (kept > 0 && key(changes[kept - 1]) == key(each)) {
      changes[kept - 1].added += each.added;
    } else {
      changes[kept++] = each;
    }
  }
  changes.resize(kept);
  return changes;
}

minute_change change_of(const delivery_event& event, std::string_view client) {
  return {client, minute_of(event.time).time_since_epoch().count(), {event.duration, 1}};
}

}  // namespace

std::vector<minute_change> changes_of_all(const event_batch& events) {
  std::vector<minute_change> changes;
  changes.reserve(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) changes.push_back(change_of(events[i], ""));
  return merged(std::move(changes));
}

std::vector<minute_change> changes_of_clients(const event_batch& events) {
  std::vector<minute_change> changes;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const delivery_event each = events[i];
    const std::string_view client = each.client_name.value_or("");
    if (!client.empty()) changes.push_back(change_of(each, client));
  }
  return merged(std::move(changes));
}

std::int64_t end_of_touched(std::span<const minute_change> changes, std::size_t index,
                            std::uint32_t window) {
  const std::int64_t end = changes[index].minute + window;
  return index + 1 < changes.size() ? std::min(end, changes[index + 1].minute) : end;
}

}  // namespace reprise
