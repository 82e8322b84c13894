// The demonstration from outside.
#include <gtest/gtest.h>

#include "tests/program_support.hpp"

namespace reprise {
namespace {

// Nothing that it has printed is waited for longer.
constexpr int patience_ms = 120'000;

TEST(DemoProgram, TellsReportsThenHowItGoesAndEndsWithItsVerdict) {
  const program_run run = run_reprise_so({"demo", "--for", "25"}, {.patience_ms = patience_ms});
  EXPECT_EQ(run.status, 0) << run.messages;
  EXPECT_EQ(run.messages.find("error"), std::string::npos) << run.messages;
  const std::size_t report = run.output.find(" s earlier\n");
  const std::size_t summary = run.output.find("reports received; from a second's beginning");
  ASSERT_NE(report, std::string::npos) << run.output;
  ASSERT_NE(summary, std::string::npos) << run.output;
  EXPECT_NE(run.output.find(" 20 s: "), std::string::npos) << run.output;
  EXPECT_NE(run.output.find("\nverdict    clean\n", report), std::string::npos) << run.output;
}

TEST(DemoProgram, EndsWithItsVerdictWhenItIsInterrupted) {
  const program_run run = run_reprise_so(
      {"demo"}, {.interrupts =
                     [](const program_run& so_far) {
                       return so_far.output.find(" s earlier\n") != std::string::npos;
                     },
                 .patience_ms = patience_ms});
  EXPECT_EQ(run.status, 0) << run.messages;
  EXPECT_EQ(run.messages.find("error"), std::string::npos) << run.messages;
  EXPECT_NE(run.output.find("\nverdict    clean\n"), std::string::npos) << run.output;
}

TEST(DemoProgram, EndsWhenNobodyReadsIt) {
  const program_run run = run_reprise_unread({"demo", "--for", "86400"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.messages.find("error"), std::string::npos) << run.messages;
}

}  // namespace
}  // namespace reprise
