// The simulator against the service, both as users run them: every kind of fault at once, and a
// sink that is down for a while.
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <thread>

#include "tests/program_support.hpp"
#include "tests/served_program.hpp"

namespace reprise {
namespace {

// Each kind has at least one channel; the others do as they should.
constexpr const char* all_faults =
    "slow=0.04,hang=0.04,drip=0.04,length=0.04,status=0.04,reset=0.04,chunking=0.04,huge=0.04,"
    "redirect=0.04,gzip=0.04,leftover=0.04,frame-time=0.04,drift=0.04,flapping=0.06";

// What stands behind the word in the first line that begins with it; empty where none does.
std::string told_behind(const std::string& text, const std::string& word) {
  const std::size_t at = text.starts_with(word) ? 0 : text.find("\n" + word);
  if (at == std::string::npos) return {};
  const std::size_t begin = text.find(word, at) + word.size();
  const std::size_t end = text.find('\n', begin);
  return end == std::string::npos ? std::string{} : text.substr(begin, end - begin);
}

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

// Four seconds that come again and again: reports are owed from the tenth second on.
TEST(SimulateParts, WorkApartAndTheSinkJudges) {
  const served_program service{loopback_allowed()};
  const temporary_folder folder;
  std::string loop;
  for (const char digit : {'1', '2', '3', '4'}) {
    loop +=
        std::string{"{\"time\": "} + digit + ", \"bits\": \"" + std::string(256, digit) + "\"}\n";
  }
  std::promise<std::string> opened;
  bool is_open = false;
  program_run sink;
  std::thread taking{[&] {
    const auto note = [&](const program_run& so_far) {
      const std::string url = told_behind(so_far.output, "sink ");
      if (!is_open && !url.empty()) opened.set_value(url);
      is_open = is_open || !url.empty();
      return true;
    };
    sink = run_reprise_so({"simulate", "sink", "--service", service.url(), "--listen",
                           "127.0.0.1:0", "--seconds", "30"},
                          {.input_ends = note, .patience_ms = 120'000});
    if (!is_open) opened.set_value("");
  }};
  const std::string sink_url = opened.get_future().get();
  const program_run sources =
      run_reprise_so({"simulate", "sources", "--register", service.url(), "--sink", sink_url,
                      "--listen", "127.0.0.1:0", "--channels", "3", "--recording",
                      folder.file("loop.ndjson", loop), "--seconds", "28"},
                     {.patience_ms = 120'000});
  taking.join();
  EXPECT_EQ(sources.status, 0) << sources.messages;
  EXPECT_NE(sources.messages.find("3 channels are registered"), std::string::npos)
      << sources.messages;
  EXPECT_EQ(service.read("/channels")["items"].size(), 3U);
  EXPECT_EQ(sink.status, 0) << sink.messages;
  EXPECT_NE(sink.output.find("recall 1.0000"), std::string::npos) << sink.output;
  EXPECT_NE(sink.output.find(" 0 missing, 0 false, "), std::string::npos) << sink.output;
  EXPECT_NE(sink.output.find("delay      p50 "), std::string::npos) << sink.output;
  EXPECT_TRUE(sink.output.ends_with("verdict    clean\n")) << sink.output;
}

}  // namespace
}  // namespace reprise
