#include "cuda/day_capacity.hpp"

#include "cuda/cuda_device.hpp"
#include "cuda/device_channel.hpp"

namespace reprise {
namespace {

constexpr rule by{};
constexpr search_settings settings{};

// What batches need for one channel more; buffers grow by half as much again as is asked for.
constexpr std::uint64_t batch_bytes(std::uint32_t tiles) {
  const std::uint64_t answer_bytes = sizeof(match_count) + settings.top_k * sizeof(found_match);
  return (sizeof(query_row) + (1 + tiles) * answer_bytes) * 3 / 2;
}
// On the host: the row that is sent, and the answer that is read.
constexpr std::uint64_t pinned_bytes() {
  return (sizeof(query_row) + sizeof(match_count) + settings.top_k * sizeof(found_match)) * 3 / 2;
}

// What a device needs with no channel at all; the host has two buffers of appends.
constexpr std::uint64_t appends_bytes = match_device::appends_max * append_bytes(by);
constexpr std::uint64_t asking_bytes = match_device::probes_max * sizeof(probe_request) +
                                       match_device::collected_max * sizeof(found_match);

}  // namespace

day_capacity day_capacity_of(std::uint64_t free_bytes) {
  const std::uint32_t slots = slots_of(by, settings.window_seconds, 0);
  const auto channel = device_channel::make(by, settings, slots);
  if (!channel) return {};
  day_capacity fits;
  fits.channel_bytes = plane_bytes(by, slots) + batch_bytes(tiles_of(slots));
  const auto used = static_cast<std::uint64_t>(static_cast<double>(free_bytes) *
                                               cuda_device_options{}.memory_share);
  const std::uint64_t idle_bytes = appends_bytes + asking_bytes;
  if (used > idle_bytes) fits.channels = (used - idle_bytes) / fits.channel_bytes;
  fits.host_bytes =
      2 * appends_bytes + asking_bytes + fits.channels * ((*channel)->bytes() + pinned_bytes());
  return fits;
}

void tell_day_capacity(compute_device& of) {
  if (of.compute_major < compute_major_min) {
    of.unusable = "it needs compute " + std::to_string(compute_major_min) + ".0 or later";
    return;
  }
  const day_capacity fits = day_capacity_of(of.memory_free_bytes);
  of.day_channels = fits.channels;
  of.day_channel_bytes = fits.channel_bytes;
  of.day_host_bytes = fits.host_bytes;
}

}  // namespace reprise
