#include "net/report_lanes.hpp"

#include <algorithm>

#include "host/match/assert.hpp"

namespace reprise {

report_lanes::~report_lanes() {
  memory_ -= new_reports_ + loaded_reports_;
}

report_lane* report_lanes::find(channel_number channel) {
  const auto found = lanes_.find(channel);
  return found == lanes_.end() ? nullptr : &found->second;
}

std::vector<channel_number> report_lanes::channels() const {
  std::vector<channel_number> all;
  all.reserve(lanes_.size());
  for (const auto& [channel, of] : lanes_) all.push_back(channel);
  return all;
}

void report_lanes::take(delivery report, bool loaded, bool remember) {
  report_lane& of = lanes_[report.channel];
  if (of.forgotten || report.id <= of.seen_through) return;
  const std::size_t half = loaded ? loaded_reports_ : new_reports_;
  if (remember && !of.stored && !of.loading && fits(half, 1)) {
    of.seen_through = report.id;
    of.reports.push_back({std::move(report), loaded});
    count(of.reports.back(), true);
    return;
  }
  if (!of.stored) of.oldest_stored = report.id;
  of.stored = true;
}

void report_lanes::fill(channel_number channel, std::vector<delivery> rows, bool more) {
  report_lane& of = lanes_.at(channel);
  REPRISE_ASSERT(of.reports.empty());
  for (delivery& row : rows) {
    of.seen_through = std::max(of.seen_through, row.id);
    of.reports.push_back({std::move(row), true});
    count(of.reports.back(), true);
  }
  if (!more) return;
  of.stored = true;
  of.oldest_stored = of.seen_through + 1;
}

waiting_report report_lanes::pop(channel_number channel) {
  report_lane& of = lanes_.at(channel);
  REPRISE_ASSERT(!of.reports.empty());
  waiting_report popped = std::move(of.reports.front());
  of.reports.pop_front();
  count(popped, false);
  return popped;
}

void report_lanes::put_back(channel_number channel, waiting_report report) {
  report_lane& of = lanes_.at(channel);
  count(report, true);
  of.reports.push_front(std::move(report));
}

void report_lanes::unload(channel_number channel) {
  report_lane& of = lanes_.at(channel);
  if (of.reports.empty()) return;
  of.stored = true;
  of.oldest_stored = of.reports.front().of.id;
  clear_memory(of);
}

void report_lanes::unload_all(std::int64_t now_ms) {
  for (const channel_number channel : channels()) {
    unload(channel);
    settle(channel, now_ms);
  }
}

void report_lanes::forget(channel_number channel) {
  report_lane& of = lanes_.at(channel);
  clear_memory(of);
  of.stored = false;
  of.forgotten = true;
}

void report_lanes::clear_memory(report_lane& of) {
  for (const waiting_report& report : of.reports) count(report, false);
  of.reports.clear();
}

void report_lanes::count(const waiting_report& report, bool in) noexcept {
  std::size_t& half = report.loaded ? loaded_reports_ : new_reports_;
  in ? ++half : --half;
  in ? ++memory_ : --memory_;
}

void report_lanes::settle(channel_number channel, std::int64_t now_ms) {
  const auto found = lanes_.find(channel);
  if (found == lanes_.end()) return;
  report_lane& of = found->second;
  if (of.standing != nullptr) of.standing->erase({of.standing_by, channel});
  of.standing = nullptr;
  if (of.sending || of.loading || of.held) return;
  if (!of.reports.empty()) {
    const delivery& oldest = of.reports.front().of;
    of.standing = now_ms - oldest.created_ms < report_new_ms ? &fresh_ : &aged_;
    of.standing_by = oldest.id;
  } else if (of.unrecorded > 0) {
    return;  // the store would give again what it does not know to have ended
  } else if (of.stored) {
    of.standing = &stored_;
    of.standing_by = of.oldest_stored;
  } else {
    lanes_.erase(found);
    return;
  }
  of.standing->insert({of.standing_by, channel});
}

std::optional<channel_number> report_lanes::next_ready() const {
  const bool aged = fresh_.empty() || (aged_turn_ && !aged_.empty());
  const lane_set& from = aged ? aged_ : fresh_;
  if (from.empty()) return {};
  return from.begin()->second;
}

std::optional<channel_number> report_lanes::next_stored() const {
  if (stored_.empty()) return {};
  return stored_.begin()->second;
}

bool report_lanes::room_to_load(std::size_t loading) const noexcept {
  return fits(loaded_reports_ + loading * load_reports_max, load_reports_max);
}

// A sink has room for some whatever the others hold.
bool report_lanes::fits(std::size_t half, std::size_t more) const noexcept {
  if (half + more > window_reports_max / 2) return false;
  return memory_ + more <= memory_reports_max || half + more <= window_reports_min;
}

std::optional<channel_number> report_lanes::oldest() const {
  const std::pair<std::int64_t, channel_number>* first = nullptr;
  for (const lane_set* set : {&fresh_, &aged_, &stored_}) {
    if (!set->empty() && (first == nullptr || *set->begin() < *first)) first = &*set->begin();
  }
  return first == nullptr ? std::nullopt : std::optional{first->second};
}

}  // namespace reprise
