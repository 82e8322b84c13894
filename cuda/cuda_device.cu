#include "cuda/cuda_device.hpp"

#include <thrust/device_ptr.h>
#include <thrust/execution_policy.h>
#include <thrust/fill.h>
#include <thrust/system_error.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <new>
#include <string>

#include "cuda/cuda_support.hpp"
#include "cuda/kernels.hpp"

namespace reprise {
namespace {

constexpr std::size_t answer_alignment = 32;

// After an error that stays, no card of this process is called any more: the driver's state is the
// process's, and nothing says what is left of it.
std::atomic<bool> driver_lost{false};

// Where the best of a batch of so many rows lie behind their counts.
std::size_t best_offset(std::uint32_t rows) {
  return (rows * sizeof(match_count) + answer_alignment - 1) / answer_alignment * answer_alignment;
}

// Everything of the device that a destructor gives back.
struct device_resources {
  explicit device_resources(int device) : pool{device} {}

  stream work;
  memory_pool pool;
  event staged[2];  // the copies out of the two staging buffers
  pinned_buffer<std::byte> staging[2];
  device_buffer<std::byte> appends;
  pinned_buffer<query_row> rows_staged;
  device_buffer<query_row> rows;
  device_buffer<match_count> tile_counts;
  device_buffer<found_match> tile_found;
  device_buffer<std::byte> answers;
  pinned_buffer<std::byte> answers_read;
  pinned_buffer<std::byte> asked_staged;  // collect and probe requests
  device_buffer<std::byte> asked;
  device_buffer<found_match> given;
  pinned_buffer<found_match> given_read;
  std::map<std::uint32_t*, device_buffer<std::uint32_t>> planes;
};

class cuda_device final : public match_device {
 public:
  cuda_device(const rule& by, cuda_device_options options);
  ~cuda_device() override;

  result<channel_planes> add_planes(std::uint32_t slots) override;
  std::optional<errc> remove_planes(const channel_planes& removed) override;
  std::optional<errc> reserve(const batch_room& room) override;
  device_memory_use memory() const noexcept override;
  std::byte* staging() noexcept override { return own_->staging[staged_].data(); }
  std::optional<errc> clear(const channel_planes& of, std::uint32_t first,
                            std::uint32_t count) override;
  std::optional<errc> upload(std::uint32_t appends, std::span<const query_row> rows) override;
  std::optional<errc> score() override;
  std::optional<errc> select() override;
  result<batch_answers> download() override;
  result<std::span<const found_match>> collect(std::span<const collect_request> asked,
                                               std::uint32_t matches) override;
  result<std::span<const found_match>> probe(std::span<const probe_request> asked) override;

 private:
  // Makes calls, and turns their failure into an error: out of memory passes where that can be,
  // everything else is the end of the device.
  template <typename Calls>
  [[nodiscard]] std::optional<errc> guarded(Calls calls, bool may_lack_memory = false);
  void grow(const batch_room& room);
  [[nodiscard]] batch_view view() const noexcept;
  template <typename Request, typename Enqueue>
  [[nodiscard]] result<std::span<const found_match>> ask(std::span<const Request> asked,
                                                         std::uint32_t matches, Enqueue enqueue);

  rule rule_;
  cuda_device_options options_;
  std::unique_ptr<device_resources> own_;
  std::size_t bytes_max_ = 0;
  std::size_t plane_bytes_ = 0;
  device_memory_use used_;  // of a lost device, when it was
  batch_room room_;
  std::uint32_t score_blocks_ = 1;
  std::uint32_t staged_ = 0;  // which staging buffer is written now
  std::uint32_t rows_ = 0;    // of the batch
  std::uint32_t tiles_max_ = 0;
  std::uint32_t best_ = 0;
};

template <typename Calls>
std::optional<errc> cuda_device::guarded(Calls calls, bool may_lack_memory) {
  try {
    if (driver_lost) throw cuda_failure{cudaErrorDevicesUnavailable};
    check(cudaSetDevice(options_.device));
    calls();
    return std::nullopt;
  } catch (const cuda_failure& failed) {
    if (may_lack_memory && failed.code == cudaErrorMemoryAllocation) return errc::device_memory;
    options_.told_lost(driver_lost ? "another card of this process was lost"
                                   : std::string{cudaGetErrorName(failed.code)} + ": " +
                                         cudaGetErrorString(failed.code));
  } catch (const thrust::system_error& failed) {
    options_.told_lost(failed.what());
  } catch (const std::bad_alloc&) {
    if (may_lack_memory) return errc::host_memory;
    options_.told_lost("the host is out of memory");
  }
  driver_lost = true;
  used_ = memory();
  // Destructors would call the driver, which may hang or crash after an error that stays.
  static_cast<void>(own_.release());
  return errc::device_lost;
}

cuda_device::cuda_device(const rule& by, cuda_device_options options)
    : rule_{by}, options_{std::move(options)} {
  check(cudaSetDevice(options_.device));
  int major = 0, multiprocessors = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, options_.device));
  check(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, options_.device));
  if (major < compute_major_min) throw cuda_failure{cudaErrorNoKernelImageForDevice};
  own_ = std::make_unique<device_resources>(options_.device);
  std::uint64_t keep_all = UINT64_MAX;
  check(cudaMemPoolSetAttribute(own_->pool.get(), cudaMemPoolAttrReleaseThreshold, &keep_all));
  std::size_t free_bytes = 0, all_bytes = 0;
  check(cudaMemGetInfo(&free_bytes, &all_bytes));
  bytes_max_ = static_cast<std::size_t>(static_cast<double>(free_bytes) * options_.memory_share);
  if (options_.memory_bytes_max > 0) bytes_max_ = std::min(bytes_max_, options_.memory_bytes_max);
  score_blocks_ = static_cast<std::uint32_t>(multiprocessors) * score_blocks_resident(rule_);
  const std::size_t staging_bytes = appends_max * append_bytes(rule_);
  for (auto& buffer : own_->staging) buffer = pinned_buffer<std::byte>{staging_bytes};
  own_->appends = {staging_bytes, own_->pool, own_->work};
  grow({.rows = 1, .tiles = 1, .found = 1, .best = 1});
}

