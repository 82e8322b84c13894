#include "net/configuration_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "net/setting_table.hpp"

namespace reprise {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConfigurationFile : public ::testing::Test {
 protected:
  ConfigurationFile() : folder_{(std::filesystem::temp_directory_path() / "reprise-XXXXXX")} {
    std::string name = folder_.string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
  }
  ~ConfigurationFile() override { std::filesystem::remove_all(folder_); }

  outcome<configuration_read> read(const std::string& text) {
    std::ofstream{folder_ / "r.toml", std::ios::binary} << text;
    places_.file = (folder_ / "r.toml").string();
    return read_configuration(places_);
  }
  // What is said of the file, without its path.
  std::string complaint(const std::string& text) {
    const auto done = read(text);
    if (done) return "accepted";
    EXPECT_EQ(done.error().code, errc::configuration_invalid);
    const std::string& what = done.error().what;
    return what.substr(what.find("r.toml") == std::string::npos ? 0 : what.find("r.toml"));
  }

  std::filesystem::path folder_;
  configuration_places places_;
};

TEST_F(ConfigurationFile, HasADefaultForEverySetting) {
  const auto done = read_configuration({});
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(done->made.server.listen, "127.0.0.1:8080");
  EXPECT_EQ(done->made.poll.deadline_ms, 800U);
  EXPECT_EQ(done->made.library.import_bytes_max, 1'073'741'824);
  EXPECT_EQ(done->made.library.import_rows_max, 250'000);
  EXPECT_EQ(done->made.encoder.url, "http://127.0.0.1:8090/v1/selfie");
  EXPECT_EQ(done->made.encoder.faces_max, 6);
  EXPECT_EQ(done->made.sessions.images_max, 5);
  EXPECT_EQ(done->made.sessions.keep_seconds, 86'400);
  EXPECT_EQ(done->made.defaults.similarity, 0.8);
  EXPECT_THAT(done->warnings, IsEmpty());
}

TEST_F(ConfigurationFile, IsBeatenByTheEnvironmentAndThatByAFlag) {
  const std::string file = "[server]\nlisten = \"127.0.0.1:1\"\n";
  EXPECT_EQ(read(file)->made.server.listen, "127.0.0.1:1");
  places_.environment = {{"REPRISE_SERVER_LISTEN", "127.0.0.1:2"}};
  EXPECT_EQ(read(file)->made.server.listen, "127.0.0.1:2");
  places_.listen = "127.0.0.1:3";
  EXPECT_EQ(read(file)->made.server.listen, "127.0.0.1:3");
}

TEST_F(ConfigurationFile, TellsPlaceAndNearestKeyOfAnUnknownOne) {
  EXPECT_EQ(complaint("[poll]\ndeadlin_ms = 5\n"),
            "r.toml:2:1: [poll] deadlin_ms: unknown; did you mean deadline_ms?");
  EXPECT_EQ(complaint("\n[pol]\n"), "r.toml:2:1: [pol]: unknown; did you mean poll?");
  EXPECT_THAT(complaint("colour = 1\n"), HasSubstr("r.toml:1:10: [colour]: unknown"));
}

TEST_F(ConfigurationFile, ReadsWhatPredictsAndWhatThatNeeds) {
  EXPECT_EQ(read("")->made.predictions, prediction_settings{});
  const auto made = read(
      "[predictions]\npredictor = \"onnx\"\nmodel = \"m.onnx\"\nlabels = \"l.txt\"\n"
      "mean = [123.675, 116, 103.5]\nscale = 0.017\n");
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(made->made.predictions.mean, (std::vector<double>{123.675, 116, 103.5}));
  EXPECT_THAT(made->shown, HasSubstr("mean = [123.675, 116.0, 103.5]  # "));
  EXPECT_EQ(complaint("[predictions]\npredictor = \"onnx\"\n"),
            "default: [predictions] model: must be the model's file");
  EXPECT_THAT(complaint("[predictions]\npredictor = \"onnx\"\nmodel = \"m\"\n"),
              HasSubstr("[predictions] labels: must be the file of the model's labels"));
  EXPECT_THAT(complaint("[predictions]\npredictor = \"http\"\nmodel = \"m\"\n"),
              HasSubstr("[predictions] url: must say where the server is"));
  const std::string server = "[predictions]\npredictor = \"http\"\nurl = \"http://h:8000\"\n";
  EXPECT_THAT(complaint(server + "model = \"a b\"\n"),
              HasSubstr("r.toml:4: [predictions] model: must be the model's name at the server"));
  EXPECT_TRUE(read(server + "model = \"cats/versions/2\"\n"));
  places_.environment = {{"REPRISE_PREDICTIONS_MEAN", "1.5,2,3"}};
  EXPECT_EQ(read("")->made.predictions.mean, (std::vector<double>{1.5, 2, 3}));
}

TEST_F(ConfigurationFile, RefusesWrongTypesAndWhatIsOutOfRange) {
  EXPECT_EQ(complaint("[poll]\ndeadline_ms = \"5\"\n"),
            "r.toml:2:15: [poll] deadline_ms: must be a whole number from 50 to 950, in "
            "milliseconds");
  for (const char* line : {"poll.deadline_ms = 951",
                           "poll.deadline_ms = 49",
                           "library.import_bytes_max = 1023",
                           "library.import_bytes_max = 1099511627777",
                           "library.import_rows_max = 0",
                           "library.import_rows_max = 10000001",
                           "poll.deadline_ms = 800.0",
                           "moving_averages.windows = []",
                           "moving_averages.windows = 10",
                           "moving_averages.windows = [0]",
                           "moving_averages.windows = [1441]",
                           "moving_averages.windows = [1, 1]",
                           "moving_averages.windows = [\"1\"]",
                           "moving_averages.windows = [1, 2, 3, 4, 5, 6, 7, 8, 9]",
                           "moving_averages.events_keep_seconds = 59",
                           "moving_averages.events_keep_seconds = 31622401",
                           "encoder.url = \"127.0.0.1:8090\"",
                           "encoder.url = \"ftp://encoder/\"",
                           "encoder.url = \"\"",
                           "encoder.deadline_ms = 49",
                           "encoder.deadline_ms = 60001",
                           "encoder.retries = -1",
                           "encoder.retries = 11",
                           "encoder.calls_max = 0",
                           "encoder.calls_max = 65",
                           "encoder.waiting_max = -1",
                           "encoder.waiting_max = 1025",
                           "encoder.breaker_failures = 0",
                           "encoder.breaker_pause_ms = 99",
                           "encoder.breaker_pause_ms = 600001",
                           "encoder.faces_max = 0",
                           "encoder.faces_max = 17",
                           "sessions.keep_seconds = 59",
                           "sessions.images_max = 0",
                           "sessions.images_max = 21",
                           "sessions.sessions_max = 0",
                           "sessions.pictures_max = 0",
                           "sessions.pictures_keep_seconds = 59",
                           "sessions.cache_bytes = 1048575",
                           "predictions.predictor = \"guess\"",
                           "predictions.neighbours = 0",
                           "predictions.neighbours = 101",
                           "predictions.input_width = 4097",
                           "predictions.mean = []",
                           "predictions.mean = [1, 2]",
                           "predictions.mean = [inf]",
                           "predictions.mean = 1.0",
                           "predictions.mean = [\"1\"]",
                           "predictions.scale = 0.0",
                           "predictions.url = \"127.0.0.1:8000\"",
                           "predictions.url = \"http://h/?a\"",
                           "predictions.deadline_ms = 99",
                           "predictions.workers = 65",
                           "predictions.jobs_max = 0",
                           "predictions.jobs_bytes_max = 999999",
                           "predictions.tries_max = 0",
                           "predictions.keep_seconds = 59",
                           "defaults.similarity = 0.0",
                           "defaults.similarity = nan",
                           "defaults.similarity = inf",
                           "defaults.top_k = 0",
                           "defaults.top_k = 101",
                           "defaults.window_seconds = 604801",
                           "defaults.still = \"maybe\"",
                           "engine.backend = \"gpu\"",
                           "engine.standby = 1",
                           "engine.memory_bytes_max = -1",
                           "server.listen = \"8080\"",
                           "server.listen = \"localhost:1\"",
                           "server.listen = \"::1:80\"",
                           "server.listen = \"127.0.0.1:65536\"",
                           "egress.allow = [\"127.0.0.0/33\"]",
                           "egress.allow = [1]",
                           "egress.allow = \"127.0.0.0/8\"",
                           "data.dir = \"\"",
                           "poll = 5"}) {
    EXPECT_THAT(complaint(line), HasSubstr("must be")) << line;
  }
  EXPECT_THAT(complaint("[defaults]\nwindow_seconds = 10\nmin_lag_seconds = 11\n"),
              HasSubstr("r.toml:3: [defaults] min_lag_seconds: must not be above"));
  const std::string windows = "[moving_averages]\nwindows = [10, 1440]\nevents_keep_seconds = ";
  EXPECT_THAT(
      complaint(windows + "86399\n"),
      testing::AllOf(HasSubstr("r.toml:3: [moving_averages] events_keep_seconds: must be at least "
                               "86400, the longest of the windows ("),
                     testing::EndsWith("/r.toml:2)")));
  EXPECT_TRUE(read(windows + "86400\n"));
}

TEST_F(ConfigurationFile, TellsPlaceOfWhatIsNoToml) {
  EXPECT_THAT(complaint("[poll]\ndeadline_ms = 60\ndeadline_ms = 61\n"), HasSubstr("r.toml:3:"));
  EXPECT_THAT(complaint("[poll\n"), HasSubstr("r.toml:1:"));
  EXPECT_THAT(complaint("data.dir = \"\xff\"\n"), HasSubstr("r.toml:1:"));
  EXPECT_THAT(complaint(std::string(configuration_bytes_max + 1, '#')), HasSubstr("longer than"));
}

TEST_F(ConfigurationFile, IsAnInputErrorWhereItIsMissing) {
  places_.file = (folder_ / "none.toml").string();
  const auto done = read_configuration(places_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, errc::io_failed);
}

TEST_F(ConfigurationFile, WarnsOfVariablesThatNameNoSetting) {
  places_.environment = {{"REPRISE_POLL_DEADLINE_M", "60"}, {"REPRISE_KERNEL", "scalar"}};
  const auto done = read_configuration(places_);
  ASSERT_TRUE(done);
  EXPECT_THAT(done->warnings,
              ElementsAre("REPRISE_POLL_DEADLINE_M: no setting has this name; did you mean "
                          "REPRISE_POLL_DEADLINE_MS?"));
}

TEST_F(ConfigurationFile, TakesListsWithCommasFromTheEnvironment) {
  places_.environment = {{"REPRISE_EGRESS_ALLOW", " 127.0.0.0/8 , ::1,"}};
  EXPECT_THAT(read_configuration(places_)->made.egress.allow, ElementsAre("127.0.0.0/8", "::1"));
  places_.environment = {{"REPRISE_EGRESS_ALLOW", "127.0.0.0/8,local"}};
  const auto refused = read_configuration(places_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("REPRISE_EGRESS_ALLOW 127.0.0.0/8,local: must be"));
}

TEST_F(ConfigurationFile, TakesAFlagFromFileAndEnvironment) {
  EXPECT_FALSE(read("")->made.engine.standby);
  const auto done = read("[engine]\nstandby = true\nmemory_bytes_max = 4000000000\n");
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(done->made.engine.standby);
  EXPECT_EQ(done->made.engine.memory_bytes_max, 4'000'000'000);
  EXPECT_THAT(done->shown, HasSubstr("standby = true  # "));
  places_.environment = {{"REPRISE_ENGINE_STANDBY", "false"}};
  EXPECT_FALSE(read("[engine]\nstandby = true\n")->made.engine.standby);
  places_.environment = {{"REPRISE_ENGINE_STANDBY", "yes"}};
  EXPECT_EQ(complaint(""), "REPRISE_ENGINE_STANDBY yes: must be true or false");
}

TEST_F(ConfigurationFile, TakesAListOfNumbersFromFileAndEnvironment) {
  using windows = std::vector<std::uint32_t>;
  EXPECT_EQ(read("")->made.moving_averages.windows, windows{10});
  const auto done = read("[moving_averages]\nwindows = [60, 1, 1440]\nown_reports = false\n");
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(done->made.moving_averages.windows, (windows{60, 1, 1'440}));
  EXPECT_FALSE(done->made.moving_averages.own_reports);
  EXPECT_THAT(done->shown, HasSubstr("windows = [60, 1, 1440]  # "));
  EXPECT_EQ(read(done->shown)->made.moving_averages.windows, (windows{60, 1, 1'440}));
  places_.environment = {{"REPRISE_MOVING_AVERAGES_WINDOWS", "3, 10"}};
  EXPECT_EQ(read("")->made.moving_averages.windows, (windows{3, 10}));
  for (const char* bad : {"", "x", "1.5", "3,3", "0"}) {
    places_.environment = {{"REPRISE_MOVING_AVERAGES_WINDOWS", bad}};
    EXPECT_THAT(complaint(""), HasSubstr("must be a list of 1 to 8 whole numbers")) << bad;
  }
}

TEST_F(ConfigurationFile, ShowsAllSettingsWithTheirPlacesAndReadsThemBack) {
  places_.environment = {{"REPRISE_DEFAULTS_TOP_K", "7"}};
  const auto first = read("[data]\ndir = \"a\\\"b\\\\\"\n[defaults]\nsimilarity = 1\n");
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_THAT(first->shown, HasSubstr("top_k = 7  # REPRISE_DEFAULTS_TOP_K\n"));
  EXPECT_THAT(first->shown, HasSubstr("r.toml:2\n"));
  places_.environment.clear();
  const auto again = read(first->shown);
  ASSERT_TRUE(again) << again.error().what;
  for (const setting& each : settings()) {
    EXPECT_EQ(each.get(again->made), each.get(first->made)) << each.key;
  }
}

TEST_F(ConfigurationFile, ShowsNoSecretOfAUrl) {
  const auto made = read("[encoder]\nurl = \"http://a.example/v1/selfie?key=hidden\"\n");
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(made->made.encoder.url, "http://a.example/v1/selfie?key=hidden");
  EXPECT_THAT(made->shown, HasSubstr("url = \"http://a.example/v1/selfie?***\"  # "));
  EXPECT_EQ(made->shown.find("hidden"), std::string::npos);
}

}  // namespace
}  // namespace reprise
