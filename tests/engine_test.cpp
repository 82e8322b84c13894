#include "host/engine.hpp"

#include <gtest/gtest.h>

#include "host/match/reference_matcher.hpp"

namespace reprise {
namespace {

TEST(ParseEngine, KnowsThreeNames) {
  EXPECT_EQ(*parse_engine("auto"), engine_kind::automatic);
  EXPECT_EQ(*parse_engine("cpu"), engine_kind::cpu);
  EXPECT_EQ(*parse_engine("cuda"), engine_kind::cuda);
  EXPECT_EQ(parse_engine("CPU").error().what, "--engine \"CPU\": must be auto, cpu or cuda");
}

TEST(MakeMatcher, RefusesAnUnknownKernelAndNamesTheChoices) {
  const auto made = make_matcher(rule{}, {.kernel = "sse9"}, 1);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::usage);
  EXPECT_EQ(made.error().what,
            "REPRISE_KERNEL=\"sse9\": must be reference, scalar, avx2 or avx512");
}

TEST(MakeMatcher, TellsThatThereIsNoCudaEngine) {
  const auto made = make_matcher(rule{}, {.kind = engine_kind::cuda}, 1);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::kernel_unsupported);
  EXPECT_EQ(made.error().what, "--engine cuda: this program has no CUDA engine yet");
}

TEST(MakeMatcher, RefusesAKernelOfTheCpuForCuda) {
  const auto made = make_matcher(rule{}, {engine_kind::cuda, "scalar"}, 1);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::usage);
}

TEST(MakeMatcher, FallsBackToTheCpuOnlyWhereCudaWasNotAskedFor) {
  int tried = 0;
  engine_choice choice;
  choice.make_cuda = [&](const rule&) -> outcome<std::unique_ptr<matcher>> {
    ++tried;
    return failure{errc::device_lost, "no card"};
  };
  EXPECT_TRUE(make_matcher(rule{}, choice, 1));
  EXPECT_EQ(tried, 1);
  choice.kind = engine_kind::cuda;
  EXPECT_EQ(make_matcher(rule{}, choice, 1).error().code, errc::device_lost);
  choice.kind = engine_kind::cpu;
  EXPECT_TRUE(make_matcher(rule{}, choice, 1));
  choice = {engine_kind::automatic, "reference", choice.make_cuda};
  EXPECT_TRUE(make_matcher(rule{}, choice, 1));
  EXPECT_EQ(tried, 2);
}

}  // namespace
}  // namespace reprise
