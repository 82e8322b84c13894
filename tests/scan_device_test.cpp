// The offline search on an engine that scores many seconds at once prints what the others print.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cuda/cuda_matcher.hpp"
#include "host/engine.hpp"
#include "host/scan.hpp"
#include "tests/emulated_device.hpp"
#include "tests/hostile_content.hpp"
#include "tests/recording_support.hpp"

namespace reprise {
namespace {

class hostile_recording {
 public:
  hostile_recording(std::uint64_t seed, int seconds)
      : path_{(std::filesystem::temp_directory_path() /
               ("reprise-device-scan-" + std::to_string(::getpid()) + ".ndjson"))
                  .string()} {
    std::ofstream written{path_};
    hostile_content content{rule{}, 300, seed};
    for (int i = 0; i < seconds; ++i) {
      content.hold_still(i % 400 > 300);
      const made_second second = content.next();
      if (second.fingerprint.empty()) continue;
      written << "{\"time\": " << second.time << ", \"bits\": \"";
      for (const std::byte each : second.fingerprint) {
        constexpr char digits[] = "0123456789abcdef";
        written << digits[std::to_integer<int>(each) / 16]
                << digits[std::to_integer<int>(each) % 16];
      }
      written << "\"}\n";
    }
  }
  ~hostile_recording() { std::filesystem::remove(path_); }
  hostile_recording(const hostile_recording&) = delete;
  hostile_recording& operator=(const hostile_recording&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

std::string scanned(scan_options options) {
  std::string all, told;
  memory_sink output{all}, messages{told};
  EXPECT_EQ(run_scan(options, {.output = output, .messages = messages}), 0);
  return all + told;
}

outcome<offline_engine> make_emulated_engine(std::uint64_t fails_at) {
  auto script = std::make_shared<device_script>();
  script->fails_at = fails_at;
  offline_engine made;
  made.engine =
      make_cuda_matcher(rule{}, make_emulated_device(rule{}, script), {.ahead_seconds = 70})
          .value();
  made.why_lost = [] { return std::string{"it burns"}; };
  return made;
}

TEST(RunScan, PrintsTheSameOnAnEngineThatScoresManySecondsAtOnce) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const hostile_recording recording{seed, 1'500};
    for (const bool repeats : {false, true}) {
      SCOPED_TRACE(testing::Message() << seed << " " << repeats);
      scan_options options{.files = {recording.path()}, .repeats = repeats};
      options.settings = {.window_seconds = 300, .top_k = 5, .threshold = 1e12};
      options.make_engine = [] { return make_offline_engine(rule{}, {}); };
      const std::string expected = scanned(options);
      ASSERT_FALSE(expected.empty());
      options.make_engine = [] { return make_emulated_engine(0); };
      EXPECT_EQ(scanned(options), expected);
    }
  }
}

TEST(RunScan, SaysWhyItsDeviceWasLost) {
  const hostile_recording recording{7, 1'500};
  scan_options options{.files = {recording.path()}};
  options.settings = {.window_seconds = 300, .threshold = 1e12};
  options.make_engine = [] { return make_emulated_engine(12); };
  std::string all, told;
  memory_sink output{all}, messages{told};
  EXPECT_EQ(run_scan(options, {.output = output, .messages = messages}), 1);
  EXPECT_NE(told.find(": it burns\n"), std::string::npos) << told;
}

}  // namespace
}  // namespace reprise
