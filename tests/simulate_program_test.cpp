// The simulator against the service, both as users run them: every kind of fault at once, and a
// sink that is down for a while.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/program_support.hpp"
#include "tests/served_program.hpp"

namespace reprise {
namespace {

// Each kind has at least one channel; the others do as they should.
constexpr const char* all_faults =
    "slow=0.04,hang=0.04,drip=0.04,length=0.04,status=0.04,reset=0.04,chunking=0.04,huge=0.04,"
    "redirect=0.04,gzip=0.04,leftover=0.04,frame-time=0.04,drift=0.04,flapping=0.06";

std::string number_in(const char* variable, const char* otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : text;
}

// REPRISE_SOAK: how many channels, for five minutes.
TEST(SimulateRun, FindsAServiceCleanUnderEveryFault) {
  const bool long_run = std::getenv("REPRISE_SOAK") != nullptr;
  serve_setting setting = loopback_allowed();
  setting.arguments = {"--engine", "cpu"};
  served_program service{setting};
  ASSERT_TRUE(service.logged("ready")) << service.log();
  const program_run run = run_reprise_so(
      {"simulate", "run", "--service", service.url(), "--channels", number_in("REPRISE_SOAK", "50"),
       "--seconds", long_run ? "300" : "30", "--faults", all_faults, "--down",
       long_run ? "60-100" : "20-24", "--seed", number_in("REPRISE_SOAK_SEED", "1")},
      {.patience_ms = 600'000});
  EXPECT_EQ(run.status, 0) << run.messages;
  EXPECT_NE(run.output.find("\nverdict    clean\n"), std::string::npos) << run.output;
  // A circuit opens after a minute of failures.
  for (const char* reason : {"timeout", "connect", "status", "framing", "too_large", "malformed",
                             "frame_time", long_run ? "circuit" : "status"}) {
    const std::size_t at = run.output.find(std::string{reason} + " ");
    EXPECT_NE(at, std::string::npos) << reason << " never occurred";
  }
  std::printf("%s", run.output.c_str());
  EXPECT_EQ(service.stop(), 0) << service.log();
}

}  // namespace
}  // namespace reprise
