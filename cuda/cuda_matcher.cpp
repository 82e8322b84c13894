#include "cuda/cuda_matcher.hpp"

#include <algorithm>
#include <new>
#include <vector>

#include "cuda/device_session.hpp"
#include "host/match/assert.hpp"

namespace reprise {
namespace {

// How many channels ahead of the one being taken the next is begun: its misses return meanwhile.
constexpr std::size_t lookahead_ticks = 4;
// Longer gaps are cleared as a range; shorter ones are records like any other.
constexpr std::uint32_t gap_records_max = 32;

class cuda_matcher final : public matcher {
 public:
  cuda_matcher(const rule& by, std::unique_ptr<match_device> device, std::uint32_t ahead)
      : rule_{by}, ahead_{ahead}, device_{by, std::move(device)} {}

  [[nodiscard]] const rule& parameters() const noexcept override { return rule_; }
  [[nodiscard]] result<channel_id> add_channel(const search_settings& settings) override;
  void remove_channel(channel_id removed) override;
  void step(std::span<const tick> batch, std::span<tick_result> results) override;
  void step_run(std::span<const tick> run, run_visitor& answered) override;
  [[nodiscard]] std::size_t run_ticks_best() const noexcept override {
    return std::max(1u, ahead_);
  }
  [[nodiscard]] std::size_t channel_bytes(channel_id asked) const noexcept override;
  [[nodiscard]] std::string_view backend(channel_id asked) const noexcept override {
    return resolve(asked) == nullptr || device_.lost() ? "" : "cuda";
  }
  [[nodiscard]] std::vector<device_use> devices() const override {
    const device_memory_use of = device_.memory();
    return {{"cuda", of.device_bytes, of.device_bytes_max, of.pinned_bytes}};
  }

 private:
  struct place {
    std::uint32_t generation = 0;
    std::uint64_t batch = 0;  // the last batch that had a tick of this channel
    std::unique_ptr<device_channel> channel;
  };
  struct run_tick {
    std::optional<errc> error;
    std::uint32_t row = 0;
    bool asks = false;
    bool still = false;
  };

  [[nodiscard]] device_channel* resolve(channel_id id) const noexcept;
  [[nodiscard]] std::optional<errc> make_room(const device_channel& by);
  void give_room_back(const device_channel& by) noexcept;

  [[nodiscard]] std::optional<errc> begin(const tick& taken);
  void take(device_channel& of, const tick& taken, bool keeps);
  void enter(device_channel& of, const tick& taken);
  void add_row(device_channel& of, const tick& taken, bool keeps);
  // Tells the row's matches, or asks the device for those that it has not got.
  void tell(std::uint32_t row, bool still, match_visitor& visitor);

  // How many of the first ticks are taken together.
  [[nodiscard]] std::size_t run_ticks(std::span<const tick> run) const noexcept;
  void take_run(std::span<const tick> piece);
  void answer_run(std::span<const tick> piece, run_visitor& answered);

