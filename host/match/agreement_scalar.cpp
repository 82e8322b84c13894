// Agreement by 64-bit arithmetic inside bytes: bit counts and the sums of bit numbers of the 8
// bytes of a word at once. Serves every rule; for 1024/256 it is the fallback of processors without
// AVX2.
#include <algorithm>

#include "host/match/agreement_kernels.hpp"

namespace reprise {

namespace {

constexpr std::uint64_t each_byte = 0x0101010101010101;

// Weighted count of the set bits of word k: bit j (0 = most significant) of its byte c weighs
// bits - 64k - 8c - j.
std::uint32_t weigh(std::uint64_t equal, std::uint32_t k, const rule& by) noexcept {
  // Each step doubles the width of a field that holds a count, and beside it the sum of the numbers
  // of the set bits; within a field the lower half has the higher numbers.
  const std::uint64_t even = equal & 0x55 * each_byte;
  const std::uint64_t pairs = even + (equal >> 1 & 0x55 * each_byte);
  const std::uint64_t pairs_low = pairs & 0x33 * each_byte;
  const std::uint64_t nibbles = pairs_low + (pairs >> 2 & 0x33 * each_byte);
  const std::uint64_t nibble_sums =
      (even & 0x33 * each_byte) + (even >> 2 & 0x33 * each_byte) + 2 * pairs_low;
  const std::uint64_t nibbles_low = nibbles & 0x0f * each_byte;
  const std::uint64_t counts = nibbles_low + (nibbles >> 4 & 0x0f * each_byte);
  const std::uint64_t sums =
      (nibble_sums & 0x0f * each_byte) + (nibble_sums >> 4 & 0x0f * each_byte) + 4 * nibbles_low;
  // The top byte of a product with bytes w is the sum of the bytes times w, in reverse order.
  const auto count = static_cast<std::uint32_t>(counts * each_byte >> 56);
  const auto byte_numbers = static_cast<std::uint32_t>(counts * 0x0001020304050607 >> 56);
  const auto bit_numbers = static_cast<std::uint32_t>(sums * each_byte >> 56);
  return (by.bits - 64 * k) * count - 8 * byte_numbers - bit_numbers;
}

}  // namespace

std::uint32_t agreement_one_scalar(const std::uint64_t* query, const std::uint64_t* column,
                                   const rule& by) {
  std::uint32_t weighted = 0;
  for (std::uint32_t k = 0; k < by.suffix_words(); ++k) {
    weighted += weigh(~(query[k] ^ column[k * block_lanes]), k, by);
  }
  return weighted;
}

void agreement_scan_scalar(const std::uint64_t* query, prefix_id id, history_view history,
                           std::uint32_t* agreements, const rule& by) {
  const std::uint32_t count = history.block_count * block_lanes;
  for (std::uint32_t slot = 0; slot < count; ++slot) {
    agreements[slot] = history.ids[slot] == id
                           ? agreement_one_scalar(
                                 query, history.blocks + block_offset(slot, by.suffix_words()), by)
                           : 0;
  }
}

std::uint32_t diagonal_filter_scalar(const diagonal_view& view, const diagonal_bound& bound,
                                     std::uint32_t* positions) {
  std::uint32_t passed = 0;
  for (std::uint32_t p = 0; p < view.count; ++p) {
    double product = 1;
    bool is_except = true;
    for (std::uint32_t i = 0; i < view.run; ++i) {
      product *= static_cast<double>(view.planes[i][p]);
      is_except = is_except && view.planes[i][p] == bound.except[i];
    }
    if (product >= bound.product_min && !is_except) positions[passed++] = p;
  }
  return passed;
}

}  // namespace reprise
