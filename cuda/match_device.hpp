// A device that keeps histories and scores batches, as the CUDA engine sees it: memory, upload,
// score, select, download. One is CUDA's; the tests have one that runs on the host, and one that
// fails.
//
// Shapes   device_batch.hpp
// Errors   add_planes, reserve: device_memory, host_memory, with nothing changed. All: device_lost,
//          after which nothing may be called but the destructor, and that calls no driver
// Threads  one caller at a time, any thread
// Owns     the planes given out, the staging memory, and what its spans point to: answers stay
//          valid until the next upload()
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "cuda/device_batch.hpp"
#include "host/match/error.hpp"

namespace reprise {

// What the largest batch needs: of appends the device has room for appends_max at any time.
struct batch_room {
  std::uint32_t rows = 0;
  std::uint32_t tiles = 0;  // of all rows
  std::uint32_t found = 0;  // top_k a tile, of all tiles
  std::uint32_t best = 0;   // top_k a row, of all rows
};

struct batch_answers {
  std::span<const match_count> rows;  // of each row
  std::span<const found_match> best;  // in order, from row.first_best on
};

struct device_memory_use {
  std::size_t device_bytes = 0;  // planes and batches
  std::size_t device_bytes_max = 0;
  std::size_t pinned_bytes = 0;
};

class match_device {
 public:
  static constexpr std::uint32_t appends_max = 16'384;     // in one upload
  static constexpr std::uint32_t collected_max = 1 << 20;  // matches in one collect()
  static constexpr std::uint32_t probes_max = 1 << 16;

  virtual ~match_device() = default;

  // Planes of so many slots, all of them missing.
  [[nodiscard]] virtual result<channel_planes> add_planes(std::uint32_t slots) = 0;
  [[nodiscard]] virtual std::optional<errc> remove_planes(const channel_planes& removed) = 0;
  // Grows what batches need, so that none of them allocates.
  [[nodiscard]] virtual std::optional<errc> reserve(const batch_room& room) = 0;
  // Of a lost device, what it had.
  [[nodiscard]] virtual device_memory_use memory() const noexcept = 0;

  // Where append records are written, append_bytes() each, until upload().
  [[nodiscard]] virtual std::byte* staging() noexcept = 0;
  // Makes slots missing, in the order of the uploads.
  [[nodiscard]] virtual std::optional<errc> clear(const channel_planes& of, std::uint32_t first,
                                                  std::uint32_t count) = 0;
  // Takes the first `appends` records of the staging memory into the histories, and the rows; both
  // may be written again afterwards.
  [[nodiscard]] virtual std::optional<errc> upload(std::uint32_t appends,
                                                   std::span<const query_row> rows) = 0;
  // The rest asks about the rows of the last upload, in this order.
  [[nodiscard]] virtual std::optional<errc> score() = 0;
  [[nodiscard]] virtual std::optional<errc> select() = 0;
  [[nodiscard]] virtual result<batch_answers> download() = 0;
  [[nodiscard]] virtual result<std::span<const found_match>> collect(
      std::span<const collect_request> asked, std::uint32_t matches) = 0;
  [[nodiscard]] virtual result<std::span<const found_match>> probe(
      std::span<const probe_request> asked) = 0;
};

}  // namespace reprise
