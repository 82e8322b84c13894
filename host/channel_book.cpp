#include "host/channel_book.hpp"

#include "host/match/assert.hpp"

namespace reprise {

channel_entry& channel_book::add(channel_number number, std::string name, channel_settings settings,
                                 std::int64_t created_at) {
  auto made = std::make_unique<channel_entry>();
  made->number = number;
  made->name = name;
  made->settings = std::move(settings);
  made->created_at = created_at;
  channel_entry& entry = *made;
  const bool fresh = by_name_.emplace(std::move(name), std::move(made)).second;
  REPRISE_ASSERT(fresh);
  by_number_[number] = &entry;
  for (observer* told : observers_) told->channel_added(entry);
  return entry;
}

void channel_book::change(channel_entry& entry, channel_settings settings) {
  entry.settings = std::move(settings);
  for (observer* told : observers_) told->channel_changed(entry);
}

void channel_book::erase(channel_entry& entry) {
  for (observer* told : observers_) told->channel_erased(entry);
  by_number_.erase(entry.number);
  by_name_.erase(by_name_.find(entry.name));
}

channel_entry* channel_book::find(std::string_view name) noexcept {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second.get();
}

channel_entry* channel_book::find(channel_number number) noexcept {
  const auto found = by_number_.find(number);
  return found == by_number_.end() ? nullptr : found->second;
}

void channel_book::each(const std::function<void(channel_entry&)>& visit) {
  for (auto& [name, entry] : by_name_) visit(*entry);
}

std::vector<channel_entry*> channel_book::list(std::string_view after, std::size_t count) {
  std::vector<channel_entry*> found;
  for (auto at = by_name_.upper_bound(after); at != by_name_.end() && found.size() < count; ++at) {
    found.push_back(at->second.get());
  }
  return found;
}

std::string_view state_of(const channel_entry& entry) noexcept {
  if (!entry.settings.enabled) return "disabled";
  if (entry.health == source_health::down) return "down";
  if (entry.health == source_health::slow) return "slow";
  if (entry.still_since) return "still";
  if (entry.health == source_health::live) return "live";
  return entry.health == source_health::none && entry.last_time ? "live" : "pending";
}

}  // namespace reprise
