#include "bench/ceiling.hpp"

#include <cstdio>
#include <cstdlib>
#include <random>

#include "bench/samples.hpp"

namespace reprise::bench {
namespace {

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
