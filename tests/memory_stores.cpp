#include "tests/memory_stores.hpp"

#include <algorithm>
#include <limits>

namespace reprise {
namespace {

using shared_disk = std::shared_ptr<memory_disk>;

outcome<void> fault_of(const std::optional<errc>& fault) {
  if (fault) return failure{*fault, "the disk in memory fails, as it was told"};
  return {};
}

class memory_history_writer final : public history_writer {
 public:
  explicit memory_history_writer(shared_disk disk) : disk_{std::move(disk)} {}

  outcome<void> commit(std::span<const stored_tick> batch, std::uint64_t& refused) override {
    if (auto ended = fault_of(disk_->history_fault); !ended) return ended;
    ++disk_->commits;
    for (const stored_tick& tick : batch) {
      auto& of = disk_->ticks[tick.channel];
      const auto found = of.find(tick.time);
      if (found != of.end() && found->second.reason == gap_reason::none) {
        if (tick.reason != gap_reason::none || tick.bits != found->second.bits) ++refused;
        continue;
      }
      of[tick.time] = tick;
    }
    return {};
  }

  outcome<insert_counts> insert(channel_number channel,
                                std::span<const recorded_second> seconds) override {
    if (auto ended = fault_of(disk_->history_fault); !ended) return ended.error();
    auto& of = disk_->ticks[channel];
    insert_counts counted;
    for (const recorded_second& second : seconds) {
      const auto found = of.find(second.time);
      const bool is_there = found != of.end() && found->second.reason == gap_reason::none;
      if (is_there && found->second.bits != second.bits) {
        return failure{errc::data_conflict, "another fingerprint is there"};
      }
      ++(is_there ? counted.present : counted.stored);
    }
    for (const recorded_second& second : seconds) {
      of[second.time] = {channel, second.time, gap_reason::none, second.bits};
    }
    return counted;
  }

  outcome<void> record(const outage& added) override {
    if (auto ended = fault_of(disk_->history_fault); !ended) return ended;
    disk_->outages.push_back(added);
    return {};
  }
  outcome<bool> maintain(std::int64_t, std::int64_t expire_before) override {
    ++disk_->maintained;
    if (auto ended = fault_of(disk_->history_fault); !ended) return ended.error();
    for (auto& [channel, of] : disk_->ticks) of.erase(of.begin(), of.lower_bound(expire_before));
    return false;
  }
  outcome<void> forget(channel_number channel) override {
    if (auto ended = fault_of(disk_->history_fault); !ended) return ended;
    disk_->ticks.erase(channel);
    disk_->forgotten.push_back(channel);
    return {};
  }
  std::uint64_t file_bytes() const override { return 4096; }

 private:
  shared_disk disk_;
};

class memory_history_reader final : public history_reader {
 public:
  explicit memory_history_reader(shared_disk disk) : disk_{std::move(disk)} {}

  outcome<void> read(channel_number channel, std::int64_t from, std::int64_t to,
                     std::size_t count_max, std::vector<recorded_second>& into) override {
    if (disk_->unreadable.contains(channel)) return failure{errc::io_failed, "as told"};
    const auto& of = disk_->ticks[channel];
    for (auto at = of.lower_bound(from); at != of.end() && at->first < to; ++at) {
      if (at->second.reason != gap_reason::none) continue;
      if (count_max-- == 0) break;
      into.push_back({at->first, at->second.bits});
    }
    return {};
  }
  outcome<gap_counts> gaps(channel_number channel, std::int64_t from, std::int64_t to) override {
    gap_counts counted{};
    const auto& of = disk_->ticks[channel];
    for (std::int64_t time = from; time < to; ++time) {
      const auto found = of.find(time);
      gap_reason reason = found == of.end() ? gap_reason::absent : found->second.reason;
      if (found == of.end()) {
        for (const outage& each : disk_->outages) {
          if (time >= each.start && time <= each.end) reason = each.reason;
        }
      }
      if (reason != gap_reason::none) ++counted[static_cast<std::size_t>(reason)];
    }
    return counted;
  }
  outcome<std::optional<history_extent>> extent(channel_number channel) override {
    std::optional<history_extent> made;
    for (const auto& [time, tick] : disk_->ticks[channel]) {
      if (tick.reason != gap_reason::none) continue;
      if (!made) made = history_extent{channel, time, time};
      made->newest = time;
    }
    return made;
  }
  outcome<std::optional<std::int64_t>> newest_tick() override {
    std::optional<std::int64_t> newest;
    for (const auto& [channel, of] : disk_->ticks) {
      if (!of.empty()) newest = std::max(newest.value_or(0), of.rbegin()->first);
    }
    return newest;
  }
  std::uint64_t damaged() const noexcept override { return disk_->damaged; }
  std::uint64_t rescued() const noexcept override { return disk_->rescued; }

