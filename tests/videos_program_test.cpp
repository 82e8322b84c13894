// `reprise videos` from outside: its output, its messages and its exit statuses.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <tuple>

#include <nlohmann/json.hpp>

#include "tests/program_support.hpp"

namespace reprise {
namespace {

using nlohmann::json;

const std::string header = "content_id,actual_label,predicted_label,tvshow,feature_vector\r\n";

std::string row(const std::string& id, const std::string& actual, const std::string& predicted,
                const std::string& tvshow = "", int seed = 1) {
  std::ostringstream made;
  made << '"' << id << "\",\"" << actual << "\",\"" << predicted << "\",";
  if (!tvshow.empty()) made << '"' << tvshow << '"';
  made << ",\"[-0e+00";
  for (int i = 1; i < 256; ++i) made << ',' << seed << ".25";
  made << "]\"\r\n";
  return made.str();
}

std::string numbered(int number) {
  std::string name = "v";
  return name += std::to_string(number);
}

// As export writes them: by content_id.
const std::string videos = header + row("'-1", "advert", "advert", "News") +
                           row("b:2", "'=1+1", "a \"\"quoted\"\", one", "<b>News</b>", 2) +
                           row("c", "\xc3\xa9t\xc3\xa9", "'''", "", 3) +
                           row("d", "advert", "'@x", "News", 4);

std::string text_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

json counts_of(const program_run& run) {
  EXPECT_EQ(run.output.find('\n'), run.output.size() - 1);
  return json::parse(run.output, nullptr, false);
}

class Videos : public ::testing::Test {
 protected:
  program_run run(std::vector<std::string> arguments, const std::string& input = {}) const {
    arguments.insert(arguments.begin(), "videos");
    arguments.insert(arguments.end(), {"--data-dir", data_});
    return run_reprise(arguments, input, {{"REPRISE_LIBEXEC", libexec_}});
  }
  program_run import(const std::string& csv, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"import", "-"});
    return run(more, csv);
  }
  // A program that answers that feature 255 is all there is to know.
  void install_helper() const {
    std::filesystem::create_directory(libexec_);
    const std::string path = libexec_ + "/reprise-train";
    std::ofstream{path} << "#!/bin/sh\ncat >/dev/null; printf '\\001\\0\\0\\0\\0\\010\\0\\0'\n"
                           "head -c 2040 /dev/zero; printf '\\0\\0\\0\\0\\0\\0\\360\\077'\n";
    ::chmod(path.c_str(), 0755);
  }

  temporary_folder folder_;
  std::string data_ = folder_.path + "/data";
  std::string libexec_ = folder_.path + "/libexec";  // empty: nothing is installed
};

