// Agreement with AVX2: two nibble-table lookups a byte for its count and two for the sum of its bit
// numbers, PMADDUBSW by the byte's weight, PSADBW every six rows. Limited by PSHUFB: four for each
// 32 bytes. Bench row: agreement_scan/avx2.
#include <immintrin.h>

#include "host/match/agreement_kernels.hpp"

#define REPRISE_AVX2 [[gnu::target("avx2,popcnt")]]

namespace reprise {

namespace {

constexpr std::uint32_t rows = 12;  // suffix words of the tuned rule
// Far enough ahead to hide a miss, near enough to stay in L1: bench/README.md.
constexpr std::uint32_t prefetch_bytes = 3072;
// Byte b of the suffix weighs 128 - b eights; this is row 0, and each row weighs 8 less.
constexpr std::int64_t weights_row_0 = 0x797a7b7c7d7e7f80;

struct tables {
  __m256i query_inverse[rows];
  __m256i weights_u8x32[rows];
};

REPRISE_AVX2 inline void make_tables(const std::uint64_t* query, tables& made) {
  __m256i weights_u8x32 = _mm256_set1_epi64x(weights_row_0);
  for (std::uint32_t k = 0; k < rows; ++k) {
    made.query_inverse[k] = _mm256_set1_epi64x(static_cast<std::int64_t>(~query[k]));
    made.weights_u8x32[k] = weights_u8x32;
    weights_u8x32 = _mm256_sub_epi8(weights_u8x32, _mm256_set1_epi8(8));
  }
}

// Agreements of four candidates, in the 64-bit lanes of the result.
REPRISE_AVX2 inline __m256i agreement_u64x4(const tables& by, const std::uint64_t* block) {
  const __m256i count_of_nibble =
      _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                       0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  // Bit 3 of the low nibble is bit number 4 of its byte, bit 0 is number 7.
  const __m256i sum_of_low =
      _mm256_setr_epi8(0, 7, 6, 13, 5, 12, 11, 18, 4, 11, 10, 17, 9, 16, 15, 22, 0, 7, 6, 13, 5, 12,
                       11, 18, 4, 11, 10, 17, 9, 16, 15, 22);
  const __m256i sum_of_high = _mm256_setr_epi8(0, 3, 2, 5, 1, 4, 3, 6, 0, 3, 2, 5, 1, 4, 3, 6,  //
                                               0, 3, 2, 5, 1, 4, 3, 6, 0, 3, 2, 5, 1, 4, 3, 6);
  const __m256i nibble = _mm256_set1_epi8(0x0f);
  __m256i coarse_s16x16 = _mm256_setzero_si256();  // 12 rows of at most 2 * 128 * 8: below 2^15
  __m256i fine_u64x4 = _mm256_setzero_si256();
  for (std::uint32_t half = 0; half < 2; ++half) {
    __m256i fine_u8x32 = _mm256_setzero_si256();  // 6 rows of at most 28
    for (std::uint32_t k = half * rows / 2; k < (half + 1) * rows / 2; ++k) {
      const __m256i history =
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + k * block_lanes));
      const __m256i equal = _mm256_xor_si256(by.query_inverse[k], history);
      const __m256i low = _mm256_and_si256(equal, nibble);
      const __m256i high = _mm256_and_si256(_mm256_srli_epi16(equal, 4), nibble);
      const __m256i count_u8x32 = _mm256_add_epi8(_mm256_shuffle_epi8(count_of_nibble, low),
                                                  _mm256_shuffle_epi8(count_of_nibble, high));
      const __m256i sum_u8x32 = _mm256_add_epi8(_mm256_shuffle_epi8(sum_of_low, low),
                                                _mm256_shuffle_epi8(sum_of_high, high));
      coarse_s16x16 =
          _mm256_add_epi16(coarse_s16x16, _mm256_maddubs_epi16(by.weights_u8x32[k], count_u8x32));
      fine_u8x32 = _mm256_add_epi8(fine_u8x32, sum_u8x32);
    }
    fine_u64x4 = _mm256_add_epi64(fine_u64x4, _mm256_sad_epu8(fine_u8x32, _mm256_setzero_si256()));
  }
  const __m256i coarse_s32x8 = _mm256_madd_epi16(coarse_s16x16, _mm256_set1_epi16(1));
  const __m256i coarse_u64x4 =
      _mm256_and_si256(_mm256_add_epi32(coarse_s32x8, _mm256_srli_epi64(coarse_s32x8, 32)),
                       _mm256_set1_epi64x(0xffffffff));
  return _mm256_sub_epi64(_mm256_slli_epi64(coarse_u64x4, 3), fine_u64x4);
}

// The sum of the places of the set bits, place 0 the most significant bit of byte 0: each binary
// digit of a place is counted by a mask.
REPRISE_AVX2 inline std::uint64_t places(std::uint64_t word) {
  return static_cast<std::uint64_t>(_mm_popcnt_u64(word & 0x5555555555555555) +
                                    2 * _mm_popcnt_u64(word & 0x3333333333333333) +
                                    4 * _mm_popcnt_u64(word & 0x0f0f0f0f0f0f0f0f) +
                                    8 * _mm_popcnt_u64(word & 0xff00ff00ff00ff00) +
                                    16 * _mm_popcnt_u64(word & 0xffff0000ffff0000) +
                                    32 * _mm_popcnt_u64(word & 0xffffffff00000000));
}

// The bits that are set in at least two of three words.
inline std::uint64_t carry(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return (a & b) | ((a ^ b) & c);
}

