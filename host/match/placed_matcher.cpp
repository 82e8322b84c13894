#include "host/match/placed_matcher.hpp"

#include <algorithm>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

#include "host/match/assert.hpp"
#include "host/match/worker_pool.hpp"

namespace reprise {
namespace {

// What one matcher is asked of a batch.
struct batch_share {
  std::vector<tick> ticks;
  std::vector<tick_result> results;
  std::vector<std::size_t> rows;  // of the batch

  void clear() noexcept {
    ticks.clear();
    rows.clear();
  }
  void add(const tick& asked, channel_id channel, std::size_t row) {
    ticks.push_back(asked);
    ticks.back().channel = channel;
    rows.push_back(row);
  }
  void step(matcher& by) {
    results.assign(ticks.size(), {});
    if (!ticks.empty()) by.step(ticks, results);
  }
};

class placed_matcher final : public matcher, private worker_task {
 public:
  placed_matcher(std::vector<device_engine> devices, std::unique_ptr<matcher> host,
                 placed_options options)
      : options_{std::move(options)},
        host_{std::move(host)},
        workers_{static_cast<unsigned>(devices.size()) + 1} {
    for (device_engine& each : devices) {
      REPRISE_ASSERT(each.engine->parameters() == host_->parameters());
      devices_.push_back({std::move(each.name), std::move(each.engine)});
    }
  }

  [[nodiscard]] const rule& parameters() const noexcept override { return host_->parameters(); }
  [[nodiscard]] result<channel_id> add_channel(const search_settings& settings) override;
  [[nodiscard]] result<channel_id> add_host_channel(const search_settings& settings) override;
  void remove_channel(channel_id removed) override;
  void step(std::span<const tick> batch, std::span<tick_result> results) override;
  [[nodiscard]] std::size_t channel_bytes(channel_id asked) const noexcept override;
  [[nodiscard]] std::span<std::byte> channel_memory(channel_id asked) const noexcept override;
  [[nodiscard]] std::string_view backend(channel_id asked) const noexcept override;
  [[nodiscard]] std::vector<device_use> devices() const override;

 private:
  struct device {
    std::string name;
    std::unique_ptr<matcher> engine;
    bool lost = false;
    std::size_t channels = 0;
    std::size_t host_bytes = 0;  // beside those of channels; taken from the budget, for ever
    batch_share share = {};

    [[nodiscard]] device_use use() const {
      device_use total{name};
      for (const device_use& each : engine->devices()) {
        total.bytes += each.bytes;
        total.bytes_max += each.bytes_max;
        total.host_bytes += each.host_bytes;
      }
      return total;
    }
  };
  // Where one channel is: on a device, on the host, or on both.
  struct placement {
    device* on = nullptr;
    channel_id device_channel;
    std::optional<channel_id> host_channel;
    std::size_t bytes = 0;  // of the host, for the device's part; taken from the budget

    [[nodiscard]] bool is_on_device() const noexcept { return on != nullptr && !on->lost; }
  };
  struct place {
    std::uint32_t generation = 0;
    std::optional<placement> channel;
  };

  [[nodiscard]] const placement* resolve(channel_id id) const noexcept;
  [[nodiscard]] result<channel_id> keep(result<placement> made);
  [[nodiscard]] std::optional<placement> try_devices(const search_settings& settings,
                                                     std::optional<errc>& refused);
  [[nodiscard]] result<placement> add_to_device(device& on, const search_settings& settings);
  [[nodiscard]] result<placement> add_to_host(const search_settings& settings);
  void drop(const placement& dropped);
  void lose(device& lost);

  void share_out(std::span<const tick> batch, std::span<tick_result> results);
  void step_shares();
  void work(unsigned worker) override;
  void take_answers(std::span<tick_result> results);
  void step_standby(std::span<const tick> batch, std::span<tick_result> results);