// As a service does, for as long as it lives.
class holder {
 public:
  explicit holder(const std::string& directory, const std::string& says = "4711\n")
      : lock_{::open((directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)} {
    EXPECT_EQ(::flock(lock_, LOCK_EX | LOCK_NB), 0);
    EXPECT_EQ(::ftruncate(lock_, 0), 0);
    EXPECT_EQ(::pwrite(lock_, says.data(), says.size(), 0), static_cast<::ssize_t>(says.size()));
  }
  holder(const holder&) = delete;
  ~holder() { ::close(lock_); }

 private:
  int lock_;
};

TEST_F(Videos, AreImportedAndTheirCountsPrinted) {
  const auto first = run({"import", folder_.file("videos.csv", videos)});
  EXPECT_EQ(first.status, 0) << first.messages;
  EXPECT_EQ(first.messages, "");
  EXPECT_EQ(first.output,
            "{\"inserted\":4,\"present\":0,\"replaced\":0,\"skipped\":0,\"refused\":0,"
            "\"errors\":[]}\n");
  const auto again = import(videos);
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(counts_of(again)["present"], 4);
}

TEST_F(Videos, AreRefusedWhereOneFileHasTooManyRows) {
  const auto refused = run_reprise({"videos", "import", "-", "--data-dir", data_}, videos,
                                   {{"REPRISE_LIBRARY_IMPORT_ROWS_MAX", "3"}});
  EXPECT_EQ(refused.status, 65);
  EXPECT_EQ(refused.messages,
            "reprise: videos import: standard input:5: more than 3 rows in one file: send it in "
            "parts\n");
}

TEST_F(Videos, ThatAreExportedMakeTheSameLibraryElsewhere) {
  ASSERT_EQ(import(videos).status, 0);
  const auto first = run({"export"});
  EXPECT_EQ(first.status, 0);
  EXPECT_EQ(first.messages, "");
  EXPECT_EQ(first.output, videos);
  data_ = folder_.path + "/other";
  EXPECT_EQ(counts_of(import(first.output))["inserted"], 4);
  EXPECT_EQ(run({"export"}).output, first.output);
}

TEST_F(Videos, AreExportedInPages) {
  std::string many = header;
  for (int i = 1'000; i < 1'700; ++i) many += row(numbered(i), "a", "b", "", i);
  ASSERT_EQ(import(many).status, 0);
  EXPECT_EQ(run({"export"}).output, many);
}

TEST_F(Videos, AreExportedUnderEachFilter) {
  ASSERT_EQ(import(videos).status, 0);
  const std::string first = row("'-1", "advert", "advert", "News"),
                    last = row("d", "advert", "'@x", "News", 4);
  EXPECT_EQ(run({"export", "--tvshow", "News"}).output, header + first + last);
  EXPECT_EQ(run({"export", "--label", "\xc3\xa9t\xc3\xa9"}).output,
            header + row("c", "\xc3\xa9t\xc3\xa9", "'''", "", 3));
  EXPECT_EQ(run({"export", "--label", "=1+1", "--tvshow", "News"}).output, header);
  EXPECT_EQ(run({"export", "--label", ""}).messages,
            "reprise: videos export: --label: must not be empty\n");
}

TEST_F(Videos, AreExportedIntoAFileThatIsWholeOrNotThere) {
  ASSERT_EQ(import(videos).status, 0);
  const std::string path = folder_.path + "/videos.csv";
  const auto done = run({"export", "-o", path});
  EXPECT_EQ(done.status, 0);
  EXPECT_EQ(done.output, "");
  EXPECT_EQ(text_of(path), videos);
  EXPECT_EQ(run({"export", "-o", "/nonexistent/videos.csv"}).status, 74);
  EXPECT_EQ(run({"export", "-o", data_ + "/library.db"}).status, 2);
  EXPECT_EQ(run({"export"}).output, videos);
  EXPECT_EQ(run_reprise_unread({"videos", "export", "--data-dir", data_}).status, 0);
  EXPECT_EQ(run_reprise_into("/dev/full", {"videos", "export", "--data-dir", data_}).status, 74);
}

TEST_F(Videos, AreNotImportedWhereARowIsBad) {
  const std::string path =
      folder_.file("bad.csv", videos + "bad row\r\n" + row("e", "a", "b") + row("b:2", "a", "b"));
  const auto bad = run({"import", path});
  EXPECT_EQ(bad.status, 65);
  // The conflict in line 8 would be the next to be told.
  EXPECT_EQ(bad.messages, path + ":6: has 1 cells where the header has 5\n" +
                              "reprise: videos import: " + path +
                              ": 1 row is refused, so nothing is imported\n");
  const json counts = counts_of(bad);
  EXPECT_EQ(counts["inserted"], 0);
  EXPECT_EQ(counts["refused"], 1);
  EXPECT_EQ(counts["errors"][0],
            (json{{"line", 6}, {"reason", "has 1 cells where the header has 5"}}));
  EXPECT_EQ(counts["errors"].size(), 1U);
  EXPECT_EQ(run({"export"}).output, header);
  // Whoever does not read the counts hears of it all the same.
  EXPECT_EQ(run_reprise_unread({"videos", "import", path, "--data-dir", data_}).status, 65);
}

TEST_F(Videos, AreImportedInPartWhereThatIsAskedFor) {
  const auto part = import(videos + "bad row\r\n", {"--partial"});
  EXPECT_EQ(part.status, 0);
  EXPECT_EQ(part.messages, "standard input:6: has 1 cells where the header has 5\n");
  EXPECT_EQ(counts_of(part)["inserted"], 4);
  EXPECT_EQ(counts_of(part)["refused"], 1);
  EXPECT_EQ(run({"export"}).output, videos);
}

TEST_F(Videos, ThatDifferAreRefusedSkippedOrTaken) {
  const std::string before = header + row("a", "x", "y"), after = header + row("a", "z", "y");
  ASSERT_EQ(import(before).status, 0);
  EXPECT_EQ(import(after).status, 65);
  EXPECT_EQ(import(after, {"--on-conflict", "error"}).status, 65);
  EXPECT_EQ(counts_of(import(after, {"--on-conflict", "skip"}))["skipped"], 1);
  EXPECT_EQ(run({"export"}).output, before);
  EXPECT_EQ(counts_of(import(after, {"--on-conflict", "replace"}))["replaced"], 1);
  EXPECT_EQ(run({"export"}).output, after);
  const auto never = import(after, {"--on-conflict", "never"});
  EXPECT_EQ(never.status, 2);
  EXPECT_EQ(never.messages,
            "reprise: videos import: --on-conflict never: must be error, skip or replace\n");
}

TEST_F(Videos, TellTheFirstHundredRefusals) {
  std::string csv = header;
  for (int i = 0; i < 103; ++i) csv += "bad row\r\n";
  const auto bad = import(csv);
  EXPECT_EQ(bad.status, 65);
  EXPECT_EQ(counts_of(bad)["refused"], 103);
  EXPECT_EQ(counts_of(bad)["errors"].size(), 100U);
  EXPECT_EQ(std::count(bad.messages.begin(), bad.messages.end(), '\n'), 102);
  EXPECT_NE(bad.messages.find("standard input:101: has 1 cells"), std::string::npos);
  EXPECT_NE(bad.messages.find("standard input: and 3 more\n"), std::string::npos);
}

TEST_F(Videos, OfFilesThatAreNoneAreRefusedWithTheirPlace) {
  const std::string start = "reprise: videos import: ";
  for (const auto& [csv, why] : std::initializer_list<std::pair<std::string, std::string>>{
           {"", ":1: a header is missing"},
           {"content_id,label\r\n", ":1: the column \"label\" is unknown"},
           {header + "\"never closed", ":2: "},
           {std::string("\x7f"
                        "ELF\0\0\0",
                        7),
            ":1: "}}) {
    const std::string path = folder_.file("foreign", csv);
    const auto foreign = run({"import", path});
    EXPECT_EQ(foreign.status, 65);
    EXPECT_EQ(foreign.messages.rfind(start + path + why, 0), 0U) << foreign.messages;
    EXPECT_EQ(foreign.output, "");
  }
  EXPECT_EQ(run({"import", folder_.path + "/none"}).status, 74);
  EXPECT_EQ(run({"import", folder_.path}).status, 74);
  EXPECT_EQ(run({"import", "a", "b"}).status, 2);
}

TEST_F(Videos, OfAHeldDirectoryAreReadButNotImported) {
  ASSERT_EQ(import(videos).status, 0);
  const std::string path = folder_.file("videos.csv", videos);
  const std::string in_use =
      "reprise: videos import: " + data_ + ": in use by the process with the pid 4711";
  {
    const holder other{data_};
    const auto refused = run({"import", path});
    EXPECT_EQ(refused.status, 74);
    EXPECT_EQ(refused.messages, in_use + "\n");
  }
  const holder service{data_, "4711\n[::1]:4712\n"};
  const auto refused = run({"import", path, "--partial", "--on-conflict", "skip"});
  EXPECT_EQ(refused.status, 74);
  EXPECT_EQ(
      refused.messages,
      in_use + "; it is a service, which takes the file: curl -F 'file=@" + path +
          ";type=text/csv' 'http://[::1]:4712/videos/batch/csv?on_conflict=skip&mode=partial' "
          "(where it has keys, with -H \"Authorization: Bearer $KEY\")\n");
  EXPECT_EQ(run({"export"}).output, videos);
  EXPECT_EQ(run({"report"}).status, 0);
}

TEST_F(Videos, OfADirectoryWithoutALibraryAreAnError) {
  for (const std::string what : {"export", "report"}) {
    const auto none = run({what});
    EXPECT_EQ(none.status, 74);
    EXPECT_EQ(none.messages, "reprise: videos " + what + ": " + data_ +
                                 "/library.db: No such file or directory\n");
  }
  EXPECT_FALSE(std::filesystem::exists(data_));
  std::filesystem::create_directory(data_);
  std::ofstream{data_ + "/library.db"} << "no database, but as long as the head of one would be, "
                                          "which is one hundred bytes: SQLite reads no less.....";
  EXPECT_EQ(run({"export"}).status, 74);
  EXPECT_EQ(import(videos).status, 74);
}

std::string many_videos() {
  std::string csv = header;
  for (int i = 0; i < 12; ++i) {
    csv += row(numbered(i), i % 2 == 0 ? "<script>" : "b", "b", i < 6 ? "News" : "");
  }
  return csv;
}

TEST_F(Videos, AreReportedWithTheirFeatures) {
  install_helper();
  ASSERT_EQ(import(many_videos()).status, 0);
  const auto report = run({"report", "--model", "forest", "--top", "3"});
  EXPECT_EQ(report.status, 0);
  EXPECT_EQ(report.messages, "");
  EXPECT_EQ(report.output.rfind("<!DOCTYPE html>", 0), 0U);
  for (const char* has : {"12 videos, the whole library; 2 labels", ">feature 255<", "forest",
                          "Accuracy <strong>0.5000</strong>", "&lt;script&gt;"}) {
    EXPECT_NE(report.output.find(has), std::string::npos) << has;
  }
  EXPECT_EQ(report.output.find("<script>"), std::string::npos);
  EXPECT_EQ(report.output.find(">feature 0<"), std::string::npos);  // it is worth nothing
  const std::string path = folder_.path + "/report.html";
  EXPECT_EQ(run({"report", "-o", path, "--tvshow", "News"}).status, 0);
  EXPECT_NE(text_of(path).find("6 videos, of the TV show <bdi>News</bdi>"), std::string::npos);
}

TEST_F(Videos, AreReportedWithoutTheHelper) {
  ASSERT_EQ(import(many_videos()).status, 0);
  const auto report = run({"report"});
  EXPECT_EQ(report.status, 0);
  EXPECT_EQ(report.messages.rfind("reprise: videos report: the features are left out: ", 0), 0U);
  EXPECT_NE(report.messages.find("reprise-train is not installed"), std::string::npos);
  EXPECT_NE(report.output.find("They are left out: "), std::string::npos);
  EXPECT_NE(report.output.find("reprise-train is not installed"), std::string::npos);
}

TEST_F(Videos, AreNotReportedWithoutADirectoryForTemporaryFiles) {
  ASSERT_EQ(import(many_videos()).status, 0);
  const auto none = run_reprise({"videos", "report", "--data-dir", data_}, {},
                                {{"TMPDIR", folder_.path + "/none"}});
  EXPECT_EQ(none.status, 74);
  const std::string start = "reprise: videos report: the directory for temporary files: ";
  EXPECT_EQ(none.messages.rfind(start, 0), 0U) << none.messages;
}

TEST_F(Videos, ThatAreTooFewOrOfOneLabelAreNotReported) {
  const std::string start = "reprise: videos report: ";
  ASSERT_EQ(import(header).status, 0);
  const std::string path = folder_.path + "/report.html";
  const auto empty = run({"report", "-o", path});
  EXPECT_EQ(empty.status, 65);
  EXPECT_EQ(empty.messages, start + "the library is too small: it has no video\n");
  ASSERT_EQ(import(header + row("a", "x", "x")).status, 0);
  const auto one = run({"report", "-o", path});
  EXPECT_EQ(one.status, 65);
  EXPECT_NE(one.messages.find("one label only"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Videos, AreReportedAsAskedOrNotAtAll) {
  for (const auto& [option, value, allowed] :
       std::initializer_list<std::tuple<std::string, std::string, std::string>>{
           {"--model", "tree", "gbm or forest"},
           {"--top", "0", "a whole number from 1 to 256"},
           {"--top", "257", "a whole number from 1 to 256"}}) {
    const auto wrong = run({"report", option, value});
    EXPECT_EQ(wrong.status, 2);
    EXPECT_EQ(wrong.messages,
              "reprise: videos report: " + option + " " + value + ": must be " + allowed + "\n");
  }
}

}  // namespace
}  // namespace reprise
