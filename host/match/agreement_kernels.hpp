// The CPU kernels, each a faster way to compute agreement.hpp, as named objects that can be listed,
// queried and forced.
//
// Shapes   query [suffix_words] u64, contiguous; history: history_blocks.hpp; agreements
//          [8*block_count] u32; planes: see diagonal_filter
// Errors   kernel_unsupported: the name is unknown or this processor lacks what it needs
// Threads  pure; concurrent calls may not share their outputs
// Agrees   every kernel equals the definition exactly. The tuned ones are for 1024 bits with a
//          prefix of 256; for other rules they hand over to the scalar one
// Source   popcount by nibble table: Mula, Kurz, Lemire, arXiv:1611.07612
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "host/match/error.hpp"
#include "host/match/history_blocks.hpp"
#include "host/match/rule.hpp"

namespace reprise {

// Agreements of one query with every second of `history` that has the prefix `id`; 0 for the
// others.
using agreement_scan_function = void (*)(const std::uint64_t* query, prefix_id id,
                                         history_view history, std::uint32_t* agreements,
                                         const rule& by);

// Agreement of one query with one second, whose word 0 is at `column` (stride block_lanes).
using agreement_one_function = std::uint32_t (*)(const std::uint64_t* query,
                                                 const std::uint64_t* column, const rule& by);

// What diagonal_filter looks through: planes[i][p] is the i-th agreement of candidate p's run.
struct diagonal_view {
  const std::uint32_t* planes[run_max];
  std::uint32_t run;
  std::uint32_t count;
};

// What a candidate must pass. Products are rounded: callers put `bound` low enough to lose no
// match, and compare the exact product of what passes.
struct diagonal_bound {
  double product_min;             // pass if the product of the run is at least this
  std::uint32_t except[run_max];  // ... and its factors are not just these
};

// Writes the positions that pass, in increasing order, and returns how many.
using diagonal_filter_function = std::uint32_t (*)(const diagonal_view& view,
                                                   const diagonal_bound& bound,
                                                   std::uint32_t* positions);

struct agreement_kernel {
  std::string_view name;
  bool supported;  // by this processor; probed once
  agreement_scan_function scan;
  agreement_one_function one;
  diagonal_filter_function filter;
};

// Slowest first: scalar, avx2, avx512.
[[nodiscard]] std::span<const agreement_kernel> agreement_kernels() noexcept;

// The kernel of that name, or the fastest supported one for an empty name.
[[nodiscard]] result<agreement_kernel> find_agreement_kernel(std::string_view name);

// The rule that the tuned kernels are for.
[[nodiscard]] constexpr bool is_tuned(const rule& by) noexcept {
  return by.bits == 1024 && by.prefix_bits == 256;
}

// agreement_scalar.cpp: any rule, any x86-64 processor.
void agreement_scan_scalar(const std::uint64_t* query, prefix_id id, history_view history,
                           std::uint32_t* agreements, const rule& by);
std::uint32_t agreement_one_scalar(const std::uint64_t* query, const std::uint64_t* column,
                                   const rule& by);
std::uint32_t diagonal_filter_scalar(const diagonal_view& view, const diagonal_bound& bound,
                                     std::uint32_t* positions);

// agreement_avx2.cpp: AVX2 and POPCNT.
void agreement_scan_avx2(const std::uint64_t* query, prefix_id id, history_view history,
                         std::uint32_t* agreements, const rule& by);
std::uint32_t agreement_one_popcnt(const std::uint64_t* query, const std::uint64_t* column,
                                   const rule& by);
std::uint32_t diagonal_filter_avx2(const diagonal_view& view, const diagonal_bound& bound,
                                   std::uint32_t* positions);

// agreement_avx512.cpp: AVX-512 F, BW, DQ, VL, BITALG, VNNI, and GFNI.
void agreement_scan_avx512(const std::uint64_t* query, prefix_id id, history_view history,
                           std::uint32_t* agreements, const rule& by);
std::uint32_t agreement_one_avx512(const std::uint64_t* query, const std::uint64_t* column,
                                   const rule& by);
std::uint32_t diagonal_filter_avx512(const diagonal_view& view, const diagonal_bound& bound,
                                     std::uint32_t* positions);

}  // namespace reprise
