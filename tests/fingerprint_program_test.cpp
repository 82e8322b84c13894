// `reprise fingerprint` from outside: exit status, standard output, and one line for each failure.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "tests/film_support.hpp"
#include "tests/program_support.hpp"

namespace reprise {
namespace {

// Runs `reprise` with one signal at its default action, or ignored, and nothing to read.
pid_t start_reprise(const std::vector<std::string>& arguments, int number,
                    void (*action)(int) = SIG_DFL) {
  std::vector<char*> values{const_cast<char*>(REPRISE_PROGRAM)};
  for (const std::string& argument : arguments) {
    values.push_back(const_cast<char*>(argument.c_str()));
  }
  values.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(number, action);
    const int silent = ::open("/dev/null", O_RDWR);
    for (const int stream : {0, 1, 2}) ::dup2(silent, stream);
    ::execv(REPRISE_PROGRAM, values.data());
    ::_exit(127);
  }
  return child;
}

// The processes that have `name` in their command line.
std::ptrdiff_t processes_with(const std::string& name) {
  std::ptrdiff_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
    if (bytes_of(entry.path() / "cmdline").find(name) != std::string::npos) ++count;
  }
  return count;
}

void wait_until(const std::function<bool()>& reached) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (!reached()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

TEST(FingerprintProgram, PrintsARecordingThatScanReads) {
  const film_folder folder;
  const std::string film = folder.make("a.mkv", "-f lavfi -i testsrc=s=96x64:d=2 -c:v libx264");
  const program_run made = run_reprise({"fingerprint", film, "--start", "7"});
  EXPECT_EQ(made.status, 0);
  EXPECT_EQ(made.messages, "");
  EXPECT_EQ(made.output.rfind("{\"time\": 7, \"bits\": \"", 0), 0u) << made.output.substr(0, 40);
  EXPECT_EQ(std::count(made.output.begin(), made.output.end(), '\n'), 2);
  EXPECT_EQ(run_reprise({"scan", "-"}, made.output).status, 0);
}

TEST(FingerprintProgram, ChoosesTheFormatByTheNameOrAsItIsTold) {
  const film_folder folder;
  const std::string film = folder.make("a.mkv", "-f lavfi -i testsrc=s=96x64:d=2 -c:v libx264");
  const std::string raw = folder.file("a.bin");
  EXPECT_EQ(run_reprise({"fingerprint", film, "-o", raw}).status, 0);
  EXPECT_EQ(bytes_of(raw).size(), 2 * fingerprint_bytes);
  EXPECT_EQ(run_reprise({"fingerprint", film, "--format", "raw"}).output, bytes_of(raw));
}

TEST(FingerprintProgram, EndsWithTheStatusOfWhatWasWrong) {
  const film_folder folder;
  const std::string text = folder.write("a.txt", "Not a film.\n");
  const auto expect = [](const std::vector<std::string>& arguments, int status,
                         const std::string& why) {
    const program_run run = run_reprise(arguments);
    EXPECT_EQ(run.status, status) << run.messages;
    EXPECT_EQ(run.output, "");
    EXPECT_NE(run.messages.find(why), std::string::npos) << run.messages;
    EXPECT_EQ(std::count(run.messages.begin(), run.messages.end(), '\n'), 1);
  };
  expect({"fingerprint"}, 2, "reprise: fingerprint: ");
  expect({"fingerprint", text, "--start", "soon"}, 2, "--start soon: must be a whole number");
  expect({"fingerprint", text, "--format", "xml"}, 2, "--format xml: must be ndjson or raw");
  expect({"fingerprint", text}, 65, "fingerprint: " + text + ": not a video: ");
  expect({"fingerprint", folder.file("no.mkv")}, 74, "no.mkv: No such file or directory");
}

TEST(FingerprintProgram, EndsWellWhenNobodyReadsIt) {
  const film_folder folder;
  const std::string film = folder.make("a.mkv", "-f lavfi -i testsrc=s=96x64:d=2 -c:v libx264");
  const program_run run = run_reprise_unread({"fingerprint", film});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.messages, "");
}

// The film is long enough that the signal comes while it is read.
TEST(FingerprintProgram, LeavesNoFileAndNoHelperBehindASignal) {
  const film_folder folder;
  const std::string film = folder.make(
      "long.mkv", "-f lavfi -i testsrc=s=640x480:r=25:d=40 -c:v libx264 -preset ultrafast");
  for (const int ending : {SIGINT, SIGTERM, SIGHUP, SIGKILL}) {
    const pid_t child = start_reprise({"fingerprint", film, "-o", folder.file("o.ndjson")}, ending);
    wait_until([&] { return processes_with(film) == 2; });
    ::kill(child, ending);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == ending) << status;
    wait_until([&] { return processes_with(film) == 0; });
    for (const auto& left : std::filesystem::directory_iterator{folder.file("")}) {
      EXPECT_EQ(left.path().filename(), "long.mkv");
    }
  }
}

TEST(FingerprintProgram, NeedsNoCallerThatHearsOfItsChildren) {
  const film_folder folder;
  const std::string film = folder.make("a.mkv", "-f lavfi -i testsrc=s=96x64:d=2 -c:v libx264");
  const pid_t child =
      start_reprise({"fingerprint", film, "-o", folder.file("o.ndjson")}, SIGCHLD, SIG_IGN);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(std::filesystem::exists(folder.file("o.ndjson")));
}

}  // namespace
}  // namespace reprise