cuda_device::~cuda_device() {
  if (own_ == nullptr) return;
  // Planes and buffers go back in the stream's order, before the stream and the pool.
  static_cast<void>(guarded([&] {
    own_->work.wait();
    own_.reset();
  }));
}

result<channel_planes> cuda_device::add_planes(std::uint32_t slots) {
  const std::size_t bytes = plane_bytes(rule_, slots);
  if (memory().device_bytes + bytes > bytes_max_) return errc::device_memory;
  channel_planes made{nullptr, slots};
  const auto failed = guarded(
      [&] {
        device_buffer<std::uint32_t> words{bytes / sizeof(std::uint32_t), own_->pool, own_->work};
        made.base = words.data();
        own_->planes[made.base] = std::move(words);
        thrust::fill_n(thrust::cuda::par_nosync.on(own_->work.get()),
                       thrust::device_pointer_cast(prefix_plane(made)), slots, 0u);
      },
      true);
  if (failed) return *failed;
  plane_bytes_ += bytes;
  return made;
}

std::optional<errc> cuda_device::remove_planes(const channel_planes& removed) {
  plane_bytes_ -= plane_bytes(rule_, removed.slots);
  return guarded([&] { own_->planes.erase(removed.base); });
}

// Half as much again as was asked for, so that a thousand channels added one by one do not bring a
// thousand allocations.
void cuda_device::grow(const batch_room& room) {
  const auto grown = [](std::uint32_t now, std::uint32_t wanted) {
    return wanted <= now ? now : wanted + wanted / 2;
  };
  const batch_room made{grown(room_.rows, room.rows), grown(room_.tiles, room.tiles),
                        grown(room_.found, room.found), grown(room_.best, room.best)};
  own_->work.wait();
  const memory_pool& pool = own_->pool;
  const stream& work = own_->work;
  const std::size_t answer_bytes = best_offset(made.rows) + made.best * sizeof(found_match);
  if (made.rows > room_.rows) {
    own_->rows_staged = pinned_buffer<query_row>{made.rows};
    own_->rows = {made.rows, pool, work};
  }
  if (made.tiles > room_.tiles) own_->tile_counts = {made.tiles, pool, work};
  if (made.found > room_.found) own_->tile_found = {made.found, pool, work};
  if (answer_bytes > own_->answers.bytes()) {
    own_->answers = {answer_bytes, pool, work};
    own_->answers_read = pinned_buffer<std::byte>{answer_bytes};
  }
  if (own_->asked.bytes() == 0) {
    own_->asked_staged = pinned_buffer<std::byte>{probes_max * sizeof(probe_request)};
    own_->asked = {probes_max * sizeof(probe_request), pool, work};
    own_->given = {collected_max, pool, work};
    own_->given_read = pinned_buffer<found_match>{collected_max};
  }
  room_ = made;
}

std::optional<errc> cuda_device::reserve(const batch_room& room) {
  if (room.rows <= room_.rows && room.tiles <= room_.tiles && room.found <= room_.found &&
      room.best <= room_.best) {
    return std::nullopt;
  }
  return guarded([&] { grow(room); }, true);
}

device_memory_use cuda_device::memory() const noexcept {
  if (own_ == nullptr) return used_;
  device_memory_use used{plane_bytes_, bytes_max_, 0};
  const device_resources& own = *own_;
  used.device_bytes += own.appends.bytes() + own.rows.bytes() + own.tile_counts.bytes() +
                       own.tile_found.bytes() + own.answers.bytes() + own.asked.bytes() +
                       own.given.bytes();
  used.pinned_bytes = own.staging[0].bytes() + own.staging[1].bytes() + own.rows_staged.bytes() +
                      own.answers_read.bytes() + own.asked_staged.bytes() + own.given_read.bytes();
  return used;
}