  rule rule_;
  std::uint32_t ahead_;
  device_session device_;
  std::uint64_t batch_ = 0;
  std::vector<place> places_;
  std::vector<std::uint32_t> free_places_;
  batch_room room_;
  std::vector<match> told_;
  std::vector<match_visitor*> visitors_;  // of the rows
  std::vector<run_tick> run_;
};

device_channel* cuda_matcher::resolve(channel_id id) const noexcept {
  if (id.index >= places_.size() || places_[id.index].generation != id.generation) return nullptr;
  return places_[id.index].channel.get();
}

// What the rows of one channel need in the largest batch: that of every channel, or a run of one.
batch_room room_of(const device_channel& channel, std::uint32_t rows) {
  const std::uint32_t tiles = tiles_of(channel.planes.slots);
  const std::uint32_t top_k = channel.settings().top_k;
  return {rows, rows * tiles, rows * tiles * top_k, rows * top_k};
}

std::optional<errc> cuda_matcher::make_room(const device_channel& by) {
  const batch_room more = room_of(by, std::max(1u, ahead_));
  const auto grown = [&](std::uint32_t room, std::uint32_t of_channel) {
    return ahead_ == 0 ? room + of_channel : std::max(room, of_channel);
  };
  const batch_room wanted{grown(room_.rows, more.rows), grown(room_.tiles, more.tiles),
                          grown(room_.found, more.found), grown(room_.best, more.best)};
  if (const auto refused = device_.reserve(wanted, by.settings().window_seconds)) return refused;
  room_ = wanted;
  told_.reserve(top_k_max);
  visitors_.reserve(wanted.rows);
  run_.reserve(ahead_);
  return std::nullopt;
}

void cuda_matcher::give_room_back(const device_channel& by) noexcept {
  if (ahead_ > 0) return;
  const batch_room less = room_of(by, 1);
  room_ = {room_.rows - less.rows, room_.tiles - less.tiles, room_.found - less.found,
           room_.best - less.best};
}

result<channel_id> cuda_matcher::add_channel(const search_settings& settings) {
  if (out_of_range(settings)) return errc::parameter_out_of_range;
  const std::uint32_t slots = slots_of(rule_, settings.window_seconds, ahead_);
  auto made = device_channel::make(rule_, settings, slots);
  if (!made) return made.error();
  const auto planes = device_.add_planes(slots);
  if (!planes) return planes.error();
  (*made)->planes = *planes;
  std::optional<errc> refused;
  try {
    if (free_places_.empty()) {
      places_.emplace_back();
      free_places_.reserve(places_.size());
      free_places_.push_back(static_cast<std::uint32_t>(places_.size() - 1));
    }
    refused = make_room(**made);
  } catch (const std::bad_alloc&) {
    refused = errc::host_memory;
  }
  if (refused) {
    device_.remove_planes(**made);
    return *refused;
  }
  const std::uint32_t index = free_places_.back();
  free_places_.pop_back();
  places_[index].channel = std::move(*made);
  return channel_id{index, places_[index].generation};
}

void cuda_matcher::remove_channel(channel_id removed) {
  const device_channel* const channel = resolve(removed);
  if (channel == nullptr) return;
  device_.remove_planes(*channel);
  give_room_back(*channel);
  places_[removed.index].channel.reset();
  ++places_[removed.index].generation;
  free_places_.push_back(removed.index);
}

std::size_t cuda_matcher::channel_bytes(channel_id asked) const noexcept {
  const device_channel* const channel = resolve(asked);
  return channel == nullptr ? 0 : channel->bytes() + sizeof(place);
}

std::optional<errc> cuda_matcher::begin(const tick& taken) {
  device_channel* const channel = resolve(taken.channel);
  if (channel == nullptr) return errc::channel_unknown;
  place& of = places_[taken.channel.index];
  REPRISE_ASSERT(of.batch != batch_);  // one tick a channel
  of.batch = batch_;
  return device_.lost() ? device_.lost() : channel->begin(taken);
}

// One second joins the channel's history, and asks it, if it has anything to ask.
void cuda_matcher::take(device_channel& of, const tick& taken, bool keeps) {
  enter(of, taken);
  of.finish(taken);
  of.best.clear();
  const bool asks = of.changes().has_change() && taken.search;
  if (asks) add_row(of, taken, keeps);
  of.scored(asks && keeps);
}

void cuda_matcher::enter(device_channel& of, const tick& taken) {
  const auto steps = of.steps(taken);
  if (!steps) {
    if (!of.is_empty()) {
      of.restart();
      device_.clear(of, 0, of.planes.slots);
    }
  } else if (*steps > gap_records_max) {
    const std::uint32_t missing = *steps - 1;
    const std::uint32_t first = of.enter();
    for (std::uint32_t i = 1; i < missing; ++i) of.enter();
    const std::uint32_t until_end = std::min(missing, of.planes.slots - first);
    device_.clear(of, first, until_end);
    if (missing > until_end) device_.clear(of, 0, missing - until_end);
  } else {
    for (std::uint32_t i = 1; i < *steps; ++i) device_.stage(of, of.enter(), prefix_missing);
  }
  const std::uint32_t slot = of.enter();
  device_.stage(of, slot, of.changes().has_change() ? of.put() : prefix_missing);
}

void cuda_matcher::add_row(device_channel& of, const tick& taken, bool keeps) {
  query_row row = of.make_row(keeps);
  const score_value limit = taken.threshold ? score_limit(*taken.threshold, rule_) : of.limit();
  row.limit_low = static_cast<std::uint64_t>(limit);
  row.limit_high = static_cast<std::uint64_t>(limit >> 64);
  device_.add_row(of, row);
}

void cuda_matcher::tell(std::uint32_t row, bool still, match_visitor& visitor) {
  const match_count count = device_.count_of(row);
  const bool watched_only = still && !visitor.wants_all_when_still();
  if (count.all == 0) return;
  if (count.all > count.kept) {
    return watched_only ? device_.ask_lags(row, visitor.watched_lags()) : device_.ask_all(row);
  }
  told_ = device_.channel_of(row).best;
  if (watched_only) {
    const auto watched = visitor.watched_lags();
    std::erase_if(told_, [&](const match& each) {
      return !std::binary_search(watched.begin(), watched.end(), each.lag_seconds);
    });
  }
  std::sort(told_.begin(), told_.end(),
            [](const match& a, const match& b) { return a.lag_seconds < b.lag_seconds; });
  if (!told_.empty()) visitor.visit(told_);
}

void cuda_matcher::step(std::span<const tick> batch, std::span<tick_result> results) {
  REPRISE_ASSERT(batch.size() == results.size());
  ++batch_;
  device_.begin_batch();
  const auto begin_tick = [&](std::size_t i) { results[i] = {.error = begin(batch[i])}; };
  for (std::size_t i = 0; i < std::min(lookahead_ticks, batch.size()); ++i) begin_tick(i);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (i + lookahead_ticks < batch.size()) begin_tick(i + lookahead_ticks);
    if (!results[i].error) take(*resolve(batch[i].channel), batch[i], true);
  }
  device_.answer_batch();
  std::uint32_t row = 0;
  visitors_.clear();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (results[i].error) continue;
    device_channel& of = *resolve(batch[i].channel);
    results[i].still = of.changes().is_still();
    if (row < device_.rows() && &device_.channel_of(row) == &of) {
      device_.read_best(row, of.best);
      visitors_.push_back(batch[i].all_matches);
      if (batch[i].all_matches != nullptr) tell(row, results[i].still, *batch[i].all_matches);
      ++row;
    }
    results[i].best = of.best;
  }
  device_.tell_asked(
      [this](std::uint32_t of_row, std::span<const match> all) { visitors_[of_row]->visit(all); });
  if (!device_.lost()) return;
  for (tick_result& each : results) {
    if (!each.error) each = {.error = device_.lost()};
  }
}

