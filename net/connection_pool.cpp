#include "net/connection_pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "host/match/assert.hpp"

namespace reprise {

std::unique_ptr<connection> connection_pool::take(const connection_key& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  std::unique_ptr<connection> taken;
  while (!taken && !found->second.empty()) {
    const place newest = found->second.back();
    found->second.pop_back();
    if (newest->open->is_quiet()) taken = std::move(newest->open);
    by_age_.erase(newest);
  }
  if (found->second.empty()) by_key_.erase(found);
  return taken;
}

void connection_pool::keep(const connection_key& key, std::unique_ptr<connection> idle,
                           steady_time now) {
  if (by_age_.size() >= idle_max_) drop_oldest();
  const auto found = by_key_.find(key);
  if (found != by_key_.end() && found->second.size() >= idle_host_max_) {
    drop(found->second.front());
  }
  by_age_.push_back({key, std::move(idle), now});
  by_key_[key].push_back(std::prev(by_age_.end()));
}

void connection_pool::sweep(steady_time since) {
  while (!by_age_.empty() && by_age_.front().since <= since) drop_oldest();
}

bool connection_pool::drop_oldest() {
  if (by_age_.empty()) return false;
  drop(by_age_.begin());
  return true;
}

void connection_pool::drop(place dropped) {
  const auto found = by_key_.find(dropped->key);
  REPRISE_ASSERT(found != by_key_.end());
  auto& places = found->second;
  places.erase(std::find(places.begin(), places.end(), dropped));
  if (places.empty()) by_key_.erase(found);
  by_age_.erase(dropped);
}

void connection_pool::clear() {
  by_key_.clear();
  by_age_.clear();
}

}  // namespace reprise
