#include "host/match/dense_search.hpp"

#include <algorithm>
#include <cstring>

namespace reprise {

result<dense_search> dense_search::make(std::uint32_t slots, const rule& by) {
  auto memory = mapped_memory::make(bytes_for(slots, by), mapped_memory::pages::on_touch);
  if (!memory) return errc::host_memory;
  dense_search made;
  made.slots_ = slots;
  made.memory_ = std::move(*memory);
  return made;
}

std::uint32_t* dense_search::plane(std::uint32_t index) const noexcept {
  return reinterpret_cast<std::uint32_t*>(memory_.data()) + std::size_t{index} * (pad + slots_) +
         pad;
}

void dense_search::release() noexcept {
  memory_.release_pages();
  plane_times_.fill(-1);
  in_use_ = false;
}

void dense_search::fill(const history& searched, const query_run& query, std::uint32_t i,
                        const agreement_kernel& kernel, const rule& by) {
  const std::int64_t time = searched.newest_time() - i;
  const std::uint32_t index = plane_of(time, by);
  last_used_ = searched.newest_time();
  if (plane_times_[index] == time) return;
  plane_times_[index] = time;
  in_use_ = true;
  std::uint32_t* filled = plane(index);
  // Until the ring has gone round once, nothing lies beyond its newest slot, and nobody looks there
  // but through the pad.
  const std::uint32_t blocks =
      searched.seconds() == slots_ ? slots_ / block_lanes : searched.slot_back(0) / block_lanes + 1;
  std::memset(filled + slots_ - pad, 0, pad * sizeof *filled);
  kernel.scan(query.suffixes[i], query.ids[i], searched.view(blocks), filled, by);
  std::memcpy(filled - pad, filled + slots_ - pad, pad * sizeof *filled);
}

void dense_search::search(const history& searched, const query_run& query, lag_range lags,
                          const agreement_kernel& kernel, const rule& by, match_collector& found) {
  for (std::uint32_t i = 0; i < by.run; ++i) fill(searched, query, i, kernel, by);
  // Lags grow as slots fall: from the newest candidate down, in pieces that do not cross slot 0.
  const std::uint32_t oldest = std::min(lags.greatest, searched.seconds() - 1);
  for (std::uint32_t lag = lags.least; lag <= oldest;) {
    const std::uint32_t last_slot = searched.slot_back(lag);
    const std::uint32_t count = std::min({oldest - lag + 1, tile_slots, last_slot + 1});
    search_tile(searched, last_slot + 1 - count, count, kernel, by, found);
    lag += count;
  }
}

void dense_search::search_tile(const history& searched, std::uint32_t first_slot,
                               std::uint32_t count, const agreement_kernel& kernel, const rule& by,
                               match_collector& found) {
  diagonal_view view{{}, by.run, count};
  for (std::uint32_t i = 0; i < by.run; ++i) {
    view.planes[i] = plane(plane_of(searched.newest_time() - i, by)) + first_slot - i;
  }
  std::uint32_t positions[tile_slots];
  const std::uint32_t passed = kernel.filter(view, found.bound(), positions);
  const std::uint32_t newest_slot = searched.slot_back(0);
  for (std::uint32_t p = passed; p-- > 0;) {
    std::uint32_t agreements[run_max];
    for (std::uint32_t i = 0; i < by.run; ++i) agreements[i] = view.planes[i][positions[p]];
    const std::uint32_t slot = first_slot + positions[p];
    found.offer(slot <= newest_slot ? newest_slot - slot : newest_slot + searched.slots() - slot,
                agreements);
  }
}

}  // namespace reprise