// Still content consists of ties with the k-th best: they are told by comparison alone.
REPRISE_AVX2 inline bool all_except_u32x8(const diagonal_view& view, const diagonal_bound& bound,
                                          std::uint32_t p) {
  int is_except = -1;
  for (std::uint32_t i = 0; i < view.run && is_except == -1; ++i) {
    is_except = _mm256_movemask_epi8(
        _mm256_cmpeq_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(view.planes[i] + p)),
                           _mm256_set1_epi32(static_cast<int>(bound.except[i]))));
  }
  return is_except == -1;
}

}  // namespace

REPRISE_AVX2 void agreement_scan_avx2(const std::uint64_t* query, prefix_id id,
                                      history_view history, std::uint32_t* agreements,
                                      const rule& by) {
  if (!is_tuned(by)) return agreement_scan_scalar(query, id, history, agreements, by);
  tables made;
  make_tables(query, made);
  const __m256i wanted = _mm256_set1_epi32(static_cast<int>(id));
  const __m256i low_halves = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
  for (std::uint32_t block = 0; block < history.block_count; ++block) {
    const std::uint64_t* words = history.blocks + std::size_t{block} * rows * block_lanes;
    std::uint32_t* out = agreements + std::size_t{block} * block_lanes;
    const __m256i equal =
        _mm256_cmpeq_epi32(wanted, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(
                                       history.ids + std::size_t{block} * block_lanes)));
    if (_mm256_testz_si256(equal, equal) != 0) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), equal);
      continue;
    }
    for (std::uint32_t k = 0; k < rows; ++k) {
      _mm_prefetch(reinterpret_cast<const char*>(words + k * block_lanes) + prefetch_bytes,
                   _MM_HINT_T0);
    }
    const __m256i first = agreement_u64x4(made, words);
    const __m256i second = agreement_u64x4(made, words + 4);
    const __m256i both = _mm256_blend_epi32(_mm256_permutevar8x32_epi32(first, low_halves),
                                            _mm256_permutevar8x32_epi32(second, low_halves), 0xf0);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_and_si256(both, equal));
  }
}

REPRISE_AVX2 std::uint32_t agreement_one_popcnt(const std::uint64_t* query,
                                                const std::uint64_t* column, const rule& by) {
  if (!is_tuned(by)) return agreement_one_scalar(query, column, by);
  // The sum of weights is bits * count - the sum of positions; a position is 64 * word + place.
  // Words are counted one by one; places are the same in all of them, so that carry-save adders
  // first make four words of twelve: those whose bits count once, twice, four and eight times.
  std::uint64_t count = 0, word_numbers = 0, ones = 0, twos = 0, fours = 0, eights = 0;
  for (std::uint32_t k = 0; k < rows; k += 4) {
    std::uint64_t equal[4];
    for (std::uint32_t i = 0; i < 4; ++i) {
      equal[i] = ~(query[k + i] ^ column[std::size_t{k + i} * block_lanes]);
      const auto bits = static_cast<std::uint64_t>(_mm_popcnt_u64(equal[i]));
      count += bits;
      word_numbers += (k + i) * bits;
    }
    const std::uint64_t twos_a = carry(ones, equal[0], equal[1]);
    ones ^= equal[0] ^ equal[1];
    const std::uint64_t twos_b = carry(ones, equal[2], equal[3]);
    ones ^= equal[2] ^ equal[3];
    const std::uint64_t fours_a = carry(twos, twos_a, twos_b);
    twos ^= twos_a ^ twos_b;
    eights |= fours & fours_a;
    fours ^= fours_a;
  }
  return static_cast<std::uint32_t>(by.bits * count - 64 * word_numbers - places(ones) -
                                    2 * places(twos) - 4 * places(fours) - 8 * places(eights));
}

REPRISE_AVX2 std::uint32_t diagonal_filter_avx2(const diagonal_view& view,
                                                const diagonal_bound& bound,
                                                std::uint32_t* positions) {
  const __m256d product_min = _mm256_set1_pd(bound.product_min);
  std::uint32_t passed = 0;
  std::uint32_t p = 0;
  for (; p + 4 <= view.count; p += 4) {
    if (p + 8 <= view.count && all_except_u32x8(view, bound, p)) {
      p += 4;
      continue;
    }
    __m256d product = _mm256_set1_pd(1);
    __m128i is_except = _mm_set1_epi32(-1);
    for (std::uint32_t i = 0; i < view.run; ++i) {
      const __m128i factor_u32x4 =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(view.planes[i] + p));
      product = _mm256_mul_pd(product, _mm256_cvtepi32_pd(factor_u32x4));
      const __m128i except = _mm_set1_epi32(static_cast<int>(bound.except[i]));
      is_except = _mm_and_si128(is_except, _mm_cmpeq_epi32(factor_u32x4, except));
    }
    const int high = _mm256_movemask_pd(_mm256_cmp_pd(product, product_min, _CMP_GE_OQ));
    auto pass = static_cast<unsigned>(high & ~_mm_movemask_ps(_mm_castsi128_ps(is_except)));
    for (; pass != 0; pass &= pass - 1) {
      positions[passed++] = p + static_cast<std::uint32_t>(__builtin_ctz(pass));
    }
  }
  if (p == view.count) return passed;
  diagonal_view rest{{}, view.run, view.count - p};
  for (std::uint32_t i = 0; i < view.run; ++i) rest.planes[i] = view.planes[i] + p;
  const std::uint32_t more = diagonal_filter_scalar(rest, bound, positions + passed);
  for (std::uint32_t i = passed; i < passed + more; ++i) positions[i] += p;
  return passed + more;
}

}  // namespace reprise
