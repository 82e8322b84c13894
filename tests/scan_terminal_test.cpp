// `reprise scan` at a terminal: colour, and a line of progress that leaves nothing behind.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string_view>
#include <thread>

#include "tests/program_support.hpp"

namespace reprise {
namespace {

constexpr std::string_view green = "\x1b[32m", erased = "\r\x1b[K";
constexpr std::string_view shown = " s of recording, ";

std::string text_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

const std::string still = data_path("conformance/static.ndjson");
const std::vector<std::string> table{"scan", still, "--format", "table"};

TEST(ScanTerminal, ShowsATableInColour) {
  const auto run = run_reprise_so(table, {.output = stream_kind::terminal});
  EXPECT_EQ(run.status, 0);
  EXPECT_NE(run.output.find(green), std::string::npos);
  EXPECT_EQ(run.output.find("\x1b[1mCHANNEL"), 0u) << run.output.substr(0, 80);
}

TEST(ScanTerminal, ShowsATableWithoutColourWhereThatIsNotWanted) {
  const auto plain = run_reprise(table);
  EXPECT_EQ(plain.output.find('\x1b'), std::string::npos);
  const auto run =
      run_reprise_so(table, {.environment = {{"NO_COLOR", "1"}}, .output = stream_kind::terminal});
  EXPECT_EQ(run.output, plain.output);
  const auto unset =
      run_reprise_so(table, {.environment = {{"NO_COLOR", ""}}, .output = stream_kind::terminal});
  EXPECT_NE(unset.output.find(green), std::string::npos);
}

TEST(ScanTerminal, NeverColoursWhatIsForPrograms) {
  const auto run = run_reprise_so({"scan", still}, {.output = stream_kind::terminal});
  EXPECT_EQ(run.output, run_reprise({"scan", still}).output);
}

// The input stays open until there is a line of progress.
TEST(ScanTerminal, ShowsProgressAndErasesItAtTheEnd) {
  program_setting setting{.input = text_of(still)};
  setting.messages = stream_kind::terminal;
  setting.input_ends = [](const program_run& run) {
    return run.messages.find(shown) != std::string::npos;
  };
  const auto run = run_reprise_so({"scan", "-"}, setting);
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.output, run_reprise({"scan", "-"}, setting.input).output);
  EXPECT_EQ(run.messages.find("\rreprise: "), 0u) << run.messages;
  EXPECT_TRUE(run.messages.ends_with(erased)) << run.messages;
}

// The scan lasts longer than it takes to draw; the pause can but miss a line, never make one up.
TEST(ScanTerminal, ShowsNoProgressWhereMessagesGoIntoAPipe) {
  program_setting setting{.input = text_of(still)};
  setting.output = stream_kind::terminal;
  setting.input_ends = [](const program_run& run) {
    if (run.output.empty()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    return true;
  };
  const auto run = run_reprise_so({"scan", "-"}, setting);
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.messages, "");
}

TEST(ScanTerminal, TellsOfAFailureOnALineOfItsOwn) {
  program_setting setting{.input = text_of(still) + "{}\n"};
  setting.messages = stream_kind::terminal;
  const auto run = run_reprise_so({"scan", "-"}, setting);
  EXPECT_EQ(run.status, 65);
  const auto told = run.messages.find("reprise: standard input:");
  ASSERT_NE(told, std::string::npos);
  EXPECT_TRUE(told == 0 || run.messages.substr(0, told).ends_with(erased)) << run.messages;
}

}  // namespace
}  // namespace reprise