 private:
  shared_disk disk_;
};

bool is_same(const repeat& a, const repeat& b) {
  return a.kind == b.kind && a.start == b.start &&
         (a.kind == repeat_kind::still || a.lag_seconds == b.lag_seconds);
}

class memory_state_writer final : public state_writer {
 public:
  explicit memory_state_writer(shared_disk disk) : disk_{std::move(disk)} {}

  outcome<stored_channel> add_channel(const std::string& name, const channel_settings& settings,
                                      std::int64_t now) override {
    if (auto ended = fault_of(disk_->state_fault); !ended) return ended.error();
    const stored_channel made{disk_->next_channel++, name, settings, now};
    disk_->channels[made.number] = made;
    return made;
  }
  outcome<void> change_channel(channel_number number, const channel_settings& settings) override {
    if (auto ended = fault_of(disk_->state_fault); !ended) return ended;
    disk_->channels.at(number).settings = settings;
    return {};
  }
  outcome<void> remove_channel(channel_number number) override {
    if (auto ended = fault_of(disk_->state_fault); !ended) return ended;
    disk_->channels.erase(number);
    disk_->repeats.erase(number);
    std::erase_if(disk_->matches, [&](const auto& row) { return row.first.first == number; });
    for (delivery& each : disk_->deliveries) {
      const bool is_waiting = each.state == delivery_state::waiting;
      if (each.channel == number && is_waiting) each.state = delivery_state::channel_deleted;
    }
    return {};
  }
  outcome<void> add_key(const stored_key& added) override {
    if (auto ended = fault_of(disk_->state_fault); !ended) return ended;
    disk_->keys.push_back(added);
    return {};
  }
  outcome<bool> revoke_key(const std::string& id, std::int64_t now) override {
    if (auto ended = fault_of(disk_->state_fault); !ended) return ended.error();
    for (stored_key& key : disk_->keys) {
      if (key.id != id || key.revoked_at) continue;
      key.revoked_at = now;
      return true;
    }
    return false;
  }

  outcome<void> commit(std::span<const tick_record> batch,
                       std::vector<std::int64_t>& ids) override {
    if (auto ended = fault_of(disk_->state_fault); !ended) return ended;
    for (const tick_record& record : batch) {
      if (!record.best.empty()) {
        disk_->matches.try_emplace({record.channel, record.time}, record.best);
      }
      for (const repeat& each : record.opened) put(record.channel, each);
      for (const repeat& each : record.closed) put(record.channel, each);
      ids.push_back(record.report ? post(*record.report, record.replay) : 0);
    }
    return {};
  }
  outcome<void> change(std::span<const outcome_change> changed) override {
    if (auto ended = fault_of(disk_->state_fault); !ended) return ended;
    for (const outcome_change& each : changed) {
      disk_->deliveries.at(static_cast<std::size_t>(each.id - 1)).state = each.state;
    }
    return {};
  }
  outcome<void> extend_open(channel_number channel, std::span<const repeat> open) override {
    if (auto ended = fault_of(disk_->state_fault); !ended) return ended;
    for (const repeat& each : open) put(channel, each);
    return {};
  }
  outcome<bool> maintain(const retention&) override { return false; }

