// `reprise scan` from outside: its output, its messages and its exit statuses.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/program_support.hpp"

namespace reprise {
namespace {

const std::string advert = data_path("conformance/advert.ndjson");

std::string text_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Scan, PrintsOneCompactLineATickThatHasAMatch) {
  const auto run = run_reprise({"scan", advert, "--threshold", "1989107428382.73"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.messages, "");
  EXPECT_EQ(run.output.substr(0, run.output.find('\n')),
            "{\"channel\":\"advert\",\"time\":1700000155,\"match_times\":[1700000025],"
            "\"scores\":[20537602679547.25]}");
}

TEST(Scan, TakesASimilarityOfEightTenthsByDefault) {
  const auto run = run_reprise({"scan", advert});
  EXPECT_EQ(run.output, run_reprise({"scan", advert, "--similarity", "0.8"}).output);
  EXPECT_LT(run_reprise({"scan", advert, "--similarity", "0.95"}).output.size(), run.output.size());
}

TEST(Scan, PrintsOneLineARepeat) {
  const auto run = run_reprise({"scan", advert, "--repeats"});
  EXPECT_EQ(run.status, 0);
  ASSERT_EQ(count_lines(run.output), 3u);
  EXPECT_EQ(run.output.substr(0, run.output.find('\n')),
            "{\"channel\":\"advert\",\"start\":1700000151,\"end\":1700000179,"
            "\"source_start\":1700000021,\"source_end\":1700000049,\"lag\":130,\"seconds\":29,"
            "\"score\":21943591469180.99,\"open\":false}");
}

TEST(Scan, PrintsStillContentAsOneOpenSegmentAndCanSkipIt) {
  const std::string still = data_path("conformance/static.ndjson");
  const auto run = run_reprise({"scan", still, "--repeats"});
  EXPECT_EQ(count_lines(run.output), 1u);
  const auto segment = nlohmann::json::parse(run.output);
  EXPECT_EQ(segment["kind"], "still");
  EXPECT_EQ(segment["open"], true);
  EXPECT_EQ(segment["lag"], 1);
  EXPECT_EQ(run_reprise({"scan", still, "--repeats", "--still", "skip"}).output, "");
  EXPECT_EQ(run_reprise({"scan", still, "--still", "skip"}).status, 0);
}

TEST(Scan, PrintsATableForPeopleWithoutColourIntoAPipe) {
  const auto matches = run_reprise({"scan", advert, "--format", "table"});
  EXPECT_EQ(matches.output.substr(0, matches.output.find('\n', 90) + 1),
            "CHANNEL  TIME (UTC)           REPEATS (UTC)              LAG  SIMILARITY\n"
            "advert   2023-11-14 22:15:55  2023-11-14 22:13:45    0:02:10      95.70%\n");
  const auto repeats = run_reprise({"scan", advert, "--format", "table", "--repeats"});
  EXPECT_EQ(count_lines(repeats.output), 4u);
  EXPECT_EQ(repeats.output.find('\x1b'), std::string::npos);
  const auto nothing = run_reprise({"scan", data_path("conformance/at-threshold.ndjson"),
                                    "--format", "table", "--threshold", "1e300"});
  EXPECT_EQ(nothing.output, "No matches.\n");
}

TEST(Scan, PrintsSeveralFilesInTheirOrder) {
  std::vector<std::string> arguments{"scan"};
  std::string expected;
  for (int i = 0; i < 10; ++i) {
    for (const char* name : {"many", "advert", "gaps", "static"}) {
      const std::string file = data_path(std::string{"conformance/"} + name + ".ndjson");
      arguments.push_back(file);
      if (i == 0) expected += run_reprise({"scan", file}).output;
    }
  }
  std::string all;
  for (int i = 0; i < 10; ++i) all += expected;
  EXPECT_EQ(run_reprise(arguments).output, all);
}

TEST(Scan, ReadsStandardInputInEitherFormat) {
  const std::string text = text_of(advert);
  const auto named = run_reprise({"scan", "-", "--channel", "advert"}, text);
  EXPECT_EQ(named.status, 0);
  EXPECT_EQ(named.output, run_reprise({"scan", advert}).output);
  const auto raw = run_reprise({"scan", "-", "--start", "100"}, std::string(128 * 8, 'x'));
  EXPECT_EQ(raw.output,
            "{\"channel\":\"stdin\",\"time\":106,\"match_times\":[105],"
            "\"scores\":[25580085241547.47]}\n"
            "{\"channel\":\"stdin\",\"time\":107,\"match_times\":[106,105],"
            "\"scores\":[25580085241547.47,25580085241547.47]}\n");
}

TEST(Scan, NamesTheChannelAfterTheFile) {
  const temporary_folder folder;
  const std::string text = text_of(data_path("conformance/static.ndjson"));
  for (const auto& [file, channel] : std::vector<std::pair<std::string, std::string>>{
           {"BBC one (1).ndjson", "BBC_one__1_"},
           {"__x.y.ndjson", "x.y"},
           {"\"\n.ndjson", "recording"},
           {std::string(90, 'a'), std::string(64, 'a')}}) {
    const auto run = run_reprise({"scan", folder.file(file, text)});
    EXPECT_EQ(run.output.find("{\"channel\":\"" + channel + "\","), 0u) << file << run.messages;
  }
}

TEST(Scan, PassesAGapOfAnyLengthInBoundedTime) {
  const std::string bits(256, '0');
  std::string text;
  for (const std::string time : {"0", "1", "9007199254740990", "9007199254740991"}) {
    text += "{\"time\": " + time + ", \"bits\": \"" + bits + "\"}\n";
  }
  const auto run = run_reprise({"scan", "-", "--repeats"}, text);
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.output, "");
}

TEST(Scan, EndsSilentlyWhenItsReaderHasGone) {
  for (const bool repeats : {false, true}) {
    std::vector<std::string> arguments{"scan", advert, advert, advert};
    if (repeats) arguments.push_back("--repeats");
    const auto run = run_reprise_unread(arguments);
    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(run.messages, "");
  }
}

TEST(Scan, TellsOfAFullDisk) {
  const auto run = run_reprise_into("/dev/full", {"scan", advert});
  EXPECT_EQ(run.status, 74);
  EXPECT_EQ(run.messages, "reprise: standard output: No space left on device\n");
}

// The input stays open and silent, as that of a live feed: only the output can end the scan.
TEST(Scan, EndsWithItsOutputWhileItsInputIsSilent) {
  program_setting setting{.input = text_of(advert),
                          .input_ends = [](const program_run&) { return false; }};
  setting.output = stream_kind::path;
  setting.output_path = "/dev/full";
  auto run = run_reprise_so({"scan", "-"}, setting);
  EXPECT_EQ(run.status, 74);
  EXPECT_EQ(run.messages, "reprise: standard output: No space left on device\n");
  setting.output = stream_kind::unread;
  for (const std::string& input : {text_of(advert), std::string{}}) {
    setting.input = input;
    run = run_reprise_so({"scan", "-"}, setting);
    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(run.messages, "");
  }
}

// Nobody ever opens the other end of the named pipe.
TEST(Scan, EndsWithItsOutputWhileANamedPipeHasNoWriter) {
  const temporary_folder folder;
  const std::string pipe = folder.path + "/feed.ndjson";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(run_reprise_into("/dev/full", {"scan", advert, pipe}).status, 74);
}

TEST(Scan, WaitsForTheWriterOfANamedPipe) {
  const temporary_folder folder;
  const std::string pipe = folder.path + "/advert.ndjson";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::jthread writer{[&] { std::ofstream{pipe, std::ios::binary} << text_of(advert); }};
  EXPECT_EQ(run_reprise({"scan", pipe}).output, run_reprise({"scan", advert}).output);
}

TEST(Scan, TellsOfFilesThatAreNotThere) {
  auto run = run_reprise({"scan", "/nonexistent/a.ndjson"});
  EXPECT_EQ(run.status, 74);
  EXPECT_EQ(run.messages, "reprise: /nonexistent/a.ndjson: No such file or directory\n");
  run = run_reprise({"scan", "/"});
  EXPECT_EQ(run.status, 74);
  EXPECT_EQ(run.messages, "reprise: /: Is a directory\n");
}

TEST(Scan, NamesAnyFileOnOneLine) {
  const temporary_folder folder;
  const std::string torn = folder.file("a\nb\x1b[31m.ndjson", "{}\n");
  auto run = run_reprise({"scan", torn});
  EXPECT_EQ(run.messages,
            "reprise: " + folder.path +
                "/a\\x0ab\\x1b[31m.ndjson:1: expected the field \"time\", found none\n");
  run = run_reprise({"scan", "/nonexistent/\n"});
  EXPECT_EQ(run.messages, "reprise: /nonexistent/\\x0a: No such file or directory\n");
  run = run_reprise({"scan", "\n.bin"});
  EXPECT_EQ(run.messages, "reprise: scan: \\x0a.bin: a raw recording needs --start TIME\n");
  run = run_reprise({"scan", "a", "--\x1b"});
  EXPECT_EQ(run.messages, "reprise: scan: The following argument was not expected: --\\x1b\n");
}

TEST(Scan, TellsOfBadData) {
  const temporary_folder folder;
  auto run = run_reprise({"scan", "-"});
  EXPECT_EQ(run.status, 65);
  EXPECT_EQ(run.messages, "reprise: standard input: expected a recording, found no second in it\n");
  const std::string torn = folder.file("torn.bin", std::string(200, 'x'));
  run = run_reprise({"scan", torn, "--start", "0"});
  EXPECT_EQ(run.status, 65);
  EXPECT_EQ(run.messages, "reprise: " + torn +
                              ": byte 128: expected 128 bytes of a fingerprint, found it "
                              "truncated to 72\n");
}

TEST(Scan, PrintsTheOtherFilesWhenOneFails) {
  const temporary_folder folder;
  const std::string bad = folder.file("bad.ndjson", text_of(advert) + "{}\n");
  const auto run = run_reprise({"scan", advert, "/nonexistent", bad, advert});
  EXPECT_EQ(run.status, 74);
  EXPECT_EQ(run.messages, "reprise: /nonexistent: No such file or directory\nreprise: " + bad +
                              ":401: expected the field \"time\", found none\n");
  EXPECT_EQ(count_lines(run.output), 3 * count_lines(run_reprise({"scan", advert}).output));
}

TEST(Scan, SaysHowManyRepeatsHadNoPlace) {
  const std::string hot = data_path("conformance/many.ndjson");
  const temporary_folder folder;
  std::string bytes;  // 3 s of content that go round for ever: a new lag every 3 s
  for (int i = 0; i < 1'200; ++i) bytes += std::string(128, "abz"[i % 3]);
  const auto run =
      run_reprise({"scan", folder.file("loop.bin", bytes), "--start", "0", "--repeats"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(count_lines(run.output), 256u);
  EXPECT_EQ(run.messages,
            "reprise: loop: 142 repeats beyond the best 256 at once are not listed\n");
}

struct usage_case {
  std::vector<std::string> arguments;
  std::string message;
};

TEST(Scan, RefusesWhatMakesNoSenseAndSaysWhatIsAllowed) {
  for (const auto& [arguments, message] : std::vector<usage_case>{
           {{"--window", "0"}, "--window 0: must be a whole number from 1 to 604800"},
           {{"--window", "604801"}, "--window 604801: must be a whole number from 1 to 604800"},
           {{"--window", "0x10"}, "--window 0x10: must be a whole number from 1 to 604800"},
           {{"--window", "1.0"}, "--window 1.0: must be a whole number from 1 to 604800"},
           {{"--window", "4294967297"},
            "--window 4294967297: must be a whole number from 1 to "
            "604800"},
           {{"--top", "101"}, "--top 101: must be a whole number from 1 to 100"},
           {{"--top", ""}, "--top : must be a whole number from 1 to 100"},
           {{"--min-lag", "0"}, "--min-lag 0: must be a whole number from 1 to 86400"},
           {{"--min-lag", "11", "--window", "10"},
            "--min-lag 11: must be a whole number from 1 to 10"},
           {{"--threshold", "-1"}, "--threshold -1: must be a finite number of at least 0"},
           {{"--threshold", "nan"}, "--threshold nan: must be a finite number of at least 0"},
           {{"--threshold", "inf"}, "--threshold inf: must be a finite number of at least 0"},
           {{"--threshold", "1e999"}, "--threshold 1e999: must be a finite number of at least 0"},
           {{"--threshold", "0x1p3"}, "--threshold 0x1p3: must be a finite number of at least 0"},
           {{"--similarity", "0"}, "--similarity 0: must be a number above 0 and at most 1"},
           {{"--similarity", "1.01"}, "--similarity 1.01: must be a number above 0 and at most 1"},
           {{"--threshold", "1", "--similarity", "1"},
            "--threshold and --similarity: only one of them can be given"},
           {{"--still", "no"}, "--still no: must be match or skip"},
           {{"--format", "xml"}, "--format xml: must be ndjson or table"},
           {{"--engine", "gpu"}, "--engine \"gpu\": must be auto, cpu or cuda"},
           {{"--channel", "a b"},
            "--channel a b: must be 1 to 64 of A-Z a-z 0-9 . _ -, first a letter or digit"},
           {{"--channel", "a", "b.ndjson"}, "--channel a: only with one FILE"},
           {{"--start", "5"}, "--start 5: only with a raw recording"},
           {{"--start", "-1", "b.bin"},
            "--start -1: must be a whole number from 0 to 9007199254740991"},
           {{"b.bin"}, "b.bin: a raw recording needs --start TIME"},
           {{"-", "-"}, "-: standard input can be read only once"}}) {
    std::vector<std::string> all{"scan", advert};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto run = run_reprise(all);
    EXPECT_EQ(run.status, 2) << message;
    EXPECT_EQ(run.messages, "reprise: scan: " + message + "\n");
    EXPECT_EQ(run.output, "");
  }
}

TEST(Scan, RefusesAnUnknownKernelBeforeItReads) {
  const auto run = run_reprise({"scan", "/nonexistent"}, {}, {{"REPRISE_KERNEL", "sse9"}});
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.messages,
            "reprise: scan: REPRISE_KERNEL=\"sse9\": must be reference, scalar, avx2 or avx512\n");
}

}  // namespace
}  // namespace reprise
