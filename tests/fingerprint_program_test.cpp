// `reprise fingerprint` from outside: exit status, standard output, and one line for each failure.
#include <gtest/gtest.h>

#include "tests/film_support.hpp"
#include "tests/program_support.hpp"

namespace reprise {
namespace {

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

}  // namespace
}  // namespace reprise