 private:
  void put(channel_number channel, const repeat& given) {
    auto& rows = disk_->repeats[channel];
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [&](const repeat& row) { return is_same(row, given); });
    if (found == rows.end()) {
      rows.push_back(given);
    } else {
      const std::int64_t end = std::max(found->end, given.end);
      *found = given;
      found->end = end;
    }
  }
  std::int64_t post(const delivery& given, bool once) {
    for (const delivery& each : disk_->deliveries) {
      const bool is_of_tick = each.channel == given.channel && each.time == given.time;
      if (each.webhook_id == given.webhook_id || (once && is_of_tick)) return 0;
    }
    disk_->deliveries.push_back(given);
    disk_->deliveries.back().id = static_cast<std::int64_t>(disk_->deliveries.size());
    return disk_->deliveries.back().id;
  }

  shared_disk disk_;
};

class memory_state_reader final : public state_reader {
 public:
  explicit memory_state_reader(shared_disk disk) : disk_{std::move(disk)} {}

  outcome<std::vector<stored_channel>> channels() override {
    std::vector<stored_channel> all;
    for (const auto& [number, channel] : disk_->channels) all.push_back(channel);
    return all;
  }
  outcome<std::vector<stored_key>> keys() override { return disk_->keys; }
  outcome<page<match_row>> matches(channel_number channel, const page_request& asked) override {
    page<match_row> made;
    for (const auto& [of, best] : disk_->matches) {
      if (of.first == channel && is_inside(asked, of.second, of.second)) {
        made.items.push_back({of.second, best});
      }
    }
    return made;
  }
  outcome<page<repeat>> repeats(channel_number channel, const page_request& asked) override {
    page<repeat> made;
    for (const repeat& each : disk_->repeats[channel]) {
      const std::int64_t end = each.open ? std::numeric_limits<std::int64_t>::max() : each.end;
      if (is_inside(asked, each.start, end)) made.items.push_back(each);
    }
    return made;
  }
  outcome<page<delivery>> deliveries(std::optional<delivery_state> state,
                                     const page_request&) override {
    page<delivery> made;
    for (const delivery& each : disk_->deliveries) {
      if (!state || each.state == *state) made.items.push_back(each);
    }
    return made;
  }
  outcome<std::optional<delivery>> delivery_of(std::int64_t id) override {
    if (id < 1 || id > static_cast<std::int64_t>(disk_->deliveries.size())) {
      return std::optional<delivery>{};
    }
    return std::optional{disk_->deliveries[static_cast<std::size_t>(id - 1)]};
  }
  outcome<std::vector<delivery>> waiting(std::int64_t after, std::size_t count_max) override {
    std::vector<delivery> made;
    for (const delivery& each : disk_->deliveries) {
      const bool is_asked = each.id > after && each.state == delivery_state::waiting;
      if (is_asked && made.size() < count_max) made.push_back(each);
    }
    return made;
  }

  outcome<std::vector<delivery>> waiting_of(const std::string& sink_url, channel_number channel,
                                            std::size_t count_max) override {
    auto made = waiting(0, disk_->deliveries.size());
    std::erase_if(*made, [&](const delivery& each) {
      return each.sink_url != sink_url || each.channel != channel;
    });
    if (made->size() > count_max) made->resize(count_max);
    return made;
  }
  outcome<outbox_figures> outbox() override {
    return outbox_figures{.waiting = waiting(0, disk_->deliveries.size())->size()};
  }

 private:
  static bool is_inside(const page_request& asked, std::int64_t start, std::int64_t end) {
    return (!asked.from || end >= *asked.from) && (!asked.to || start < *asked.to);
  }
  shared_disk disk_;
};

}  // namespace

history_files open_memory_history(shared_disk disk) {
  return {std::make_unique<memory_history_writer>(disk),
          std::make_unique<memory_history_reader>(disk)};
}

state_files open_memory_state(shared_disk disk) {
  for (auto& [channel, rows] : disk->repeats) {
    for (repeat& each : rows) each.open = false;  // where they were last seen
  }
  return {std::make_unique<memory_state_writer>(disk), std::make_unique<memory_state_reader>(disk)};
}

}  // namespace reprise
