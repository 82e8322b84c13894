#include "host/helper_process.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>

namespace reprise {
namespace {

using namespace std::chrono_literals;

// Far longer than anything takes here: a test that waits for it has failed.
constexpr auto long_enough = 60s;

outcome<helper_process> shell(const std::string& script, const helper_options& options) {
  return helper_process::start("/bin/sh", {"-c", script}, options);
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text});
}

outcome<std::string> all_said(helper_process& helper) {
  std::string said;
  std::array<std::byte, 256> buffer;
  for (;;) {
    const auto got = helper.read(buffer, long_enough);
    if (!got) return got.error();
    if (*got == 0) return said;
    said.append(reinterpret_cast<const char*>(buffer.data()), *got);
  }
}

TEST(HelperProcess, ReadsWhatIsWrittenUntilItsInputIsClosed) {
  auto helper = shell("wc -c", {.has_input = true});
  ASSERT_TRUE(helper);
  const std::string megabytes(3 << 20, 'x');
  ASSERT_TRUE(helper->write(bytes_of(megabytes), long_enough));
  helper->close_input();
  EXPECT_EQ(all_said(*helper).value(), std::to_string(megabytes.size()) + "\n");
  EXPECT_TRUE(helper->finish(long_enough));
}

TEST(HelperProcess, HasAnEmptyInputWhereNoneWasAskedFor) {
  auto helper = shell("wc -c", {});
  ASSERT_TRUE(helper);
  EXPECT_EQ(all_said(*helper).value(), "0\n");
}

TEST(HelperProcess, IsStoppedWhereItDoesNotRead) {
  auto helper = shell("exec sleep 600", {.has_input = true});
  ASSERT_TRUE(helper);
  const std::string megabytes(3 << 20, 'x');
  const auto written = helper->write(bytes_of(megabytes), 200ms);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, errc::helper_failed);
  EXPECT_NE(written.error().what.find("got nowhere"), std::string::npos) << written.error().what;
}

TEST(HelperProcess, MayStillSayWhyItReadsNoMore) {
  auto helper = shell("echo enough", {.has_input = true});
  ASSERT_TRUE(helper);
  const std::string megabytes(3 << 20, 'x');
  const auto written = helper->write(bytes_of(megabytes), long_enough);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, errc::output_closed);
  EXPECT_EQ(all_said(*helper).value(), "enough\n");
  EXPECT_TRUE(helper->finish(long_enough));
}

TEST(HelperProcess, IsStoppedAtTheEndOfItsTimeThoughItGoesOnSpeaking) {
  auto helper = shell("while echo on; do sleep 0.05; done", {.run_max = 300ms});
  ASSERT_TRUE(helper);
  const auto said = all_said(*helper);
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, errc::helper_failed);
  EXPECT_NE(said.error().what.find("was not done after"), std::string::npos) << said.error().what;
}

TEST(HelperProcess, IsStoppedAtTheEndOfItsTimeThoughItSaysNoMore) {
  auto helper = shell("exec >&-; exec sleep 600", {.run_max = 300ms});
  ASSERT_TRUE(helper);
  EXPECT_EQ(all_said(*helper).value(), "");
  const auto ended = helper->finish(long_enough);
  ASSERT_FALSE(ended);
  EXPECT_NE(ended.error().what.find("was not done after"), std::string::npos);
}

TEST(HelperProcess, IsStoppedWhereItIsCancelled) {
  const auto cancel = make_cancel_signal().value();
  auto helper = shell("exec sleep 600", {.cancel = cancel.get()});
  ASSERT_TRUE(helper);
  std::thread other{[&] { cancel->cancel(); }};
  const auto said = all_said(*helper);
  other.join();
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, errc::stopping);
}

TEST(HelperProcess, RunsAtTheLowestPriorityWhereAsked) {
  if (sched_getscheduler(0) == SCHED_IDLE) GTEST_SKIP() << "the tests run at it themselves";
  // It asks once it has been spoken to: its priority is set once it has started.
  const std::string script = "read word; cut -d' ' -f41 /proc/self/stat";
  for (const auto priority : {thread_priority::normal, thread_priority::lowest}) {
    auto helper = shell(script, {.has_input = true, .priority = priority});
    ASSERT_TRUE(helper);
    ASSERT_TRUE(helper->write(bytes_of("go\n"), long_enough));
    const std::string expected =
        std::to_string(priority == thread_priority::lowest ? SCHED_IDLE : sched_getscheduler(0));
    EXPECT_EQ(all_said(*helper).value(), expected + "\n");
  }
}

TEST(HelperProcess, SaysThatItIsMissing) {
  const auto helper = helper_process::start("/nowhere/reprise-train", {});
  ASSERT_FALSE(helper);
  EXPECT_EQ(helper.error().code, errc::helper_missing);
  EXPECT_NE(helper.error().what.find("reprise-train is not installed"), std::string::npos);
}

}  // namespace
}  // namespace reprise
