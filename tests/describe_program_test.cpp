// `reprise describe` from outside.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/program_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

std::string picture(const std::string& name) {
  return data_path("pictures/" + name);
}

std::string bytes_of_picture(const std::string& name) {
  std::ifstream file{picture(name), std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<json> lines_of(const std::string& output) {
  std::vector<json> lines;
  std::istringstream from{output};
  for (std::string line; std::getline(from, line);) lines.push_back(json::parse(line));
  return lines;
}

TEST(DescribeProgram, PrintsALineOfJsonForEachPicture) {
  const auto run = run_reprise({"describe", picture("cat.jpg"), picture("coffee.png")});
  ASSERT_EQ(run.status, 0) << run.messages;
  const auto lines = lines_of(run.output);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["file"], picture("cat.jpg"));
  EXPECT_EQ(lines[1]["file"], picture("coffee.png"));
  for (const json& line : lines) {
    EXPECT_EQ(line.size(), 2u);
    double squares = 0;
    for (const double each : line["feature_vector"]) squares += each * each;
    EXPECT_EQ(line["feature_vector"].size(), 256u);
    EXPECT_NEAR(squares, 1, 1e-9);
  }
}

TEST(DescribeProgram, ReadsStandardInput) {
  const auto run = run_reprise({"describe", "-"}, bytes_of_picture("cat.webp"));
  ASSERT_EQ(run.status, 0) << run.messages;
  const auto file = run_reprise({"describe", picture("cat.webp")});
  EXPECT_EQ(lines_of(run.output)[0]["file"], "-");
  EXPECT_EQ(lines_of(run.output)[0]["feature_vector"], lines_of(file.output)[0]["feature_vector"]);
}

TEST(DescribeProgram, WritesAFileOfVideosThatImportTakes) {
  const temporary_folder folder;
  const std::string odd = folder.file("caf\xc3\xa9 1.jpg", bytes_of_picture("coffee.jpg"));
  const auto run = run_reprise({"describe", picture("cat.jpg"), odd, "--format", "csv", "--label",
                                "a cat, or coffee", "--tvshow", "kitchen"});
  ASSERT_EQ(run.status, 0) << run.messages;
  const std::string data = folder.path + "/data";
  const auto imported = run_reprise({"videos", "import", "-", "--data-dir", data}, run.output);
  ASSERT_EQ(imported.status, 0) << imported.messages;
  EXPECT_EQ(json::parse(imported.output)["inserted"], 2);
  const auto exported = run_reprise({"videos", "export", "--data-dir", data});
  EXPECT_NE(exported.output.find(R"("cat","a cat, or coffee","a cat, or coffee","kitchen",)"),
            std::string::npos)
      << exported.output.substr(0, 200);
  EXPECT_NE(exported.output.find(R"("caf___1",)"), std::string::npos);
  const auto described = lines_of(run_reprise({"describe", picture("cat.jpg")}).output);
  EXPECT_NE(exported.output.find(described[0]["feature_vector"].dump()), std::string::npos);
}

TEST(DescribeProgram, SaysWhichPictureIsBadAndWhy) {
  const temporary_folder folder;
  const std::string whole = bytes_of_picture("cat.jpg");
  const std::string cut = folder.file("cut.jpg", whole.substr(0, whole.size() / 2));
  const std::string text = folder.file("text.jpg", "no picture");
  const std::string large = folder.file("large.jpg", whole + std::string(6 << 20, ' '));
  const struct {
    std::string path, why;
    int status;
  } bad[] = {{cut, "the JPEG is cut off", 65},
             {text, "it is no picture: neither JPEG nor PNG nor WebP", 65},
             {large, "has more than 5242880 bytes", 65},
             {folder.path + "/none.jpg", "No such file or directory", 74},
             {folder.path, "Is a directory", 74}};
  for (const auto& each : bad) {
    const auto run = run_reprise({"describe", each.path});
    EXPECT_EQ(run.status, each.status) << each.path;
    EXPECT_EQ(run.messages, "reprise: describe: " + each.path + ": " + each.why + "\n");
    EXPECT_EQ(run.output, "");
  }
}

TEST(DescribeProgram, RefusesOptionsThatMakeNoSense) {
  const std::vector<std::string> wrong[] = {
      {},
      {picture("cat.jpg"), "--format", "xml"},
      {picture("cat.jpg"), "--format", "csv"},
      {picture("cat.jpg"), "--label", "cat"},
      {picture("cat.jpg"), "--format", "csv", "--label", ""},
      {picture("cat.jpg"), picture("cat.webp"), "--format", "csv", "--label", "cat"}};
  for (std::vector<std::string> arguments : wrong) {
    arguments.insert(arguments.begin(), "describe");
    const auto run = run_reprise(arguments);
    EXPECT_EQ(run.status, 2) << run.messages;
    EXPECT_EQ(run.output, "");
  }
}

TEST(DescribeProgram, SaysThatTheHelperIsMissing) {
  const auto run =
      run_reprise({"describe", picture("cat.jpg")}, {}, {{"REPRISE_LIBEXEC", "/nowhere"}});
  EXPECT_EQ(run.status, 1);
  EXPECT_NE(run.messages.find("reprise-vision is not installed"), std::string::npos);
}

}  // namespace
}  // namespace reprise