  placed_options options_;
  std::unique_ptr<matcher> host_;
  std::vector<device> devices_;  // as many as at the beginning
  std::vector<place> places_;
  std::vector<std::uint32_t> free_places_;
  batch_share host_share_;
  batch_share standby_share_;
  worker_pool workers_;
};

const placed_matcher::placement* placed_matcher::resolve(channel_id id) const noexcept {
  if (id.index >= places_.size() || places_[id.index].generation != id.generation) return nullptr;
  const auto& channel = places_[id.index].channel;
  return channel ? &*channel : nullptr;
}

result<channel_id> placed_matcher::add_channel(const search_settings& settings) {
  if (out_of_range(settings)) return errc::parameter_out_of_range;
  std::optional<errc> refused;
  if (auto placed = try_devices(settings, refused)) return keep(std::move(*placed));
  if (refused) return *refused;
  return keep(add_to_host(settings));
}

result<channel_id> placed_matcher::add_host_channel(const search_settings& settings) {
  if (out_of_range(settings)) return errc::parameter_out_of_range;
  return keep(add_to_host(settings));
}

// The device with fewest channels first. `refused` where none of the others may be tried.
std::optional<placed_matcher::placement> placed_matcher::try_devices(
    const search_settings& settings, std::optional<errc>& refused) {
  std::vector<device*> order;
  for (device& each : devices_) {
    if (!each.lost) order.push_back(&each);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const device* a, const device* b) { return a->channels < b->channels; });
  for (device* each : order) {
    const auto added = add_to_device(*each, settings);
    if (added) return *added;
    if (added.error() == errc::device_lost) lose(*each);
    if (added.error() != errc::host_memory) continue;
    refused = errc::host_memory;  // the CPU needs more of it, not less
    break;
  }
  return std::nullopt;
}

result<placed_matcher::placement> placed_matcher::add_to_device(device& on,
                                                                const search_settings& settings) {
  const auto added = on.engine->add_channel(settings);
  if (!added) return added.error();
  const std::size_t bytes = on.engine->channel_bytes(*added);
  const std::size_t host_bytes = std::max(on.host_bytes, on.use().host_bytes);
  if (options_.budget && !options_.budget->try_take(bytes + host_bytes - on.host_bytes)) {
    on.engine->remove_channel(*added);
    return errc::host_memory;
  }
  on.host_bytes = host_bytes;
  ++on.channels;
  placement made{&on, *added, std::nullopt, bytes};
  // A host without room for a standby does not keep a channel from the device.
  if (!options_.standby) return made;
  const auto beside = host_->add_channel(settings);
  if (beside) made.host_channel = *beside;
  return made;
}

result<placed_matcher::placement> placed_matcher::add_to_host(const search_settings& settings) {
  const auto added = host_->add_channel(settings);
  if (!added) return added.error();
  return placement{nullptr, {}, *added, 0};
}

result<channel_id> placed_matcher::keep(result<placement> made) {
  if (!made) return made.error();
  try {
    if (free_places_.empty()) {
      places_.emplace_back();
      free_places_.reserve(places_.size());
      free_places_.push_back(static_cast<std::uint32_t>(places_.size() - 1));
    }
  } catch (const std::bad_alloc&) {
    drop(*made);
    return errc::host_memory;
  }
  const std::uint32_t index = free_places_.back();
  free_places_.pop_back();
  places_[index].channel = *made;
  return channel_id{index, places_[index].generation};
}

// A lost device's engine still gives back what its channel has of the host.
void placed_matcher::drop(const placement& dropped) {
  if (dropped.on != nullptr) {
    dropped.on->engine->remove_channel(dropped.device_channel);
    --dropped.on->channels;
    if (options_.budget) options_.budget->give_back(dropped.bytes);
  }
  if (dropped.host_channel) host_->remove_channel(*dropped.host_channel);
}

void placed_matcher::remove_channel(channel_id removed) {
  const placement* const channel = resolve(removed);
  if (channel == nullptr) return;
  drop(*channel);
  places_[removed.index].channel.reset();
  ++places_[removed.index].generation;
  free_places_.push_back(removed.index);
}

void placed_matcher::lose(device& lost) {
  if (std::exchange(lost.lost, true)) return;
  options_.told_lost(lost.name);
}

std::size_t placed_matcher::channel_bytes(channel_id asked) const noexcept {
  const placement* const channel = resolve(asked);
  if (channel == nullptr) return 0;
  const std::size_t of_host =
      channel->host_channel ? host_->channel_bytes(*channel->host_channel) : 0;
  return channel->bytes + of_host + sizeof(place);
}

// What a device's engine has of the host is touched page by page.
std::span<std::byte> placed_matcher::channel_memory(channel_id asked) const noexcept {
  const placement* const channel = resolve(asked);
  if (channel == nullptr || !channel->host_channel) return {};
  return host_->channel_memory(*channel->host_channel);
}

std::string_view placed_matcher::backend(channel_id asked) const noexcept {
  const placement* const channel = resolve(asked);
  if (channel == nullptr) return "";
  if (channel->is_on_device()) return channel->on->name;
  return channel->host_channel ? host_->backend(*channel->host_channel) : "";
}

std::vector<device_use> placed_matcher::devices() const {
  std::vector<device_use> all;
  for (const device& each : devices_) all.push_back(each.use());
  return all;
}

void placed_matcher::step(std::span<const tick> batch, std::span<tick_result> results) {
  REPRISE_ASSERT(batch.size() == results.size());
  share_out(batch, results);
  step_shares();
  take_answers(results);
  if (options_.standby) step_standby(batch, results);
}

void placed_matcher::share_out(std::span<const tick> batch, std::span<tick_result> results) {
  host_share_.clear();
  for (device& each : devices_) each.share.clear();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const placement* const channel = resolve(batch[i].channel);
    if (channel == nullptr) {
      results[i] = {.error = errc::channel_unknown};
    } else if (channel->is_on_device()) {
      channel->on->share.add(batch[i], channel->device_channel, i);
    } else if (channel->host_channel) {
      host_share_.add(batch[i], *channel->host_channel, i);
    } else {
      results[i] = {.error = errc::device_lost};
    }
  }
}

