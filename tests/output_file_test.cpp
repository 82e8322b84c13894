#include "host/output_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace reprise {
namespace {

namespace fs = std::filesystem;

class OutputFile : public testing::TestWithParam<unfinished_file> {
 protected:
  OutputFile() {
    std::string pattern = (fs::temp_directory_path() / "reprise-output-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
  }
  ~OutputFile() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream{path(name)} << text;
    return path(name);
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file{path(name)};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  [[nodiscard]] std::ptrdiff_t files() const {
    return std::distance(fs::directory_iterator{folder_}, fs::directory_iterator{});
  }
  [[nodiscard]] std::unique_ptr<byte_sink> create(const std::string& name) const {
    auto made = create_output_file(path(name), GetParam());
    EXPECT_TRUE(made);
    return made ? std::move(*made) : nullptr;
  }

  fs::path folder_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, OutputFile,
                         testing::Values(unfinished_file::nameless, unfinished_file::hidden),
                         [](const auto& kind) {
                           return kind.param == unfinished_file::hidden ? "Hidden" : "Nameless";
                         });

TEST_P(OutputFile, AppearsWhenItIsFinished) {
  const auto sink = create("a");
  ASSERT_TRUE(sink->write(std::string_view{"text"}));
  EXPECT_FALSE(fs::exists(path("a")));
  ASSERT_TRUE(sink->finish());
  EXPECT_EQ(read("a"), "text");
  EXPECT_EQ(files(), 1);
}

TEST_P(OutputFile, LeavesEverythingAsItWasWhenItIsNotFinished) {
  write("a", "earlier");
  write("a.partial", "the user's own");
  ASSERT_TRUE(create("a")->write(std::string_view{"text"}));
  EXPECT_EQ(read("a"), "earlier");
  EXPECT_EQ(read("a.partial"), "the user's own");
  EXPECT_EQ(files(), 2);
}

TEST_P(OutputFile, ReplacesWhatWasThereAndKeepsItsMode) {
  ::chmod(write("a", "earlier").c_str(), 0640);
  ASSERT_TRUE(create("a")->finish());
  EXPECT_EQ(read("a"), "");
  EXPECT_EQ(fs::status(path("a")).permissions(), fs::perms{0640});
  EXPECT_EQ(files(), 1);
}

TEST_P(OutputFile, EndsWellForTwoAtOnce) {
  const auto first = create("a"), second = create("a");
  ASSERT_TRUE(first->write(std::string_view{"first"}));
  ASSERT_TRUE(second->write(std::string_view{"second"}));
  ASSERT_TRUE(second->finish());
  ASSERT_TRUE(first->finish());
  EXPECT_EQ(read("a"), "first");
  EXPECT_EQ(files(), 1);
}

TEST_P(OutputFile, ReplacesWhatALinkLeadsTo) {
  write("victim", "earlier");
  fs::create_symlink("victim", path("link"));
  const auto sink = create("link");
  EXPECT_EQ(read("victim"), "earlier");
  ASSERT_TRUE(sink->finish());
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(read("victim"), "");
}

TEST_P(OutputFile, WritesWhatIsNoFileAsItIs) {
  const auto made = create_output_file("/dev/null", GetParam());
  ASSERT_TRUE(made);
  EXPECT_TRUE((*made)->write(std::string_view{"text"}));
  EXPECT_TRUE((*made)->finish());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_P(OutputFile, NamesThePathThatWasGiven) {
  const std::string nowhere = path("no/such/folder");
  const auto made = create_output_file(nowhere, GetParam());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::io_failed);
  EXPECT_EQ(made.error().what, nowhere + ": No such file or directory");
  EXPECT_FALSE(create_output_file(folder_.string(), GetParam()));
}

TEST_P(OutputFile, LeavesNothingBehindASignal) {
  for (const int ending : {SIGINT, SIGTERM, SIGHUP}) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::signal(ending, SIG_DFL);
      const auto sink = create("a");
      ::raise(ending);
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == ending) << status;
    EXPECT_EQ(files(), 0) << ending;
  }
}

TEST_P(OutputFile, IsKnownByAnyOfItsNames) {
  write("a", "");
  fs::create_hard_link(path("a"), path("b"));
  fs::create_symlink("a", path("c"));
  EXPECT_TRUE(is_output_of(path("a"), path("b")));
  EXPECT_TRUE(is_output_of(path("c"), path("a")));
  EXPECT_FALSE(is_output_of(path("a"), write("d", "")));
  EXPECT_FALSE(is_output_of(path("none"), path("none")));
}

}  // namespace
}  // namespace reprise
