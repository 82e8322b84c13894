// Reads with AVX2 where there is AVX2, in eight independent sums, prefetching as the kernels do: of
// the ways tried the fastest on every machine at hand.
#include "bench/ceiling.hpp"

#include <immintrin.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "bench/samples.hpp"

namespace reprise::bench {
namespace {

constexpr std::size_t prefetch_bytes = 3072;

[[gnu::target("avx2")]] std::uint64_t read_avx2(const std::byte* data, std::size_t bytes) {
  __m256i sums[8] = {};
  for (std::size_t at = 0; at + 256 <= bytes; at += 256) {
    for (std::size_t line = 0; line < 256; line += 64) {
      _mm_prefetch(reinterpret_cast<const char*>(data + at + line + prefetch_bytes), _MM_HINT_T0);
    }
#pragma GCC unroll 8
    for (std::size_t i = 0; i < 8; ++i) {
      sums[i] = _mm256_add_epi64(
          sums[i], _mm256_load_si256(reinterpret_cast<const __m256i*>(data + at + 32 * i)));
    }
  }
  for (std::size_t i = 1; i < 8; ++i) sums[0] = _mm256_add_epi64(sums[0], sums[i]);
  return static_cast<std::uint64_t>(_mm256_extract_epi64(sums[0], 0));
}

std::uint64_t read_words(const std::byte* data, std::size_t bytes) {
  const auto* words = reinterpret_cast<const std::uint64_t*>(data);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes / 8; ++i) sum += words[i];
  return sum;
}

}  // namespace

read_speed measure_reads(const std::vector<mapped_memory>& buffers, std::uint32_t visits) {
  const bool wide = __builtin_cpu_supports("avx2") != 0;
  samples timed;
  std::uint64_t sum = 0;
  for (std::uint32_t visit = 0; visit < visits; ++visit) {
    const mapped_memory& buffer = buffers[visit % buffers.size()];
    timed.time([&] {
      sum += wide ? read_avx2(buffer.data(), buffer.bytes())
                  : read_words(buffer.data(), buffer.bytes());
    });
  }
  asm volatile("" : : "r"(sum));  // the sum must be computed
  const double median = timed.median();
  return {static_cast<double>(buffers[0].bytes()) / median, timed.quantile(0.99) / median};
}

std::vector<mapped_memory> make_suffix_buffers(std::uint32_t count, std::size_t bytes) {
  std::vector<mapped_memory> made;
  std::mt19937_64 random{count};
  for (std::uint32_t i = 0; i < count; ++i) {
    auto memory = mapped_memory::make(bytes, mapped_memory::pages::at_once);
    if (!memory) {
      std::fputs("reprise-bench: not enough memory\n", stderr);
      std::exit(1);
    }
    auto* words = reinterpret_cast<std::uint64_t*>(memory->data());
    for (std::size_t k = 0; k < bytes / 8; ++k) words[k] = random();
    made.push_back(std::move(*memory));
  }
  return made;
}

}  // namespace reprise::bench
