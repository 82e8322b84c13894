// The program around its commands: help, version, and what makes no sense.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/program_support.hpp"

namespace reprise {
namespace {

TEST(CommandLine, PrintsHelpToStandardOutput) {
  const auto general = run_reprise({"--help"});
  EXPECT_EQ(general.status, 0);
  EXPECT_EQ(general.messages, "");
  EXPECT_NE(general.output.find("scan"), std::string::npos);
  const auto scan = run_reprise({"scan", "--help"});
  EXPECT_EQ(scan.status, 0);
  for (const char* option :
       {"FILE", "--start", "--channel", "--threshold", "--similarity", "--window", "--top",
        "--min-lag", "--still", "--repeats", "--format", "--engine", "Example:"}) {
    EXPECT_NE(scan.output.find(option), std::string::npos) << option;
  }
}

TEST(CommandLine, PrintsTheVersionForPeopleAndForPrograms) {
  EXPECT_EQ(run_reprise({"--version"}).output, "reprise " REPRISE_TEST_VERSION "\n");
  const auto version = nlohmann::json::parse(run_reprise({"--version", "--json"}).output);
  EXPECT_EQ(version["name"], "reprise");
  EXPECT_EQ(version["version"], REPRISE_TEST_VERSION);
  EXPECT_TRUE(version["compiler"].is_string());
  EXPECT_TRUE(version["cuda"].is_boolean());
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"bogus"},
                                             {"--bogus"},
                                             {"--json"},
                                             {"scan"},
                                             {"scan", "x", "--bogus"},
                                             {"scan", "x", "--top"},
                                             {"scan", "x", "--top", "1", "--top", "2"},
                                             {"--version", "scan", "x"}}) {
    const auto run = run_reprise(arguments);
    EXPECT_EQ(run.status, 2);
    EXPECT_EQ(run.output, "");
    EXPECT_EQ(run.messages.find("reprise: "), 0u);
    EXPECT_EQ(std::count(run.messages.begin(), run.messages.end(), '\n'), 1) << run.messages;
  }
}

TEST(CommandLine, TellsOfAFullDiskAndNotOfAReaderThatHasGone) {
  EXPECT_EQ(run_reprise_into("/dev/full", {"--version"}).status, 74);
  const auto run = run_reprise_unread({"--help"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.messages, "");
}

}  // namespace
}  // namespace reprise
