#include "host/match/prefix_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "host/match/assert.hpp"

namespace reprise {

prefix_table::prefix_table(memory_layout& layout, std::uint32_t ids_max, std::uint32_t prefix_words,
                           const hash_key& key) noexcept
    : key_{key},
      prefix_words_{prefix_words},
      ids_max_{ids_max},
      // At most three cells of four are full, so that a miss ends soon.
      mask_{std::bit_ceil(ids_max + ids_max / 3 + 1) - 1},
      cells_{layout.take<cell>(std::size_t{mask_} + 1)},
      uses_{layout.take<use>(std::size_t{ids_max} + 1)},
      prefixes_{layout.take<std::uint64_t>((std::size_t{ids_max} + 1) * prefix_words)} {}

prefix_id prefix_table::take_id() noexcept {
  if (free_ != 0) {
    const prefix_id taken = free_;
    free_ = uses_[taken].latest;
    return taken;
  }
  REPRISE_ASSERT(fresh_ <= ids_max_);
  return fresh_++;
}

prefix_id prefix_table::add(const std::uint64_t* prefix, std::uint64_t hash, std::uint32_t slot,
                            std::uint32_t& earlier) noexcept {
  const auto tag = static_cast<std::uint32_t>(hash);
  std::uint32_t at = home(hash);
  for (; cells_[at].id != 0; at = (at + 1) & mask_) {
    if (cells_[at].tag != tag) continue;
    const prefix_id id = cells_[at].id;
    if (!std::equal(prefix, prefix + prefix_words_, prefix_of(id))) continue;
    use& used = uses_[id];
    earlier = used.latest;
    used.latest = slot;
    ++used.count;
    return id;
  }
  const prefix_id id = take_id();
  cells_[at] = {id, tag};
  uses_[id] = {1, slot};
  std::copy_n(prefix, prefix_words_, prefixes_ + static_cast<std::size_t>(id) * prefix_words_);
  return id;
}

void prefix_table::remove(prefix_id id) noexcept {
  use& used = uses_[id];
  if (--used.count > 0) return;
  std::uint32_t at = home(hash_of(id));
  while (cells_[at].id != id) {
    REPRISE_ASSERT(cells_[at].id != 0);
    at = (at + 1) & mask_;
  }
  erase_cell(at);
  used.latest = free_;
  free_ = id;
}

void prefix_table::erase_cell(std::uint32_t at) noexcept {
  // Whatever follows in the run moves into the hole, unless the hole lies before its home.
  for (std::uint32_t next = (at + 1) & mask_; cells_[next].id != 0; next = (next + 1) & mask_) {
    const std::uint32_t from_home = (next - cells_[next].tag) & mask_;
    if (from_home < ((next - at) & mask_)) continue;
    cells_[at] = cells_[next];
    at = next;
  }
  cells_[at] = {};
}

void prefix_table::clear() noexcept {
  std::memset(cells_, 0, (std::size_t{mask_} + 1) * sizeof(cell));
  fresh_ = 1;
  free_ = 0;
}

}  // namespace reprise