std::size_t cuda_matcher::run_ticks(std::span<const tick> run) const noexcept {
  std::size_t count = 1;
  while (count < run.size() && count < ahead_ && run[count].channel == run[0].channel &&
         run[count].time - run[0].time < ahead_) {
    ++count;
  }
  return count;
}

// As many ticks as the ring is ahead join the history before the first of them is asked about:
// what they displace is older than any of them asks for.
void cuda_matcher::step_run(std::span<const tick> run, run_visitor& answered) {
  if (ahead_ == 0) return matcher::step_run(run, answered);
  while (!run.empty()) {
    const std::span<const tick> piece = run.first(run_ticks(run));
    run = run.subspan(piece.size());
    take_run(piece);
    device_.answer_batch();
    answer_run(piece, answered);
  }
}

void cuda_matcher::take_run(std::span<const tick> piece) {
  device_.begin_batch();
  run_.clear();
  for (const tick& each : piece) {
    ++batch_;
    run_tick taken{.error = begin(each), .row = device_.rows()};
    if (!taken.error) {
      device_channel& of = *resolve(each.channel);
      take(of, each, false);
      taken.asks = device_.rows() > taken.row;
      taken.still = of.changes().is_still();
    }
    run_.push_back(taken);
  }
}

void cuda_matcher::answer_run(std::span<const tick> piece, run_visitor& answered) {
  for (std::size_t i = 0; i < piece.size(); ++i) {
    const run_tick& taken = run_[i];
    answered.begin(piece[i]);
    tick_result result{.error = taken.error, .still = taken.still};
    if (taken.asks) {
      device_channel& of = device_.channel_of(taken.row);
      device_.read_best(taken.row, of.best);
      if (match_visitor* const visitor = piece[i].all_matches; visitor != nullptr) {
        tell(taken.row, taken.still, *visitor);
        device_.tell_asked(
            [visitor](std::uint32_t, std::span<const match> all) { visitor->visit(all); });
      }
      result.best = of.best;
    }
    if (device_.lost() && !result.error) result = {.error = device_.lost()};
    answered.finish(piece[i], result);
  }
}

}  // namespace

result<std::unique_ptr<matcher>> make_cuda_matcher(const rule& by,
                                                   std::unique_ptr<match_device> device,
                                                   const device_options& options) {
  if (out_of_range(by) || by.bits > device_bits_max) return errc::parameter_out_of_range;
  try {
    return std::unique_ptr<matcher>{
        std::make_unique<cuda_matcher>(by, std::move(device), options.ahead_seconds)};
  } catch (const std::bad_alloc&) {
    return errc::host_memory;
  }
}

}  // namespace reprise
