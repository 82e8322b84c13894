#include "bench/gpu/gpu_channels.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench/sizes.hpp"
#include "host/match/cpu_matcher.hpp"

namespace reprise::bench {
namespace {

constexpr std::uint32_t records_at_once = 16'384;

search_settings settings_of_all() {
  return {.window_seconds = chosen.window_seconds,
          .threshold = threshold_of_similarity(0.8, rule{})};
}

std::uint32_t slots_of_all() {
  return slots_of(rule{}, chosen.window_seconds, 0);
}

std::uint32_t blocks_of_device() {
  int multiprocessors = 0;
  check(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, 0));
  return static_cast<std::uint32_t>(multiprocessors) * score_blocks_resident(rule{});
}

class timer {
 public:
  timer() { reprise::check(cudaEventCreate(&handle_)); }
  ~timer() { cudaEventDestroy(handle_); }
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  void record(const stream& in) { reprise::check(cudaEventRecord(handle_, in.get())); }
  [[nodiscard]] double seconds_since(const timer& earlier) const {
    float milliseconds = 0;
    reprise::check(cudaEventElapsedTime(&milliseconds, earlier.handle_, handle_));
    return static_cast<double>(milliseconds) / 1e3;
  }

 private:
  cudaEvent_t handle_ = nullptr;
};

}  // namespace

std::uint32_t gpu_channels::that_fit(double memory_share) {
  std::size_t free_bytes = 0, all_bytes = 0;
  reprise::check(cudaDeviceSynchronize());  // what was there before has gone
  reprise::check(cudaMemGetInfo(&free_bytes, &all_bytes));
  const rule by{};
  const std::size_t tiles = tiles_of(slots_of_all());
  const std::size_t batch_bytes = sizeof(query_row) + append_bytes(by) +
                                  tiles * (sizeof(match_count) + 10 * sizeof(found_match)) +
                                  sizeof(match_count) + 10 * sizeof(found_match);
  return static_cast<std::uint32_t>(
      static_cast<double>(free_bytes) * memory_share /
      static_cast<double>(plane_bytes(by, slots_of_all()) + batch_bytes));
}

gpu_channels::gpu_channels(content_kind kind, std::uint32_t count)
    : count_{count},
      slots_{slots_of_all()},
      score_blocks_{blocks_of_device()},
      pool_{0},
      planes_{count * (plane_bytes(rule{}, slots_) / 4), pool_, work_},
      records_{std::max(count, records_at_once) * append_bytes(rule{}), pool_, work_},
      rows_{count, pool_, work_},
      tile_counts_{std::size_t{count} * tiles_of(slots_), pool_, work_},
      row_counts_{count, pool_, work_},
      tile_found_{std::size_t{count} * tiles_of(slots_) * settings_of_all().top_k, pool_, work_},
      best_{std::size_t{count} * settings_of_all().top_k, pool_, work_},
      names_{std::move(*device_channel::make(rule{}, settings_of_all(), slots_))},
      expected_{std::move(*make_cpu_matcher(rule{}, {.threads = 1}))},
      expected_id_{expected_->add_channel(settings_of_all()).value()},
      content_{kind, chosen.window_seconds, 1} {
  names_->planes = planes_of(0);
  reprise::check(cudaMemsetAsync(planes_.data(), 0, plane_bytes(rule{}, slots_), work_.get()));
  load(chosen.window_seconds);
  for (std::uint32_t i = 1; i < count; ++i) {
    reprise::check(cudaMemcpyAsync(planes_of(i).base, planes_of(0).base,
                                   plane_bytes(rule{}, slots_), cudaMemcpyDeviceToDevice,
                                   work_.get()));
  }
  for (int i = 0; i < 8; ++i) static_cast<void>(step());  // the run's agreements, and warm-up
}

channel_planes gpu_channels::planes_of(std::uint32_t channel) const {
  return {planes_.data() + channel * (plane_bytes(rule{}, slots_) / 4), slots_};
}

