// run_scan() within this process: what no file and no option can bring about.
#include "host/scan.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <new>

#include "host/engine.hpp"
#include "tests/recording_support.hpp"

namespace reprise {
namespace {

// A raw recording of frozen pictures, whose matches are far more text than one part may hold.
class still_recording {
 public:
  explicit still_recording(std::size_t seconds)
      : path_{(std::filesystem::temp_directory_path() /
               ("reprise-scan-test-" + std::to_string(::getpid()) + ".bin"))
                  .string()} {
    std::ofstream{path_, std::ios::binary} << std::string(seconds * fingerprint_bytes, 'x');
  }
  ~still_recording() { std::filesystem::remove(path_); }
  still_recording(const still_recording&) = delete;
  still_recording& operator=(const still_recording&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

class throwing_sink final : public byte_sink {
 public:
  [[nodiscard]] outcome<void> write(std::span<const char>) override { throw std::bad_alloc{}; }
  [[nodiscard]] outcome<void> finish() override { return {}; }
};

scan_options options_of(const std::vector<std::string>& files) {
  scan_options options{.files = files, .start = 0};
  options.settings.top_k = top_k_max;
  options.make_engine = [] { return make_offline_engine(rule{}, {}); };
  return options;
}

TEST(RunScan, MakesOneEngineForEachThreadWhateverTheFiles) {
  const still_recording still{20};
  int made = 0;
  auto options = options_of({still.path(), still.path(), still.path()});
  options.threads = 1;
  options.make_engine = [&made] {
    ++made;
    return make_offline_engine(rule{}, {});
  };
  std::string all, told;
  memory_sink output{all}, messages{told};
  EXPECT_EQ(run_scan(options, {.output = output, .messages = messages}), 0);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(told, "");
  const std::string one = all.substr(0, all.size() / 3);
  EXPECT_NE(one, "");
  EXPECT_EQ(all, one + one + one);
}

TEST(RunScan, TellsOfAnEngineThatCannotBeMadeForEachFile) {
  const still_recording still{20};
  auto options = options_of({still.path(), still.path()});
  options.make_engine = []() -> outcome<offline_engine> {
    return failure{errc::device_memory, "no memory"};
  };
  std::string all, told;
  memory_sink output{all}, messages{told};
  EXPECT_EQ(run_scan(options, {.output = output, .messages = messages}), 1);
  EXPECT_EQ(told, "reprise: no memory\nreprise: no memory\n");
}

// An alarm ends the test program where the workers wait for ever.
TEST(RunScan, EndsItsThreadsWhereAWriteThrows) {
  const still_recording still{4'000};
  throwing_sink output;
  std::string told;
  memory_sink messages{told};
  ::alarm(30);
  EXPECT_THROW(static_cast<void>(run_scan(options_of({still.path(), still.path()}),
                                          {.output = output, .messages = messages})),
               std::bad_alloc);
  ::alarm(0);
}

}  // namespace
}  // namespace reprise
