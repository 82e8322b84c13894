// `reprise moving-average` from outside: its output, its messages and its exit statuses.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/program_support.hpp"

namespace reprise {
namespace {

const std::string events =
    R"({"timestamp": "2018-12-26 18:11:08.509654","translation_id": "5aa5b2f39f7254a75aa5",)"
    R"("source_language": "en","target_language": "fr","client_name": "airliberty",)"
    R"("event_name": "translation_delivered","nr_words": 30, "duration": 20})"
    "\n"
    R"({"timestamp": "2018-12-26 18:15:19.903159","translation_id": "5aa5b2f39f7254a75aa4",)"
    R"("source_language": "en","target_language": "fr","client_name": "airliberty",)"
    R"("event_name": "translation_delivered","nr_words": 30, "duration": 31})"
    "\n"
    R"({"timestamp": "2018-12-26 18:23:19.903159","translation_id": "5aa5b2f39f7254a75bb3",)"
    R"("source_language": "de","target_language": "it","client_name": "taxi-eats",)"
    R"("event_name": "translation_requested","nr_words": 100, "duration": 54})"
    "\n";

std::string row(const std::string& time, const std::string& mean) {
  return "{\"date\": \"2018-12-26 " + time + ":00\", \"average_delivery_time\": " + mean + "}\n";
}

std::string rows_from(int minute, const std::vector<std::string>& means) {
  std::string rows;
  for (const std::string& mean : means) rows += row("18:" + std::to_string(minute++), mean);
  return rows;
}

const std::string averages = rows_from(11, {"0", "20", "20", "20", "20", "25.5", "25.5", "25.5",
                                            "25.5", "25.5", "25.5", "31", "31", "42.5"});

std::string text_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// Over standard input, with a window of ten minutes.
program_run average(const std::string& input, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"moving-average", "--input_file", "-", "--window_size", "10"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_reprise(arguments, input);
}

TEST(MovingAverage, PrintsTheMeanOfTheLastMinutesForEachMinute) {
  const temporary_folder folder;
  const auto run = run_reprise({"moving-average", "--input_file",
                                folder.file("events.json", events), "--window_size", "10"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.messages, "");
  EXPECT_EQ(run.output, averages);
}

TEST(MovingAverage, ReadsStandardInput) {
  EXPECT_EQ(average(events).output, averages);
  EXPECT_EQ(average(events.substr(0, events.size() - 1)).output, averages);
}

TEST(MovingAverage, LooksBackAsFarAsItIsTold) {
  EXPECT_EQ(
      run_reprise({"moving-average", "--input_file", "-", "--window_size", "1"}, events).output,
      rows_from(11, {"0", "20", "0", "0", "0", "31", "0", "0", "0", "0", "0", "0", "0", "54"}));
  EXPECT_EQ(run_reprise({"moving-average", "--input_file", "-", "--window_size", "525600"}, events)
                .output,
            rows_from(11, {"0", "20", "20", "20", "20", "25.5", "25.5", "25.5", "25.5", "25.5",
                           "25.5", "25.5", "25.5", "35"}));
}

TEST(MovingAverage, CountsAnEventOnAMinuteForThatMinute) {
  const std::string event = R"({"timestamp": "2018-12-26 18:12:00", "duration": 5})"
                            "\n";
  EXPECT_EQ(average(event).output, row("18:12", "5"));
}

TEST(MovingAverage, KeepsTheEventsOfEachFilter) {
  const std::string both = rows_from(11, {"0", "20", "20", "20", "20", "25.5"});
  const std::string last = rows_from(23, {"0", "54"});
  EXPECT_EQ(average(events, {"--client_name", "airliberty"}).output, both);
  EXPECT_EQ(average(events, {"--client_name", "taxi-eats"}).output, last);
  EXPECT_EQ(average(events, {"--source_language", "en"}).output, both);
  EXPECT_EQ(average(events, {"--target_language", "it"}).output, last);
  EXPECT_EQ(average(events, {"--event_name", "translation_delivered"}).output, both);
  const auto none = average(events, {"--client_name", "taxi-eats", "--source_language", "en"});
  EXPECT_EQ(none.status, 0);
  EXPECT_EQ(none.output, "");
  EXPECT_EQ(none.messages, "");
}

TEST(MovingAverage, StopsAtABadLineAndSaysWhereAndWhy) {
  const std::string start = "reprise: moving-average: standard input:";
  for (const auto& [line, what] : std::initializer_list<std::pair<std::string, std::string>>{
           {"{\"duration\": 5}", "expected the field \"timestamp\", found none"},
           {"{\"timestamp\": \"2018-12-27 00:00:00\"}",
            "expected the field \"duration\", found none"},
           {"{\"timestamp\": \"2018-12-27 00:00:00\", \"duration\": \"5\"}",
            "expected \"duration\" to be a number from 0 to 1000000000, found \"5\""},
           {"events", "expected an event, a JSON object, found \"events\""},
           {"{\"timestamp\": \"2018-12-26 18:23:19.903158\", \"duration\": 5}",
            "expected a time not before the one of the event before it, found one that goes "
            "back"}}) {
    const auto run = average(events + line + "\n" + events);
    EXPECT_EQ(run.status, 65);
    EXPECT_EQ(run.messages, start + "4: " + what + "\n");
    EXPECT_EQ(run.output, averages.substr(0, averages.rfind("{\"date")));
  }
}

TEST(MovingAverage, PassesOverBadLinesAndTellsTheirNumber) {
  const std::string bad = "x\n" + events + events + std::string(5'000, ' ') + "\n";
  auto run = average(bad, {"--skip_bad"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.output, average(events + events.substr(events.rfind("{\"timestamp"))).output);
  EXPECT_EQ(
      run.messages,
      "reprise: moving-average: 4 bad lines skipped; the first: standard input:1: expected an "
      "event, a JSON object, found \"x\"\n");
  run = average("x\n" + events, {"--skip_bad"});
  EXPECT_EQ(run.messages.find("reprise: moving-average: 1 bad line skipped; the first:"), 0u);
  run = average(events, {"--skip_bad"});
  EXPECT_EQ(run.output, averages);
  EXPECT_EQ(run.messages, "reprise: moving-average: 0 bad lines skipped\n");
}

TEST(MovingAverage, RefusesAnEmptyInput) {
  const temporary_folder folder;
  const std::string output = folder.path + "/averages.json";
  const auto run = average("", {"--output_file", output});
  EXPECT_EQ(run.status, 65);
  EXPECT_EQ(run.messages, "reprise: moving-average: standard input: expected events, found none\n");
  EXPECT_FALSE(std::filesystem::exists(output));
}

TEST(MovingAverage, WritesItsOutputFileWholeOrNotAtAll) {
  const temporary_folder folder;
  const std::string output = folder.file("averages.json", "before\n");
  const auto failed = average(events + "x\n", {"--output_file", output});
  EXPECT_EQ(failed.status, 65);
  EXPECT_EQ(failed.output, "");
  EXPECT_EQ(text_of(output), "before\n");
  const auto run = average(events, {"--output_file", output});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.output, "");
  EXPECT_EQ(run.messages, "");
  EXPECT_EQ(text_of(output), averages);
  EXPECT_EQ(average(events, {"--output_file", output, "--client_name", "nobody"}).status, 0);
  EXPECT_EQ(text_of(output), "");
  EXPECT_EQ(average(events, {"--output_file", "-"}).output, averages);
}

TEST(MovingAverage, DoesNotWriteOverItsInput) {
  const temporary_folder folder;
  const std::string file = folder.file("events.json", events);
  const auto run = run_reprise(
      {"moving-average", "--input_file", file, "--window_size", "10", "--output_file", file});
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.messages,
            "reprise: moving-average: " + file + ": is the input and the output at once\n");
  EXPECT_EQ(text_of(file), events);
}

TEST(MovingAverage, TellsOfFilesThatAreNotThere) {
  const std::vector<std::string> arguments{"moving-average", "--window_size", "10", "--input_file"};
  for (const auto& [path, what] : std::initializer_list<std::pair<std::string, std::string>>{
           {"/nonexistent/events.json", "No such file or directory"}, {"/", "Is a directory"}}) {
    auto all = arguments;
    all.push_back(path);
    const auto run = run_reprise(all);
    EXPECT_EQ(run.status, 74);
    EXPECT_EQ(run.messages, "reprise: moving-average: " + path + ": " + what + "\n");
  }
  const auto run = average(events, {"--output_file", "/nonexistent/averages.json"});
  EXPECT_EQ(run.status, 74);
  EXPECT_EQ(run.messages,
            "reprise: moving-average: /nonexistent/averages.json: No such file or directory\n");
}

// The gap has more rows than a pipe or a disk could hold.
TEST(MovingAverage, EndsWithItsReader) {
  const temporary_folder folder;
  const std::string last = R"({"timestamp": "9999-01-01 00:00:00", "duration": 1})";
  const auto unread = run_reprise_unread(
      {"moving-average", "--input_file", "-", "--window_size", "10"}, events + last);
  EXPECT_EQ(unread.status, 0);
  EXPECT_EQ(unread.messages, "");
  const auto full =
      run_reprise_into("/dev/full", {"moving-average", "--window_size", "10", "--input_file",
                                     folder.file("events.json", events)});
  EXPECT_EQ(full.status, 74);
  EXPECT_EQ(full.messages, "reprise: moving-average: standard output: No space left on device\n");
}

// The input stays open until the rows that are certain have been printed.
TEST(MovingAverage, PrintsWhatIsCertainWhileItsInputIsOpen) {
  program_setting setting{.input = events};
  setting.input_ends = [](const program_run& run) {
    return std::count(run.output.begin(), run.output.end(), '\n') == 13;
  };
  const auto run =
      run_reprise_so({"moving-average", "--input_file", "-", "--window_size", "10"}, setting);
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.output, averages);
}

TEST(MovingAverage, RefusesWhatMakesNoSenseAndSaysWhatIsAllowed) {
  const std::string allowed = ": must be a whole number from 1 to 525600";
  for (const std::string size : {"0", "525601", "1.5", "-1", "ten", "", "0x10", "1e3"}) {
    const auto run = run_reprise({"moving-average", "--input_file", "-", "--window_size", size});
    EXPECT_EQ(run.status, 2);
    EXPECT_EQ(run.messages, "reprise: moving-average: --window_size " + size + allowed + "\n");
    EXPECT_EQ(run.output, "");
  }
  auto run = run_reprise({"moving-average", "--input_file", "-"});
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.messages, "reprise: moving-average: --window_size MINUTES is needed\n");
  run = run_reprise({"moving-average", "--window_size", "10"});
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.messages, "reprise: moving-average: --input_file FILE is needed\n");
}

}  // namespace
}  // namespace reprise