// Nobody is woken for what one thread does alone.
void placed_matcher::step_shares() {
  const auto asked = std::count_if(devices_.begin(), devices_.end(),
                                   [](const device& each) { return !each.share.ticks.empty(); }) +
                     (host_share_.ticks.empty() ? 0 : 1);
  if (asked > 1) return workers_.run(*this);
  for (unsigned worker = 0; worker <= devices_.size(); ++worker) work(worker);
}

void placed_matcher::work(unsigned worker) {
  if (worker == 0) return host_share_.step(*host_);
  device& of = devices_[worker - 1];
  of.share.step(*of.engine);
}

void placed_matcher::take_answers(std::span<tick_result> results) {
  for (std::size_t i = 0; i < host_share_.rows.size(); ++i) {
    results[host_share_.rows[i]] = host_share_.results[i];
  }
  for (device& of : devices_) {
    bool lost = false;
    for (std::size_t i = 0; i < of.share.rows.size(); ++i) {
      results[of.share.rows[i]] = of.share.results[i];
      lost = lost || of.share.results[i].error == errc::device_lost;
    }
    if (lost) lose(of);
  }
}

// What the devices have answered joins the host's histories, too; what a lost one has not is
// answered by them.
void placed_matcher::step_standby(std::span<const tick> batch, std::span<tick_result> results) {
  standby_share_.clear();
  for (const device& of : devices_) {
    for (std::size_t i = 0; i < of.share.rows.size(); ++i) {
      const std::size_t row = of.share.rows[i];
      const bool lost = results[row].error == errc::device_lost;
      const auto& beside = resolve(batch[row].channel)->host_channel;
      if ((results[row].error && !lost) || !beside) continue;
      standby_share_.add(batch[row], *beside, row);
      tick& made = standby_share_.ticks.back();
      if (!lost) {
        made.search = false;
        made.all_matches = nullptr;
      } else if (made.all_matches != nullptr) {
        made.all_matches->begin_again();
      }
    }
  }
  standby_share_.step(*host_);
  for (std::size_t i = 0; i < standby_share_.rows.size(); ++i) {
    tick_result& answer = results[standby_share_.rows[i]];
    if (answer.error) answer = standby_share_.results[i];
  }
}

}  // namespace

result<std::unique_ptr<matcher>> make_placed_matcher(std::vector<device_engine> devices,
                                                     std::unique_ptr<matcher> host,
                                                     placed_options options) {
  try {
    return std::unique_ptr<matcher>{
        std::make_unique<placed_matcher>(std::move(devices), std::move(host), std::move(options))};
  } catch (const std::bad_alloc&) {
    return errc::host_memory;
  } catch (const std::system_error&) {
    return errc::host_memory;  // a thread's stack is memory, too
  }
}

}  // namespace reprise
