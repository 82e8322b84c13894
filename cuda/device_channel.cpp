#include "cuda/device_channel.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace reprise {

result<std::unique_ptr<device_channel>> device_channel::make(const rule& by,
                                                             const search_settings& settings,
                                                             std::uint32_t slots) {
  try {
    memory_layout counted{nullptr};
    static_cast<void>(device_channel{counted, by, settings, slots});
    auto memory = mapped_memory::make(counted.bytes(), mapped_memory::pages::on_touch);
    if (!memory) return errc::host_memory;
    memory_layout laid_out{memory->data()};
    std::unique_ptr<device_channel> made{new device_channel{laid_out, by, settings, slots}};
    made->memory_ = std::move(*memory);
    made->best.reserve(settings.top_k);
    return made;
  } catch (const std::bad_alloc&) {
    return errc::host_memory;
  }
}

device_channel::device_channel(memory_layout& layout, const rule& by,
                               const search_settings& settings, std::uint32_t slots)
    : rule_{by},
      settings_{settings},
      limit_{score_limit(settings.threshold, by)},
      slots_{slots},
      newest_slot_{slots - 1},
      changes_{by, settings.still},
      ids_{layout.take<prefix_id>(slots)},
      prefixes_{layout, slots, by.prefix_words(), process_hash_key()} {}

std::size_t device_channel::bytes() const noexcept {
  return sizeof *this + memory_.bytes() + changes_.bytes() + best.capacity() * sizeof(match);
}

std::optional<errc> device_channel::begin(const tick& taken) noexcept {
  if (const auto refused = changes_.begin(taken)) return refused;
  if (changes_.has_change()) {
    hash_ = prefixes_.hash(changes_.change());
    prefixes_.prefetch(hash_);
  }
  __builtin_prefetch(&ids_[newest_slot_ + 1 == slots_ ? 0 : newest_slot_ + 1], 1);
  return std::nullopt;
}

std::optional<std::uint32_t> device_channel::steps(const tick& taken) const noexcept {
  const std::int64_t since = taken.time - changes_.newest_time();
  if (!used_ || since >= slots_) return std::nullopt;
  return static_cast<std::uint32_t>(since);
}

void device_channel::restart() noexcept {
  std::memset(ids_, 0, slots_ * sizeof(prefix_id));
  prefixes_.clear();
  newest_slot_ = slots_ - 1;
  used_ = false;
}

std::uint32_t device_channel::enter() noexcept {
  newest_slot_ = newest_slot_ + 1 == slots_ ? 0 : newest_slot_ + 1;
  used_ = true;
  prefix_id& id = ids_[newest_slot_];
  if (id != prefix_missing) prefixes_.remove(std::exchange(id, prefix_missing));
  return newest_slot_;
}

prefix_id device_channel::put() noexcept {
  std::uint32_t earlier = 0;
  return ids_[newest_slot_] = prefixes_.add(changes_.change(), hash_, newest_slot_, earlier);
}

void device_channel::finish(const tick& taken) noexcept {
  if (taken.time != changes_.newest_time() + 1 || !changes_.has_change()) earlier_ = 0;
  changes_.finish(taken);
}

query_row device_channel::make_row(bool keeps) const noexcept {
  query_row made{};
  made.planes = planes;
  made.slot = newest_slot_;
  made.least_lag = settings_.min_lag_seconds;
  made.greatest_lag = settings_.window_seconds;
  made.top_k = settings_.top_k;
  for (std::uint32_t i = 0; i < changes_.present(); ++i) {
    made.ids[i] = ids_[slot_back(newest_slot_, i, slots_)];
  }
  made.plane = static_cast<std::uint32_t>(changes_.newest_time() % rule_.run);
  made.keeps = keeps ? 1 : 0;
  made.earlier = keeps ? earlier_ : 0;
  return made;
}

void device_channel::scored(bool kept) noexcept {
  earlier_ = kept ? std::min(earlier_ + 1, rule_.run - 1) : 0;
}

}  // namespace reprise
