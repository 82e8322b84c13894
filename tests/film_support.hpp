// What tests of films share: a folder of their own, films made by the ffmpeg program, and what the
// function behind `reprise fingerprint` makes of them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "host/fingerprint_video.hpp"
#include "host/helper_process.hpp"

namespace reprise {

// Gone, with everything in it, when the test ends.
class film_folder {
 public:
  film_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "reprise-film-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  film_folder(const film_folder&) = delete;
  ~film_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

  // Runs `ffmpeg ARGUMENTS OUTPUT` in the folder; gives the output's path.
  std::string make(const std::string& name, const std::string& arguments) const {
    const std::string command = "cd '" + path_.string() +
                                "' && ffmpeg -nostdin -v error -y -threads 1 " + arguments + " '" +
                                name + "'";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return file(name);
  }

  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream{file(name), std::ios::binary} << bytes;
    return file(name);
  }

 private:
  std::filesystem::path path_;
};

class text_sink final : public byte_sink {
 public:
  explicit text_sink(std::string& out) : out_{out} {}
  [[nodiscard]] outcome<void> write(std::span<const char> written) override {
    out_.append(written.data(), written.size());
    return {};
  }
  [[nodiscard]] outcome<void> finish() override { return {}; }

 private:
  std::string& out_;
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// Everything that is to be seen from outside.
struct fingerprinted {
  std::optional<failure> wrong;
  fingerprint_summary summary;
  std::string warnings;
  std::vector<recorded_second> seconds;

  [[nodiscard]] std::vector<std::int64_t> times() const {
    std::vector<std::int64_t> made;
    for (const recorded_second& second : seconds) made.push_back(second.time);
    return made;
  }
};

inline fingerprinted take_fingerprints(const film_folder& folder, fingerprint_options options) {
  fingerprinted seen;
  if (options.output == "-") options.output = folder.file("out.ndjson");
  text_sink messages{seen.warnings};
  const auto done = fingerprint_videos(options, {.messages = messages});
  if (!done) {
    seen.wrong = done.error();
    return seen;
  }
  seen.summary = *done;
  const bool raw = options.output.ends_with(".bin");
  auto reader = open_recording(options.output, raw ? std::optional{options.start} : std::nullopt);
  EXPECT_TRUE(reader);
  recorded_second second;
  for (auto more = (*reader)->next(second); more && *more; more = (*reader)->next(second)) {
    seen.seconds.push_back(second);
  }
  return seen;
}

inline fingerprinted fingerprint_film(const film_folder& folder, const std::string& film) {
  return take_fingerprints(folder, fingerprint_options{.films = {film}});
}

inline bool prefix_equal(const recorded_second& a, const recorded_second& b) {
  return std::equal(a.bits.begin(), a.bits.begin() + 32, b.bits.begin());
}

}  // namespace reprise
