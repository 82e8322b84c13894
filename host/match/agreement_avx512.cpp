// Agreement with AVX-512: VPOPCNTB (BITALG) and VPDPBUSD (VNNI) by the byte's weight for the coarse
// part; an 8 x 8 bit transpose by VGF2P8AFFINEQB (GFNI) turns the bit numbers into byte numbers for
// the fine one. Limited by memory once the history leaves the caches. Bench row:
// agreement_scan/avx512.
#include <immintrin.h>

#include "host/match/agreement_kernels.hpp"

#define REPRISE_AVX512 \
  [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512bitalg,avx512vnni,gfni")]]

namespace reprise {

namespace {

constexpr std::uint32_t rows = 12;  // suffix words of the tuned rule
// Far enough ahead to hide a miss, near enough to stay in L1: bench/README.md.
constexpr std::uint32_t prefetch_bytes = 3072;
// Byte b of the suffix weighs 128 - b eights; this is row 0, and each row weighs 8 less.
constexpr std::int64_t weights_row_0 = 0x797a7b7c7d7e7f80;
// Byte j selects bit number j (0 = most significant) of each byte of the transposed word.
constexpr std::int64_t transpose = 0x0102040810204080;
constexpr std::int64_t bit_numbers = 0x0706050403020100;

// Still content consists of ties with the k-th best: they are told by comparison alone.
REPRISE_AVX512 inline bool all_except_u32x16(const diagonal_view& view, const diagonal_bound& bound,
                                             std::uint32_t p) {
  __mmask16 is_except = 0xffff;
  for (std::uint32_t i = 0; i < view.run && is_except == 0xffff; ++i) {
    is_except = _mm512_cmpeq_epi32_mask(_mm512_loadu_si512(view.planes[i] + p),
                                        _mm512_set1_epi32(static_cast<int>(bound.except[i])));
  }
  return is_except == 0xffff;
}

}  // namespace

REPRISE_AVX512 void agreement_scan_avx512(const std::uint64_t* query, prefix_id id,
                                          history_view history, std::uint32_t* agreements,
                                          const rule& by) {
  if (!is_tuned(by)) return agreement_scan_scalar(query, id, history, agreements, by);
  __m512i query_u64x8[rows], weights_u8x64[rows];
  for (std::uint32_t k = 0; k < rows; ++k) {
    query_u64x8[k] = _mm512_set1_epi64(static_cast<std::int64_t>(query[k]));
    weights_u8x64[k] = _mm512_sub_epi8(_mm512_set1_epi64(weights_row_0),
                                       _mm512_set1_epi8(static_cast<char>(8 * k)));
  }
  const __m256i wanted = _mm256_set1_epi32(static_cast<int>(id));
  for (std::uint32_t block = 0; block < history.block_count; ++block) {
    const std::uint64_t* words = history.blocks + std::size_t{block} * rows * block_lanes;
    std::uint32_t* out = agreements + std::size_t{block} * block_lanes;
    const __mmask8 equal =
        _mm256_cmpeq_epi32_mask(wanted, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(
                                            history.ids + std::size_t{block} * block_lanes)));
    if (equal == 0) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_setzero_si256());
      continue;
    }
    __m512i coarse_u32x16 = _mm512_setzero_si512();
    __m512i fine_u8x64 = _mm512_setzero_si512();  // 12 rows of at most 8
#pragma GCC unroll 12
    for (std::uint32_t k = 0; k < rows; ++k) {
      const std::uint64_t* row = words + k * block_lanes;
      _mm_prefetch(reinterpret_cast<const char*>(row) + prefetch_bytes, _MM_HINT_T0);
      const __m512i equal_bits =  // 0xc3: not (a xor b)
          _mm512_ternarylogic_epi64(query_u64x8[k], _mm512_loadu_si512(row), query_u64x8[k], 0xc3);
      coarse_u32x16 =
          _mm512_dpbusd_epi32(coarse_u32x16, weights_u8x64[k], _mm512_popcnt_epi8(equal_bits));
      const __m512i transposed =
          _mm512_gf2p8affine_epi64_epi8(_mm512_set1_epi64(transpose), equal_bits, 0);
      fine_u8x64 = _mm512_add_epi8(fine_u8x64, _mm512_popcnt_epi8(transposed));
    }
    const __m512i fine_u32x16 =
        _mm512_dpbusd_epi32(_mm512_setzero_si512(), fine_u8x64, _mm512_set1_epi64(bit_numbers));
    const __m512i halves_u32x16 =
        _mm512_sub_epi32(_mm512_slli_epi32(coarse_u32x16, 3), fine_u32x16);
    const __m512i sum_u64x8 = _mm512_add_epi32(halves_u32x16, _mm512_srli_epi64(halves_u32x16, 32));
    const __m256i sum_u32x8 = _mm512_cvtepi64_epi32(sum_u64x8);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_maskz_mov_epi32(equal, sum_u32x8));
  }
}

