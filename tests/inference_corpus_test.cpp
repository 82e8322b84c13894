// The committed inputs of the fuzzer of what comes of pictures over HTTP, each replayed against the
// property that it looks for.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/fuzz/inference_fuzz.hpp"

namespace reprise {
namespace {

TEST(InferenceCorpus, HoldsThePropertyOfTheFuzzer) {
  std::size_t replayed = 0;
  for (const auto& entry : std::filesystem::directory_iterator{REPRISE_FUZZ_CORPUS "/inference"}) {
    SCOPED_TRACE(entry.path());
    std::ifstream file{entry.path(), std::ios::binary};
    std::ostringstream bytes;
    bytes << file.rdbuf();
    check_inference(bytes.str());
    ++replayed;
  }
  EXPECT_GE(replayed, 20u);
}

}  // namespace
}  // namespace reprise
