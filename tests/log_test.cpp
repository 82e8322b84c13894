#include "host/log.hpp"

#include <gtest/gtest.h>

#include <string>

namespace reprise {
namespace {

constexpr wall_time moment{std::chrono::milliseconds{1'700'000'000'042}};

TEST(LogLine, IsOneObjectOffATerminal) {
  EXPECT_EQ(log_line(log_format::json, moment, log_level::warning, "source is down",
                     {{"channel", "bbc1"}, {"reason", "timeout"}}),
            R"({"time":"2023-11-14T22:13:20.042Z","level":"warning","event":"source is down",)"
            R"("channel":"bbc1","reason":"timeout"})");
}

TEST(LogLine, IsPlainOnATerminal) {
  EXPECT_EQ(log_line(log_format::text, moment, log_level::info, "ready", {{"channels", "3"}}),
            "22:13:20.042 info    ready channels=3");
}

TEST(LogLine, StaysOneLineWhateverItHolds) {
  const std::string hostile = "a\nb\r\"\x1b[31m\xff{}%v";
  for (const log_format format : {log_format::json, log_format::text}) {
    const std::string line = log_line(format, moment, log_level::info, hostile, {{"k", hostile}});
    for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
  }
}

}  // namespace
}  // namespace reprise
