// The conformance recordings through the real command line, once for each kernel: the same times
// and scores in the same order, without a tolerance.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/program_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

std::vector<json> lines_of(std::istream& from) {
  std::vector<json> lines;
  for (std::string line; std::getline(from, line);) lines.push_back(json::parse(line));
  return lines;
}

json manifest() {
  std::ifstream file{data_path("conformance/manifest.json")};
  return json::parse(file);
}

std::string number_text(const json& number) {
  return number.dump();
}  // reads back the same

class ScanConformance : public testing::TestWithParam<std::string> {};

TEST_P(ScanConformance, GivesTheExpectedMatchesOfEveryRecording) {
  const json cases = manifest();
  ASSERT_EQ(cases.size(), 14u);
  for (const json& one : cases) {
    const std::string name = one["name"];
    const std::string recording = one["recording"], expected = one["expected"];
    const auto run = run_reprise(
        {"scan", data_path("conformance/" + recording), "--channel", name, "--threshold",
         number_text(one["threshold"]), "--window", number_text(one["window_seconds"]), "--top",
         number_text(one["top_k"]), "--min-lag", number_text(one["min_lag_seconds"])},
        {}, {{"REPRISE_KERNEL", GetParam()}});
    if (run.messages.find("this processor lacks it") != std::string::npos) {
      // Every processor has these two: for them it is a wrong answer, not a reason to skip.
      ASSERT_TRUE(GetParam() != std::string_view{"reference"} &&
                  GetParam() != std::string_view{"scalar"});
      GTEST_SKIP() << run.messages;
    }
    ASSERT_EQ(run.status, 0) << name << ": " << run.messages;
    EXPECT_EQ(run.messages, "") << name;
    std::ifstream file{data_path("conformance/" + expected)};
    ASSERT_TRUE(file) << name;
    std::istringstream output{run.output};
    EXPECT_EQ(lines_of(output), lines_of(file)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, ScanConformance,
                         testing::Values("reference", "scalar", "avx2", "avx512"),
                         [](const auto& kernel) { return kernel.param; });

}  // namespace
}  // namespace reprise