void gpu_channels::stage(std::vector<std::byte>& into, std::uint32_t slot, prefix_id prefix,
                         std::uint32_t channels) {
  for (std::uint32_t i = 0; i < channels; ++i) {
    const append_record head{planes_of(i), slot, prefix};
    const std::size_t at = into.size();
    into.resize(at + append_bytes(rule{}));
    std::memcpy(into.data() + at, &head, sizeof head);
    std::memcpy(into.data() + at + sizeof head, names_->suffix(), suffix_words_of(rule{}) * 4);
  }
}

void gpu_channels::append(const std::vector<std::byte>& records) {
  reprise::check(cudaMemcpyAsync(records_.data(), records.data(), records.size(),
                                 cudaMemcpyHostToDevice, work_.get()));
  enqueue_append(records_.data(), static_cast<std::uint32_t>(records.size() / append_bytes(rule{})),
                 rule{}, work_.get());
  work_.wait();
}

// Into the first channel alone.
void gpu_channels::load(std::uint32_t seconds) {
  std::vector<std::byte> records;
  for (std::uint32_t i = 0; i < seconds; ++i) {
    bits_ = content_.next();
    tick taken{expected_id_, ++time_, bits_, nullptr, false};
    expected_->step({&taken, 1}, {&expected_result_, 1});
    if (names_->begin(taken)) std::abort();
    const std::uint32_t slot = names_->enter();
    stage(records, slot, names_->changes().has_change() ? names_->put() : prefix_missing, 1);
    names_->finish(taken);
    names_->scored(false);
    if (records.size() == records_at_once * append_bytes(rule{}) || i + 1 == seconds) {
      append(records);
      records.clear();
    }
  }
}

batch_times gpu_channels::step() {
  bits_ = content_.next();
  const tick taken{expected_id_, ++time_, bits_};
  expected_->step({&taken, 1}, {&expected_result_, 1});
  if (names_->begin(taken)) std::abort();
  const std::uint32_t slot = names_->enter();
  std::vector<std::byte> records;
  stage(records, slot, names_->put(), count_);
  append(records);
  names_->finish(taken);
  query_row row = names_->make_row(true);
  names_->scored(true);
  const score_value limit = names_->limit();
  row.limit_low = static_cast<std::uint64_t>(limit);
  row.limit_high = static_cast<std::uint64_t>(limit >> 64);
  std::vector<query_row> rows(count_, row);
  for (std::uint32_t i = 0; i < count_; ++i) {
    rows[i].planes = planes_of(i);
    rows[i].first_tile = i * tiles_of(slots_);
    rows[i].first_found = rows[i].first_tile * row.top_k;
    rows[i].first_best = i * row.top_k;
  }
  reprise::check(cudaMemcpyAsync(rows_.data(), rows.data(), rows.size() * sizeof(query_row),
                                 cudaMemcpyHostToDevice, work_.get()));
  const batch_view view{rows_.data(),        count_,
                        tiles_of(slots_),    rule{},
                        tile_counts_.data(), tile_found_.data(),
                        row_counts_.data(),  best_.data()};
  timer begun, scored, selected;
  begun.record(work_);
  enqueue_score(view, score_blocks_, work_.get());
  scored.record(work_);
  enqueue_select(view, work_.get());
  selected.record(work_);
  work_.wait();
  return {scored.seconds_since(begun), selected.seconds_since(scored)};
}

void gpu_channels::check() const {
  const std::uint32_t top_k = settings_of_all().top_k;
  for (const std::uint32_t channel : {0u, count_ - 1}) {
    match_count count{};
    std::vector<found_match> found(top_k);
    reprise::check(
        cudaMemcpy(&count, row_counts_.data() + channel, sizeof count, cudaMemcpyDeviceToHost));
    reprise::check(cudaMemcpy(found.data(), best_.data() + std::size_t{channel} * top_k,
                              top_k * sizeof(found_match), cudaMemcpyDeviceToHost));
    const bool equal =
        std::equal(expected_result_.best.begin(), expected_result_.best.end(), found.begin(),
                   found.begin() + count.kept,
                   [](const match& want, const found_match& got) { return want == unpack(got); });
    if (equal) continue;
    std::fputs("reprise-bench: the device's answer is not the CPU engine's\n", stderr);
    std::exit(1);
  }
}

}  // namespace reprise::bench
