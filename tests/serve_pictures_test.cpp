// Predictions in the real service, with the real helper and real pictures.
#include <sys/stat.h>

#include <fstream>

#include "host/base64.hpp"
#include "tests/onnx_model.hpp"
#include "tests/picture_support.hpp"
#include "tests/program_support.hpp"
#include "tests/serve_support.hpp"
#include "tests/video_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

std::string picture_path(const std::string& name) {
  return std::string{REPRISE_TEST_DATA "/pictures/"} + name;
}

service_request request_of(const picture_file& file, const std::string& name = "picture") {
  std::string data;
  append_base64(data, file);
  return {.method = "POST",
          .target = "/inference/image",
          .body = json{{"name", name}, {"data", data}}.dump()};
}

json predicted(const served_program& service, const picture_file& file) {
  const auto taken = service.ask(request_of(file));
  EXPECT_EQ(taken.status, 202) << taken.body;
  json shown;
  await("the end of a prediction", [&] {
    shown = service.read("/predictions/" + json_of(taken)["uuid"].get<std::string>());
    return shown["status"] == "done" || shown["status"] == "failed";
  });
  return shown;
}

// As a user builds a library: described pictures, one label each.
void import_pictures(const served_program& service, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto described =
        run_reprise({"describe", picture_path(name), "--format", "csv", "--label", name});
    ASSERT_EQ(described.status, 0) << described.messages;
    const auto imported = service.ask({.method = "POST",
                                       .target = "/videos/batch/csv",
                                       .body = form_with(described.output),
                                       .content_type = form_type});
    ASSERT_EQ(imported.status, 200) << imported.body;
  }
}

TEST(ServePictures, HaveTheLabelOfTheNearestDescribedOnes) {
  const served_program service{{.environment = {{"REPRISE_PREDICTIONS_NEIGHBOURS", "1"}}}};
  const json empty = predicted(service, read_test_picture("cat.jpg"));
  EXPECT_EQ(empty["error"], "data_insufficient: the library has no video with features");
  import_pictures(service, {"cat.jpg", "coffee.jpg", "rocket.jpg", "camera.jpg"});
  // The same pictures, coded otherwise.
  const json cat = predicted(service, read_test_picture("cat.webp"));
  EXPECT_EQ(cat["prediction"], "cat.jpg") << cat;
  EXPECT_EQ(cat["score"], 1.0);
  EXPECT_EQ(predicted(service, read_test_picture("coffee.png"))["prediction"], "coffee.jpg");
  await("the library's rows are counted",
        [&] { return figure_of(service, "reprise_prediction_library_rows") == 4; });
}

TEST(ServePictures, FailWhereTheyAreBrokenAndLeaveTheOthersAlone) {
  const served_program service{{.environment = {{"REPRISE_PREDICTIONS_NEIGHBOURS", "1"}}}};
  import_pictures(service, {"coffee.jpg"});
  picture_file broken = read_test_picture("coffee.png");
  for (std::size_t i = broken.size() / 2; i < broken.size() / 2 + 64; ++i)
    broken[i] ^= std::byte{0x55};
  const json failed = predicted(service, broken);
  EXPECT_EQ(failed["status"], "failed");
  EXPECT_TRUE(failed["error"].get<std::string>().starts_with("picture_invalid: ")) << failed;
  EXPECT_EQ(predicted(service, read_test_picture("coffee.png"))["prediction"], "coffee.jpg");
  const picture_file whole = read_test_picture("coffee.jpg");
  for (const picture_file& sent :
       {picture_file{whole.begin(), whole.begin() + 2'000}, jpeg_claiming(60'000, 60'000),
        png_claiming(60'000, 60'000), webp_claiming(16'000, 16'000)}) {
    const auto refused = service.ask(request_of(sent));
    EXPECT_EQ(refused.status, 400) << refused.body;
    EXPECT_EQ(json_of(refused)["code"], "picture_invalid");
  }
}

TEST(ServePictures, AreTriedAgainWhenTheHelperCrashesOnThem) {
  // The first helper dies of its first picture; those behind it are the real one.
  const temporary_directory libexec;
  const std::string path = libexec.path() + "/reprise-vision";
  std::ofstream{path} << "#!/bin/sh\n[ -e \"$0.crashed\" ] && exec " REPRISE_VISION_PROGRAM
                         " \"$@\"\n: >\"$0.crashed\"\nprintf '\\001\\0\\0\\0\\0\\0\\0\\0'\n"
                         "head -c 1 >/dev/null\nkill -9 $$\n";
  ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
  const temporary_directory data;
  {
    const served_program service{{.directory = data.path()}};
    import_pictures(service, {"cat.jpg"});
  }
  const served_program service{
      {.directory = data.path(), .environment = {{"REPRISE_LIBEXEC", libexec.path()}}}};
  EXPECT_EQ(predicted(service, read_test_picture("cat.jpg"))["prediction"], "cat.jpg");
  EXPECT_EQ(figure_of(service, "reprise_prediction_failures_total{reason=\"helper_failed\"}"), 1);
  EXPECT_EQ(figure_of(service, "reprise_prediction_tries_total"), 2);
}

TEST(ServePictures, AreClassifiedByAModelThatMustLoadAtTheStart) {
  const temporary_directory folder;
  const auto write = [&](const std::string& name, const std::string& bytes) {
    std::ofstream{folder.path() + "/" + name, std::ios::binary} << bytes;
    return folder.path() + "/" + name;
  };
  // Whatever it sees, the second output has the most.
  const onnx_model model{.weights = {{0, 0, 0}, {4, 4, 4}}};
  serve_setting setting;
  setting.environment = {{"REPRISE_PREDICTIONS_PREDICTOR", "onnx"},
                         {"REPRISE_PREDICTIONS_MODEL", write("model.onnx", model.bytes())},
                         {"REPRISE_PREDICTIONS_LABELS", write("labels.txt", "dark\nlight\n")},
                         {"REPRISE_PREDICTIONS_INPUT_WIDTH", "8"},
                         {"REPRISE_PREDICTIONS_INPUT_HEIGHT", "8"},
                         {"REPRISE_PREDICTIONS_WORKERS", "1"}};
  {
    const served_program service{setting};
    const json seen = predicted(service, read_test_picture("coffee.jpg"));
    EXPECT_EQ(seen["prediction"], "light") << seen;
    EXPECT_GT(seen["score"], 0.5);
  }
  const auto missing = folder.path() + "/missing";
  const std::array<std::string, 3> broken[] = {
      {"REPRISE_PREDICTIONS_MODEL", missing, "model: " + missing + ": No such file or directory"},
      {"REPRISE_PREDICTIONS_MODEL", write("broken.onnx", "no model"), "model: "},
      {"REPRISE_PREDICTIONS_LABELS", missing, "labels: " + missing},
      {"REPRISE_PREDICTIONS_LABELS", write("three.txt", "a\nb\nc\n"), "model: "}};
  for (const auto& [name, path, why] : broken) {
    auto environment = setting.environment;
    environment[name] = path;
    const auto refused =
        run_reprise({"serve", "--listen", "127.0.0.1:0", "--data-dir", folder.path() + "/data"}, {},
                    environment);
    EXPECT_EQ(refused.status, 78) << refused.messages;
    EXPECT_NE(refused.messages.find("[predictions] " + why), std::string::npos) << refused.messages;
  }
}

}  // namespace
}  // namespace reprise
