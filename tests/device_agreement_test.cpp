// What the kernels compute with, held to the definition on the host: every width, and every bit.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "cuda/candidate.hpp"
#include "host/match/agreement.hpp"
#include "tests/matcher_comparison.hpp"

namespace reprise {
namespace {

// Two suffixes as the planes have them, chunks suffix_stride words apart, and as agreement() does.
struct suffix_pair {
  explicit suffix_pair(const rule& by) : a(by.suffix_words()), b(by.suffix_words()) {}

  template <std::uint32_t words_max>
  [[nodiscard]] std::uint32_t on_device(const rule& by) const {
    const std::size_t chunks = chunks_of(by);
    std::vector<suffix_chunk> mine(chunks), theirs(chunks * warp_lanes);
    for (std::uint32_t w = 0; w < suffix_words_of(by); ++w) {
      const auto word_of = [&](const std::vector<std::uint64_t>& words) {
        return static_cast<std::uint32_t>(words[w / 2] >> (w % 2 * 32));
      };
      mine[w / chunk_words].word[w % chunk_words] = word_of(a);
      theirs[w / chunk_words * warp_lanes].word[w % chunk_words] = word_of(b);
    }
    return suffix_agreement<words_max>(mine[0].word, chunk_words, theirs[0].word, by);
  }
  [[nodiscard]] std::uint32_t expected(const rule& by) const {
    return agreement({a.data()}, {b.data()}, by);
  }

  std::vector<std::uint64_t> a, b;
};

TEST(DeviceAgreement, EqualsTheDefinitionForEveryWidth) {
  std::mt19937_64 random{first_seed(1)};
  for (std::uint32_t bits = 128; bits <= device_bits_max; bits += 64) {
    for (std::uint32_t prefix = 64; prefix < bits; prefix += 64) {
      const rule by{bits, prefix, 5};
      suffix_pair pair{by};
      for (int i = 0; i < 4; ++i) {
        for (std::uint64_t& word : pair.a) word = random();
        for (std::uint64_t& word : pair.b) word = random() & random();
        ASSERT_EQ(pair.on_device<suffix_words_max>(by), pair.expected(by)) << bits << " " << prefix;
      }
      pair.b = pair.a;
      ASSERT_EQ(pair.on_device<suffix_words_max>(by), by.agreement_max());
      for (std::uint64_t& word : pair.b) word = ~word;
      ASSERT_EQ(pair.on_device<suffix_words_max>(by), 0u);
    }
  }
}

TEST(DeviceAgreement, WeighsEveryBitOfTheDefaultRule) {
  const rule by{};
  for (std::uint32_t i = 0; i < by.bits - by.prefix_bits; ++i) {
    suffix_pair pair{by};
    for (std::uint64_t& word : pair.b) word = ~std::uint64_t{0};
    pair.b[i / 64] ^= std::uint64_t{1} << (i % 64 / 8 * 8 + (7 - i % 8));
    ASSERT_EQ(pair.on_device<24>(by), by.bits - i) << i;
  }
}

TEST(DeviceAgreement, AddsUpWordsThatAllCarry) {
  std::mt19937_64 random{first_seed(2)};
  const rule by{};
  for (int i = 0; i < 2'000; ++i) {
    suffix_pair pair{by};
    const std::uint64_t mask = random() & random();
    for (std::uint64_t& word : pair.a) word = random() % 4 == 0 ? random() : mask;
    for (std::uint64_t& word : pair.b) word = random() % 8 == 0 ? 0 : mask;
    ASSERT_EQ(pair.on_device<24>(by), pair.expected(by));
  }
}

}  // namespace
}  // namespace reprise
