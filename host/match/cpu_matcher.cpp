#include "host/match/cpu_matcher.hpp"

#include <algorithm>
#include <atomic>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "host/match/agreement_kernels.hpp"
#include "host/match/assert.hpp"
#include "host/match/cpu_channel.hpp"
#include "host/match/worker_pool.hpp"

namespace reprise {
namespace {

// Ticks that one worker claims at a time.
constexpr std::size_t claim_ticks = 16;
// How many channels ahead of the one being finished the next is begun: enough for its misses to
// return.
constexpr std::size_t lookahead_ticks = 4;
// Below this many typical ticks, waking the workers costs more than they save.
constexpr std::size_t parallel_ticks_min = 64;

// More workers than this would wait for memory, not compute.
constexpr unsigned threads_max = 256;

class cpu_matcher final : public matcher {
 public:
  cpu_matcher(const rule& by, const agreement_kernel& kernel, const cpu_options& options,
              unsigned threads)
      : rule_{by},
        kernel_{kernel},
        hot_share_{options.hot_share},
        budget_{options.budget},
        populate_{options.populate},
        scratches_(threads),
        workers_{threads} {}

  [[nodiscard]] const rule& parameters() const noexcept override { return rule_; }
  [[nodiscard]] result<channel_id> add_channel(const search_settings& settings) override;
  void remove_channel(channel_id removed) override;
  void step(std::span<const tick> batch, std::span<tick_result> results) override;
  [[nodiscard]] std::size_t channel_bytes(channel_id asked) const noexcept override;
  [[nodiscard]] std::span<std::byte> channel_memory(channel_id asked) const noexcept override {
    const cpu_channel* channel = populate_ ? nullptr : resolve(asked);
    return channel == nullptr ? std::span<std::byte>{} : channel->memory();
  }
  [[nodiscard]] std::string_view backend(channel_id asked) const noexcept override {
    return resolve(asked) == nullptr ? "" : "cpu";
  }

 private:
  struct place {
    std::uint32_t generation = 0;
    std::uint64_t batch = 0;  // the last batch that had a tick of this channel
    std::unique_ptr<cpu_channel> channel;
    std::size_t bytes_max = 0;  // of it, taken from the budget
  };

  class batch_task final : public worker_task {
   public:
    batch_task(cpu_matcher& owner, std::span<const tick> batch, std::span<tick_result> results)
        : owner_{owner}, batch_{batch}, results_{results} {}
    void work(unsigned worker) override;

   private:
    cpu_matcher& owner_;
    std::span<const tick> batch_;
    std::span<tick_result> results_;
    std::atomic<std::size_t> next_{0};
  };

  [[nodiscard]] result<channel_id> add_within(const search_settings& settings);
  void reserve_candidates(std::size_t candidates_max);
  cpu_channel* resolve(channel_id id) const noexcept;
  void step_range(std::span<const tick> batch, std::span<tick_result> results,
                  search_scratch& scratch);

