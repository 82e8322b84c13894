// Search for hot prefixes (still or looping content): agreements with the whole ring, one plane a
// tick, and their products along the diagonal, in time that does not depend on the content.
//
// Shapes   `run` planes of one u32 for each slot, plane t mod run for the second t; before each
//          plane the last slots again, so that a diagonal may start left of slot 0
// Errors   make: host_memory
// Threads  one at a time
// Owns     one mapping, whose pages are taken up on first use and handed back by release()
#pragma once

#include <array>
#include <cstdint>

#include "host/match/history.hpp"
#include "host/match/match_collector.hpp"
#include "host/match/query_run.hpp"

namespace reprise {

class dense_search {
 public:
  [[nodiscard]] static result<dense_search> make(std::uint32_t slots, const rule& by);

  // Computes the plane of the query's i-th second before the newest, unless it is there.
  void fill(const history& searched, const query_run& query, std::uint32_t i,
            const agreement_kernel& kernel, const rule& by);
  // Candidates go to the collector in order of increasing lag. Fills what planes are missing.
  void search(const history& searched, const query_run& query, lag_range lags,
              const agreement_kernel& kernel, const rule& by, match_collector& found);

  // Hands the planes' memory back; they are computed anew when needed.
  void release() noexcept;
  [[nodiscard]] bool in_use() const noexcept { return in_use_; }
  [[nodiscard]] std::int64_t last_used() const noexcept { return last_used_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return in_use_ ? memory_.bytes() : 0; }
  [[nodiscard]] static std::size_t bytes_for(std::uint32_t slots, const rule& by) noexcept {
    return std::size_t{by.run} * (pad + slots) * sizeof(std::uint32_t);
  }

 private:
  static constexpr std::uint32_t pad = 8;  // slots repeated before each plane; run - 1 needed
  static constexpr std::uint32_t tile_slots = 1024;  // candidates filtered at a time

  [[nodiscard]] std::uint32_t plane_of(std::int64_t time, const rule& by) const noexcept {
    return static_cast<std::uint32_t>(time % by.run);
  }
  [[nodiscard]] std::uint32_t* plane(std::uint32_t index) const noexcept;
  void search_tile(const history& searched, std::uint32_t first_slot, std::uint32_t count,
                   const agreement_kernel& kernel, const rule& by, match_collector& found);

  std::uint32_t slots_ = 0;
  bool in_use_ = false;
  std::int64_t last_used_ = -1;
  std::array<std::int64_t, run_max> plane_times_{-1, -1, -1, -1, -1};
  mapped_memory memory_;
};

}  // namespace reprise
