// The definition of agreement against values worked out by hand, and every kernel against the
// definition.
#include "host/match/agreement.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "host/match/agreement_kernels.hpp"

namespace reprise {
namespace {

std::vector<std::uint64_t> suffix_with_bit(std::uint32_t bit, std::uint32_t words) {
  std::vector<unsigned char> bytes(words * 8);
  bytes[bit / 8] = static_cast<unsigned char>(0x80 >> (bit % 8));
  std::vector<std::uint64_t> made(words);
  std::memcpy(made.data(), bytes.data(), bytes.size());
  return made;
}

TEST(Agreement, IsGreatestForEqualSuffixesAndZeroForOppositeOnes) {
  const std::vector<std::uint64_t> a(12, 0x0123456789abcdef), b(12, ~0x0123456789abcdefu);
  EXPECT_EQ(agreement({a.data()}, {a.data()}, rule{}), 491'904u);
  EXPECT_EQ(agreement({a.data()}, {b.data()}, rule{}), 0u);
}

TEST(Agreement, WeighsSuffixBitIByBitsMinusI) {
  const std::vector<std::uint64_t> zeros(12);
  for (const std::uint32_t bit : {0u, 1u, 7u, 8u, 63u, 64u, 700u, 767u}) {
    const auto one = suffix_with_bit(bit, 12);
    EXPECT_EQ(agreement({zeros.data()}, {one.data()}, rule{}), 491'904u - (1024 - bit)) << bit;
  }
}

TEST(Agreement, ReadsALaneOfABlockByItsStride) {
  std::vector<std::uint64_t> block(12 * block_lanes);
  const std::vector<std::uint64_t> query(12, 5);
  for (std::uint32_t k = 0; k < 12; ++k) block[k * block_lanes + 3] = 5;
  EXPECT_EQ(agreement({query.data()}, {block.data() + 3, block_lanes}, rule{}), 491'904u);
}

class AgreementKernel : public testing::TestWithParam<agreement_kernel> {
 protected:
  void SetUp() override {
    if (!GetParam().supported) GTEST_SKIP() << "this processor lacks " << GetParam().name;
  }
  std::mt19937_64 random_{20240229};
};

TEST_P(AgreementKernel, ScanEqualsTheDefinitionAtEveryLengthAndRule) {
  for (const rule by :
       {rule{}, rule{128, 64, 1}, rule{1024, 128, 5}, rule{2048, 256, 5}, rule{8192, 64, 5}}) {
    for (std::uint32_t blocks = 0; blocks <= 9; ++blocks) {
      const std::uint32_t slots = blocks * block_lanes, words = by.suffix_words();
      std::vector<std::uint64_t> query(words), history(std::size_t{slots} * words);
      std::vector<prefix_id> ids(slots);
      for (auto& word : query) word = random_();
      for (auto& word : history) word = random_() % 4 == 0 ? query[0] : random_();
      // Whole blocks without the prefix, with it, and mixed.
      for (std::uint32_t i = 0; i < slots; ++i) {
        ids[i] = i / block_lanes % 3 == 0 ? 7 : i / block_lanes % 3 == 1 ? 9 : 7 + 2 * (i % 2);
      }
      std::vector<std::uint32_t> out(slots + 1, 0xdead);
      GetParam().scan(query.data(), 7, {history.data(), ids.data(), blocks}, out.data(), by);
      for (std::uint32_t i = 0; i < slots; ++i) {
        const std::uint64_t* column = history.data() + block_offset(i, words);
        const std::uint32_t expected = agreement({query.data()}, {column, block_lanes}, by);
        ASSERT_EQ(out[i], ids[i] == 7 ? expected : 0) << "slot " << i << " of " << slots;
        ASSERT_EQ(GetParam().one(query.data(), column, by), expected);
      }
      ASSERT_EQ(out[slots], 0xdeadu) << "wrote past the end";
    }
  }
}

TEST_P(AgreementKernel, EverySingleBitHasItsWeight) {
  const std::vector<std::uint64_t> zeros(12);
  for (std::uint32_t bit = 0; bit < 768; ++bit) {
    std::vector<std::uint64_t> block(12 * block_lanes);
    const auto one = suffix_with_bit(bit, 12);
    const std::uint32_t lane = bit % block_lanes;
    for (std::uint32_t k = 0; k < 12; ++k) block[k * block_lanes + lane] = one[k];
    const std::vector<prefix_id> ids(block_lanes, 1);
    std::uint32_t out[block_lanes];
    GetParam().scan(zeros.data(), 1, {block.data(), ids.data(), 1}, out, rule{});
    for (std::uint32_t i = 0; i < block_lanes; ++i) {
      ASSERT_EQ(out[i], i == lane ? 491'904 - (1024 - bit) : 491'904) << "bit " << bit;
    }
  }
}

TEST_P(AgreementKernel, FilterPassesWhatReachesTheBoundAndIsNotExcepted) {
  for (std::uint32_t run = 1; run <= run_max; ++run) {
    for (std::uint32_t count = 0; count <= 35; ++count) {
      std::vector<std::vector<std::uint32_t>> planes(run, std::vector<std::uint32_t>(count));
      for (auto& plane : planes) {
        for (auto& value : plane)
          value = random_() % 3 == 0 ? 0 : static_cast<std::uint32_t>(490'000 + random_() % 3);
      }
      diagonal_view view{{}, run, count};
      for (std::uint32_t i = 0; i < run; ++i) view.planes[i] = planes[i].data();
      diagonal_bound bound{0.5, {}};
      if (count % 2 == 1) {
        for (std::uint32_t i = 0; i < run; ++i) bound.except[i] = planes[i][count / 2];
      }
      if (count % 3 == 0) bound.product_min = std::pow(490'001.0, run);
      std::vector<std::uint32_t> expected, got(count + 1);
      for (std::uint32_t p = 0; p < count; ++p) {
        double product = 1;
        bool excepted = true;
        for (std::uint32_t i = 0; i < run; ++i) {
          product *= planes[i][p];
          excepted = excepted && planes[i][p] == bound.except[i];
        }
        if (product >= bound.product_min && !excepted) expected.push_back(p);
      }
      got.resize(GetParam().filter(view, bound, got.data()));
      ASSERT_EQ(got, expected) << "run " << run << " count " << count;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, AgreementKernel,
                         testing::ValuesIn(agreement_kernels().begin(), agreement_kernels().end()),
                         [](const auto& shown) { return std::string{shown.param.name}; });

TEST(AgreementKernels, AreListedSlowestFirstAndFoundByName) {
  ASSERT_EQ(agreement_kernels().size(), 3u);
  EXPECT_EQ(agreement_kernels()[0].name, "scalar");
  EXPECT_TRUE(agreement_kernels()[0].supported);
  std::string_view fastest;
  for (const agreement_kernel& kernel : agreement_kernels()) {
    const auto found = find_agreement_kernel(kernel.name);
    ASSERT_EQ(found.has_value(), kernel.supported);
    if (kernel.supported) {
      EXPECT_EQ(found->name, kernel.name);
      fastest = kernel.name;
    }
  }
  EXPECT_EQ(find_agreement_kernel("")->name, fastest);
  EXPECT_EQ(find_agreement_kernel("sse9").error(), errc::kernel_unsupported);
}

}  // namespace
}  // namespace reprise
