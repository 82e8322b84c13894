// The conventions that a tool can check, over every source file: what CONTRIBUTING.md and the
// design say of files, headers and layers.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace reprise {
namespace {

constexpr std::size_t lines_max = 400;
constexpr std::size_t columns_max = 100;

struct source_file {
  std::string name;  // from the project's root
  std::vector<std::string> lines;
};

std::vector<source_file> all_sources() {
  std::vector<source_file> found;
  const std::filesystem::path root{REPRISE_SOURCE_DIRECTORY};
  for (const char* folder : {"host", "net", "cuda", "tests", "bench"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root / folder}) {
      const std::string extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp" && extension != ".cu") continue;
      source_file read{std::filesystem::relative(entry.path(), root), {}};
      std::ifstream file{entry.path()};
      for (std::string line; std::getline(file, line);) read.lines.push_back(line);
      found.push_back(std::move(read));
    }
  }
  return found;
}

bool begins_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

bool is_header(const source_file& file) {
  return file.name.ends_with(".hpp");
}

std::string included_by_quotes(const std::string& line) {
  static const std::regex pattern{"^#include \"([^\"]+)\""};
  std::smatch matched;
  return std::regex_search(line, matched, pattern) ? matched[1].str() : std::string{};
}

TEST(Sources, AreThereToBeChecked) {
  EXPECT_GT(all_sources().size(), 100u);
}

TEST(Sources, StayShortAndNarrow) {
  for (const source_file& file : all_sources()) {
    EXPECT_LE(file.lines.size(), lines_max) << file.name;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      EXPECT_LE(file.lines[i].size(), columns_max) << file.name << ":" << i + 1;
    }
  }
}

TEST(Headers, OpenWithASentenceAndGuardThemselves) {
  for (const source_file& file : all_sources()) {
    if (!is_header(file)) continue;
    EXPECT_TRUE(begins_with(file.lines.at(0), "// ")) << file.name;
    EXPECT_TRUE(std::find(file.lines.begin(), file.lines.end(), "#pragma once") != file.lines.end())
        << file.name;
  }
}

// "Errors", "Threads" and the like begin a line, or whoever looks for them does not find them.
TEST(Headers, BeginALineWithEachFieldOfTheirContract) {
  static const std::regex inside{"^//.*\\S +(Shapes|Errors|Threads|Owns|Agrees|Source)  +\\S"};
  for (const source_file& file : all_sources()) {
    if (!is_header(file)) continue;
    for (const std::string& line : file.lines) {
      EXPECT_FALSE(std::regex_search(line, inside)) << file.name << ": " << line;
    }
  }
}

TEST(Includes, NameOurFilesFromTheRoot) {
  const std::filesystem::path root{REPRISE_SOURCE_DIRECTORY};
  for (const source_file& file : all_sources()) {
    for (const std::string& line : file.lines) {
      const std::string name = included_by_quotes(line);
      const bool is_generated = line.find("  // made by CMake") != std::string::npos;
      if (!name.empty() && !is_generated) {
        EXPECT_TRUE(std::filesystem::exists(root / name)) << file.name << " " << name;
      }
    }
  }
}

// net -> host -> host/match <- cuda; net/main.cpp alone sees all.
TEST(Layers, IncludeOnlyWhatTheyMay) {
  for (const source_file& file : all_sources()) {
    const bool is_match = begins_with(file.name, "host/match/");
    const bool is_host = begins_with(file.name, "host/");
    const bool is_cuda = begins_with(file.name, "cuda/");
    for (const std::string& line : file.lines) {
      const std::string name = included_by_quotes(line);
      if (name.empty()) continue;
      if (is_match) {
        EXPECT_TRUE(begins_with(name, "host/match/")) << file.name << " " << name;
      }
      if (is_cuda) {
        EXPECT_TRUE(begins_with(name, "host/match/") || begins_with(name, "cuda/"))
            << file.name << " " << name;
      }
      if (is_host) {
        EXPECT_TRUE(begins_with(name, "host/")) << file.name << " " << name;
      }
      if (begins_with(file.name, "net/") && file.name != "net/main.cpp") {
        EXPECT_FALSE(begins_with(name, "cuda/")) << file.name << " " << name;
      }
    }
  }
}

TEST(MatchLibrary, UsesTheStandardLibraryAlone) {
  static const std::regex other{
      "^#include <(boost|fmt|spdlog|nlohmann|simdjson|CLI|gtest|benchmark)[/.]"};
  for (const source_file& file : all_sources()) {
    if (!begins_with(file.name, "host/match/") && !begins_with(file.name, "cuda/")) continue;
    for (const std::string& line : file.lines)
      EXPECT_FALSE(std::regex_search(line, other)) << file.name;
  }
}

// An inline function that such a file emits would be compiled for its instruction set, and might
// be the copy that every other file is linked to.
TEST(InstructionSetFiles, HoldNoTemplatesAndNoLambdas) {
  static const std::regex forbidden{"\\btemplate\\b|\\[[&=]?\\]\\s*\\("};
  std::size_t seen = 0;
  for (const source_file& file : all_sources()) {
    if (file.name.find("_avx") == std::string::npos) continue;
    ++seen;
    for (const std::string& line : file.lines)
      EXPECT_FALSE(std::regex_search(line, forbidden)) << line;
  }
  EXPECT_GE(seen, 2u);
}

TEST(Sources, HoldNoMarksOfUnfinishedWork) {
  // Spelt apart, so that this file holds none.
  static const std::regex mark{std::string{"\\b(TO"} + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b"};
  for (const source_file& file : all_sources()) {
    for (const std::string& line : file.lines)
      EXPECT_FALSE(std::regex_search(line, mark)) << file.name << line;
  }
}

}  // namespace
}  // namespace reprise
