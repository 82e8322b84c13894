// The program around its commands: help, version, and what makes no sense.
#include <gtest/gtest.h>

#include <filesystem>
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

TEST(CommandLine, ListsTheCommandsOfAGroup) {
  const auto group = run_reprise({"simulate", "--help"});
  EXPECT_EQ(group.status, 0);
  for (const char* command : {"run", "sources", "sink"}) {
    EXPECT_NE(group.output.find(command), std::string::npos) << command;
  }
  EXPECT_NE(run_reprise({"simulate", "run", "--help"}).output.find("--faults"), std::string::npos);
  EXPECT_EQ(run_reprise({"simulate"}).messages,
            "reprise: simulate: a command is needed; reprise simulate --help lists them\n");
}

TEST(CommandLine, TellsWhatTheSimulatorCannotReach) {
  const auto run = run_reprise({"simulate", "run", "--service", "ftp://a", "--seconds", "1"});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.messages.find("must be a URL http://HOST"), std::string::npos) << run.messages;
  EXPECT_EQ(run_reprise({"simulate", "run", "--recording", "/missing.ndjson"}).status, 74);
  EXPECT_EQ(run_reprise({"simulate", "run", "--key-file", "/missing"}).status, 74);
}

TEST(CommandLine, PrintsTheVersionForPeopleAndForPrograms) {
  EXPECT_EQ(run_reprise({"--version"}).output, "reprise " REPRISE_TEST_VERSION "\n");
  const auto version = nlohmann::json::parse(run_reprise({"--version", "--json"}).output);
  EXPECT_EQ(version["name"], "reprise");
  EXPECT_EQ(version["version"], REPRISE_TEST_VERSION);
  EXPECT_TRUE(version["compiler"].is_string());
  EXPECT_TRUE(version["cuda"].is_boolean());
  ASSERT_EQ(version["kernels"].size(), 3u);
  EXPECT_EQ(version["kernels"][0], (nlohmann::json{{"name", "scalar"}, {"supported", true}}));
}

TEST(CommandLine, ShowsWhatTheMachineComputesWithAndNeedsNoCard) {
  const auto shown = run_reprise({"devices"});
  EXPECT_EQ(shown.status, 0);
  EXPECT_NE(shown.output.find("scalar"), std::string::npos);
  EXPECT_NE(shown.output.find("cuda"), std::string::npos);
  const auto devices = nlohmann::json::parse(run_reprise({"devices", "--json"}).output);
  EXPECT_EQ(devices["cpu"]["kernels"][0], "scalar");
  EXPECT_TRUE(devices["cuda"].is_array());
  EXPECT_EQ(devices["cuda"].empty(), devices.contains("cuda_missing"));
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
                                             {"simulate"},
                                             {"simulate", "bogus"},
                                             {"simulate", "run", "--faults", "hang=2"},
                                             {"simulate", "run", "--channels", "0"},
                                             {"simulate", "run", "--seconds", "0"},
                                             {"simulate", "sources", "--listen", "localhost"},
                                             {"simulate", "sources", "--sink", "http://a/"},
                                             {"simulate", "sources", "--drift", "-1"},
                                             {"simulate", "sources", "--frame-time", "maybe"},
                                             {"simulate", "sink", "--down", "5-5"},
                                             {"simulate", "sink", "--status", "100"},
                                             {"--version", "scan", "x"}}) {
    const auto run = run_reprise(arguments);
    EXPECT_EQ(run.status, 2);
    EXPECT_EQ(run.output, "");
    EXPECT_EQ(run.messages.find("reprise: "), 0u);
    EXPECT_EQ(std::count(run.messages.begin(), run.messages.end(), '\n'), 1) << run.messages;
  }
}

TEST(CommandLine, TellsWhyThereIsNoCudaEngineAndThatAutoIsTheCpu) {
  if (run_reprise({"devices"}).output.find("cuda   no device") == std::string::npos) {
    GTEST_SKIP() << "this machine has a card";
  }
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"scan", "a.ndjson"}, std::vector<std::string>{"serve"}}) {
    const temporary_folder folder;
    std::vector<std::string> typed = command;
    typed.insert(typed.end(), {"--engine", "cuda"});
    if (command[0] == "serve") typed.insert(typed.end(), {"--data-dir", folder.path + "/data"});
    const auto run = run_reprise(typed);
    EXPECT_EQ(run.status, 78);
    EXPECT_NE(run.messages.find("--engine cuda: no device can be used: "), std::string::npos)
        << run.messages;
  }
  EXPECT_NE(run_reprise({"scan", "--help"}).output.find("(default: auto: the CPU)"),
            std::string::npos);
}

TEST(CommandLine, TakesFileNamesAsTheyAreTyped) {
  const temporary_folder folder;
  std::filesystem::copy(data_path("conformance/advert.ndjson"), folder.path + "/a.ndjson");
  const auto expected = run_reprise({"scan", folder.path + "/a.ndjson", "--channel", "x"}).output;
  ASSERT_NE(expected, "");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path);
  for (const std::string name : {"[z]", "[a.ndjson,b.ndjson]", "[]", "%%", "{}", "a,b", "[", "-b",
                                 "--top", "--", "\x01", "\x01[c]", "scan", "a b", "b=c"}) {
    SCOPED_TRACE(name);
    std::filesystem::copy("a.ndjson", "link");
    std::filesystem::rename("link", name);
    EXPECT_EQ(run_reprise({"scan", "--channel", "x", "--", name}).output, expected);
    if (!name.starts_with('-')) {
      EXPECT_EQ(run_reprise({"scan", name, "--channel", "x"}).output, expected);
      EXPECT_EQ(run_reprise({"scan", name, "--", name}).output,
                run_reprise({"scan", "--", name, name}).output);
    }
  }
  std::filesystem::current_path(before);
  EXPECT_EQ(run_reprise({"scan", "a", "--channel", "[b]"}).messages,
            "reprise: scan: --channel [b]: must be 1 to 64 of A-Z a-z 0-9 . _ -, first a letter or "
            "digit\n");
  EXPECT_EQ(run_reprise({"[b]"}).messages,
            "reprise: there is no command [b]; reprise --help lists them\n");
}

TEST(CommandLine, TellsOfAFullDiskAndNotOfAReaderThatHasGone) {
  EXPECT_EQ(run_reprise_into("/dev/full", {"--version"}).status, 74);
  const auto run = run_reprise_unread({"--help"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.messages, "");
}

}  // namespace
}  // namespace reprise
