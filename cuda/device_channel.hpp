// The host's half of one channel of the CUDA engine: its change vectors as they come, the exact
// names of its prefixes, and where in its ring on the device the newest second lies.
//
// Shapes   slots as in plane_layout.hpp; the prefix id of each is kept here too, so that one that
//          leaves the ring can be given back
// Errors   make: host_memory
// Threads  one at a time
// Owns     one mapping for the names, sized once; not the planes
//
// A tick is taken as begin(), then enter() for each second since the newest one that the ring keeps
// (the tick itself last), or restart() where the ring keeps none, and put() if the tick has a
// change vector.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cuda/device_batch.hpp"
#include "host/match/change_tracker.hpp"
#include "host/match/prefix_table.hpp"

namespace reprise {

class device_channel {
 public:
  [[nodiscard]] static result<std::unique_ptr<device_channel>> make(const rule& by,
                                                                    const search_settings& settings,
                                                                    std::uint32_t slots);

  [[nodiscard]] std::optional<errc> begin(const tick& taken) noexcept;
  // Seconds from the newest one to the tick that has begun, which it is one of; none where the ring
  // is empty or keeps none of the old ones.
  [[nodiscard]] std::optional<std::uint32_t> steps(const tick& taken) const noexcept;
  // Empties the ring.
  void restart() noexcept;
  // The next second's slot, missing so far.
  std::uint32_t enter() noexcept;
  // The change vector joins the slot entered last; its prefix's id.
  prefix_id put() noexcept;
  void finish(const tick& taken) noexcept;

  // The tick's query, but for what the batch decides: places, limit.
  [[nodiscard]] query_row make_row(bool keeps) const noexcept;
  // The tick was scored, its agreements were kept; or it was not.
  void scored(bool kept) noexcept;

  [[nodiscard]] const search_settings& settings() const noexcept { return settings_; }
  [[nodiscard]] const change_tracker& changes() const noexcept { return changes_; }
  [[nodiscard]] const std::uint64_t* suffix() const noexcept {
    return changes_.change() + rule_.prefix_words();
  }
  [[nodiscard]] bool is_empty() const noexcept { return !used_; }
  [[nodiscard]] score_value limit() const noexcept { return limit_; }
  [[nodiscard]] std::size_t bytes() const noexcept;

  channel_planes planes;        // given by the device
  std::vector<match> best;      // of the tick answered last
  std::uint64_t staged_in = 0;  // the upload that has its newest records, and how many they are
  std::uint32_t staged = 0;

 private:
  device_channel(memory_layout& layout, const rule& by, const search_settings& settings,
                 std::uint32_t slots);

  rule rule_;
  search_settings settings_;
  score_value limit_;
  std::uint32_t slots_;
  std::uint32_t newest_slot_;
  bool used_ = false;          // since the ring was emptied
  std::uint32_t earlier_ = 0;  // ticks in a row up to the newest whose agreements were kept
  std::uint64_t hash_ = 0;
  change_tracker changes_;
  prefix_id* ids_;
  prefix_table prefixes_;
  mapped_memory memory_;
};

}  // namespace reprise