std::optional<errc> cuda_device::clear(const channel_planes& of, std::uint32_t first,
                                       std::uint32_t count) {
  return guarded([&] {
    thrust::fill_n(thrust::cuda::par_nosync.on(own_->work.get()),
                   thrust::device_pointer_cast(prefix_plane(of) + first), count, 0u);
  });
}

std::optional<errc> cuda_device::upload(std::uint32_t appends, std::span<const query_row> rows) {
  return guarded([&] {
    const cudaStream_t in = own_->work.get();
    rows_ = static_cast<std::uint32_t>(rows.size());
    tiles_max_ = best_ = 0;
    for (const query_row& row : rows) {
      tiles_max_ = std::max(tiles_max_, tiles_of(row.planes.slots));
      best_ += row.top_k;
    }
    if (appends > 0) {
      check(cudaMemcpyAsync(own_->appends.data(), staging(), appends * append_bytes(rule_),
                            cudaMemcpyHostToDevice, in));
      own_->staged[staged_].record(own_->work);
      enqueue_append(own_->appends.data(), appends, rule_, in);
      staged_ ^= 1;
      own_->staged[staged_].wait();  // of the upload before: it is long done
    }
    if (rows.empty()) return;
    std::memcpy(own_->rows_staged.data(), rows.data(), rows.size_bytes());
    check(cudaMemcpyAsync(own_->rows.data(), own_->rows_staged.data(), rows.size_bytes(),
                          cudaMemcpyHostToDevice, in));
  });
}

batch_view cuda_device::view() const noexcept {
  std::byte* const answers = own_->answers.data();
  return {own_->rows.data(),
          rows_,
          tiles_max_,
          rule_,
          own_->tile_counts.data(),
          own_->tile_found.data(),
          reinterpret_cast<match_count*>(answers),
          reinterpret_cast<found_match*>(answers + best_offset(rows_))};
}

std::optional<errc> cuda_device::score() {
  return guarded([&] { enqueue_score(view(), score_blocks_, own_->work.get()); });
}

std::optional<errc> cuda_device::select() {
  return guarded([&] { enqueue_select(view(), own_->work.get()); });
}

result<batch_answers> cuda_device::download() {
  const std::size_t offset = best_offset(rows_);
  const auto failed = guarded([&] {
    check(cudaMemcpyAsync(own_->answers_read.data(), own_->answers.data(),
                          offset + best_ * sizeof(found_match), cudaMemcpyDeviceToHost,
                          own_->work.get()));
    own_->work.wait();
  });
  if (failed) return *failed;
  const std::byte* const read = own_->answers_read.data();
  return batch_answers{{reinterpret_cast<const match_count*>(read), rows_},
                       {reinterpret_cast<const found_match*>(read + offset), best_}};
}

template <typename Request, typename Enqueue>
result<std::span<const found_match>> cuda_device::ask(std::span<const Request> asked,
                                                      std::uint32_t matches, Enqueue enqueue) {
  const auto failed = guarded([&] {
    const cudaStream_t in = own_->work.get();
    std::memcpy(own_->asked_staged.data(), asked.data(), asked.size_bytes());
    check(cudaMemcpyAsync(own_->asked.data(), own_->asked_staged.data(), asked.size_bytes(),
                          cudaMemcpyHostToDevice, in));
    enqueue(view(), reinterpret_cast<const Request*>(own_->asked.data()),
            static_cast<std::uint32_t>(asked.size()), own_->given.data(), in);
    check(cudaMemcpyAsync(own_->given_read.data(), own_->given.data(),
                          matches * sizeof(found_match), cudaMemcpyDeviceToHost, in));
    own_->work.wait();
  });
  if (failed) return *failed;
  return std::span<const found_match>{own_->given_read.data(), matches};
}

result<std::span<const found_match>> cuda_device::collect(std::span<const collect_request> asked,
                                                          std::uint32_t matches) {
  return ask(asked, matches, enqueue_collect);
}

result<std::span<const found_match>> cuda_device::probe(std::span<const probe_request> asked) {
  return ask(asked, static_cast<std::uint32_t>(asked.size()), enqueue_probe);
}

}  // namespace

result<std::unique_ptr<match_device>> make_cuda_device(const rule& by,
                                                       cuda_device_options options) {
  const auto told = options.told_lost;
  try {
    return std::unique_ptr<match_device>{std::make_unique<cuda_device>(by, std::move(options))};
  } catch (const cuda_failure& failed) {
    told(cudaGetErrorString(failed.code));
    return failed.code == cudaErrorMemoryAllocation ? errc::device_memory : errc::device_lost;
  } catch (const std::bad_alloc&) {
    told("the host is out of memory");
    return errc::host_memory;
  }
}

}  // namespace reprise