  rule rule_;
  agreement_kernel kernel_;
  std::uint32_t hot_share_;
  std::shared_ptr<memory_budget> budget_;
  bool populate_;
  std::uint64_t batch_ = 0;
  std::vector<place> places_;
  std::vector<std::uint32_t> free_places_;
  std::vector<search_scratch> scratches_;  // one for each worker
  worker_pool workers_;
};

cpu_channel* cpu_matcher::resolve(channel_id id) const noexcept {
  if (id.index >= places_.size() || places_[id.index].generation != id.generation) return nullptr;
  return places_[id.index].channel.get();
}

void cpu_matcher::reserve_candidates(std::size_t candidates_max) {
  for (search_scratch& scratch : scratches_) scratch.candidates.reserve(candidates_max);
}

result<channel_id> cpu_matcher::add_channel(const search_settings& settings) {
  if (out_of_range(settings)) return errc::parameter_out_of_range;
  const std::size_t bytes_max = cpu_channel::bytes_max(rule_, settings, hot_share_);
  if (budget_ && !budget_->try_take(bytes_max)) return errc::host_memory;
  const auto added = add_within(settings);
  if (added) {
    places_[added->index].bytes_max = bytes_max;
  } else if (budget_) {
    budget_->give_back(bytes_max);
  }
  return added;
}

result<channel_id> cpu_matcher::add_within(const search_settings& settings) {
  auto made = cpu_channel::make(
      rule_, settings, hot_share_,
      populate_ ? mapped_memory::pages::at_once : mapped_memory::pages::populated);
  if (!made) return made.error();
  try {
    reserve_candidates((*made)->candidates_max());
    if (free_places_.empty()) {
      places_.emplace_back();
      free_places_.reserve(places_.size());
      free_places_.push_back(static_cast<std::uint32_t>(places_.size() - 1));
    }
  } catch (const std::bad_alloc&) {
    return errc::host_memory;
  }
  const std::uint32_t index = free_places_.back();
  free_places_.pop_back();
  places_[index].channel = std::move(*made);
  return channel_id{index, places_[index].generation};
}

void cpu_matcher::remove_channel(channel_id removed) {
  if (resolve(removed) == nullptr) return;
  places_[removed.index].channel.reset();
  if (budget_) budget_->give_back(places_[removed.index].bytes_max);
  ++places_[removed.index].generation;
  free_places_.push_back(removed.index);
}

std::size_t cpu_matcher::channel_bytes(channel_id asked) const noexcept {
  const cpu_channel* channel = resolve(asked);
  return channel == nullptr ? 0 : channel->bytes() + sizeof(place);
}

void cpu_matcher::step(std::span<const tick> batch, std::span<tick_result> results) {
  REPRISE_ASSERT(batch.size() == results.size());
  ++batch_;
  std::size_t dense = 0;
  for (const tick& each : batch) {
    const cpu_channel* channel = resolve(each.channel);
    if (channel == nullptr) continue;
    REPRISE_ASSERT(places_[each.channel.index].batch != batch_);  // one tick a channel
    places_[each.channel.index].batch = batch_;
    if (channel->is_dense()) ++dense;
  }
  if (workers_.count() == 1 || (dense < 2 && batch.size() < parallel_ticks_min)) {
    return step_range(batch, results, scratches_.front());
  }
  batch_task task{*this, batch, results};
  workers_.run(task);
}

void cpu_matcher::batch_task::work(unsigned worker) {
  // Small batches that are worth sharing are few but heavy ticks.
  const std::size_t claim = batch_.size() < parallel_ticks_min ? 1 : claim_ticks;
  for (;;) {
    const std::size_t first = next_.fetch_add(claim, std::memory_order_relaxed);
    if (first >= batch_.size()) return;
    const std::size_t count = std::min(claim, batch_.size() - first);
    owner_.step_range(batch_.subspan(first, count), results_.subspan(first, count),
                      owner_.scratches_[worker]);
  }
}

void cpu_matcher::step_range(std::span<const tick> batch, std::span<tick_result> results,
                             search_scratch& scratch) {
  const auto begin = [&](std::size_t i) {
    cpu_channel* channel = resolve(batch[i].channel);
    results[i] = {};
    results[i].error = channel == nullptr ? errc::channel_unknown : channel->begin(batch[i]);
  };
  for (std::size_t i = 0; i < std::min(lookahead_ticks, batch.size()); ++i) begin(i);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (i + lookahead_ticks < batch.size()) begin(i + lookahead_ticks);
    if (results[i].error) continue;
    results[i] = resolve(batch[i].channel)->finish(batch[i], kernel_, scratch);
  }
}

}  // namespace

result<std::unique_ptr<matcher>> make_cpu_matcher(const rule& by, const cpu_options& options) {
  if (out_of_range(by) || options.hot_share == 0) return errc::parameter_out_of_range;
  const auto kernel = find_agreement_kernel(options.kernel);
  if (!kernel) return kernel.error();
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const unsigned threads = std::min(options.threads == 0 ? cores : options.threads, threads_max);
  try {
    return std::unique_ptr<matcher>{std::make_unique<cpu_matcher>(by, *kernel, options, threads)};
  } catch (const std::bad_alloc&) {
    return errc::host_memory;
  } catch (const std::system_error&) {
    return errc::host_memory;  // a thread's stack is memory, too
  }
}

}  // namespace reprise