REPRISE_AVX512 std::uint32_t agreement_one_avx512(const std::uint64_t* query,
                                                  const std::uint64_t* column, const rule& by) {
  if (!is_tuned(by)) return agreement_one_scalar(query, column, by);
  constexpr __mmask8 last_rows = 0x0f;  // rows 8 to 11
  const __m512i offsets = _mm512_setr_epi64(0, 8, 16, 24, 32, 40, 48, 56);
  const __m512i first = _mm512_i64gather_epi64(offsets, column, 8);
  const __m512i last = _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), last_rows, offsets,
                                                   column + 8 * block_lanes, 8);
  const __m512i first_query = _mm512_loadu_si512(query);
  const __m512i last_query = _mm512_maskz_loadu_epi64(last_rows, query + 8);
  const __m512i equal_first = _mm512_ternarylogic_epi64(first_query, first, first, 0xc3);
  const __m512i equal_last =
      _mm512_maskz_ternarylogic_epi64(last_rows, last_query, last, last, 0xc3);
  // Offsets are the 8 that each row's bytes weigh less than those of the row before.
  const __m512i less_u8x64 =
      _mm512_shuffle_epi8(offsets, _mm512_set4_epi32(0x08080808, 0x08080808, 0, 0));
  const __m512i weights_first = _mm512_sub_epi8(_mm512_set1_epi64(weights_row_0), less_u8x64);
  const __m512i weights_last = _mm512_sub_epi8(weights_first, _mm512_set1_epi8(64));
  __m512i coarse_u32x16 =
      _mm512_dpbusd_epi32(_mm512_setzero_si512(), weights_first, _mm512_popcnt_epi8(equal_first));
  coarse_u32x16 = _mm512_dpbusd_epi32(coarse_u32x16, weights_last, _mm512_popcnt_epi8(equal_last));
  const __m512i select = _mm512_set1_epi64(transpose);
  const __m512i fine_u8x64 =
      _mm512_add_epi8(_mm512_popcnt_epi8(_mm512_gf2p8affine_epi64_epi8(select, equal_first, 0)),
                      _mm512_popcnt_epi8(_mm512_gf2p8affine_epi64_epi8(select, equal_last, 0)));
  const __m512i fine_u32x16 =
      _mm512_dpbusd_epi32(_mm512_setzero_si512(), fine_u8x64, _mm512_set1_epi64(bit_numbers));
  return static_cast<std::uint32_t>(
      _mm512_reduce_add_epi32(_mm512_sub_epi32(_mm512_slli_epi32(coarse_u32x16, 3), fine_u32x16)));
}

REPRISE_AVX512 std::uint32_t diagonal_filter_avx512(const diagonal_view& view,
                                                    const diagonal_bound& bound,
                                                    std::uint32_t* positions) {
  const __m512d product_min = _mm512_set1_pd(bound.product_min);
  std::uint32_t passed = 0;
  for (std::uint32_t p = 0; p < view.count; p += 8) {
    const std::uint32_t left = view.count - p;
    if (left >= 16 && all_except_u32x16(view, bound, p)) {
      p += 8;
      continue;
    }
    const auto lanes = static_cast<__mmask8>(left < 8 ? (1u << left) - 1 : 0xff);
    __m512d product = _mm512_set1_pd(1);
    __mmask8 is_except = lanes;
    for (std::uint32_t i = 0; i < view.run; ++i) {
      const __m256i factor_u32x8 = _mm256_maskz_loadu_epi32(lanes, view.planes[i] + p);
      product = _mm512_mul_pd(product, _mm512_cvtepu32_pd(factor_u32x8));
      is_except = _mm256_mask_cmpeq_epi32_mask(
          is_except, factor_u32x8, _mm256_set1_epi32(static_cast<int>(bound.except[i])));
    }
    const __mmask8 high = _mm512_mask_cmp_pd_mask(lanes, product, product_min, _CMP_GE_OQ);
    auto pass = static_cast<unsigned>(high & static_cast<__mmask8>(~is_except));
    for (; pass != 0; pass &= pass - 1) {
      positions[passed++] = p + static_cast<std::uint32_t>(__builtin_ctz(pass));
    }
  }
  return passed;
}

}  // namespace reprise
