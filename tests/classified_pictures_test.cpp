// reprise-vision with a classifier: a model that the test makes itself.
#include <gtest/gtest.h>

#include "tests/onnx_model.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/vision_support.hpp"

namespace reprise {
namespace {

class ClassifiedPicture : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& bytes) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream{path, std::ios::binary} << bytes;
    return path;
  }
  classifier_setting setting(const onnx_model& model = colours_,
                             const std::string& labels = "red\ngreen\nblue\n") {
    return {.model = write("colours.onnx", model.bytes()),
            .labels = write("colours.txt", labels),
            .width = 8,
            .height = 8};
  }
  void expect_refused(const classifier_setting& made, const std::string& text) {
    vision_process sees{patient(made)};
    const auto started = sees.start();
    ASSERT_FALSE(started) << text;
    EXPECT_EQ(started.error().code, errc::configuration_invalid) << started.error().what;
    EXPECT_NE(started.error().what.find(text), std::string::npos) << started.error().what;
  }
  static picture_file of_colour(const cv::Scalar& blue_green_red) {
    return coded(cv::Mat(40, 60, CV_8UC3, blue_green_red), ".png");
  }

  // What is all of one colour gives 8 for it and 0 for the others.
  static inline const onnx_model colours_{.weights = {{8, 0, 0}, {0, 8, 0}, {0, 0, 8}}};
  temporary_directory folder_;
};

const double sure = std::exp(8.0) / (std::exp(8.0) + 2);

TEST_F(ClassifiedPicture, GetsTheLabelThatTheModelGivesMostTo) {
  vision_process sees{patient(setting())};
  ASSERT_TRUE(sees.start());
  const std::pair<cv::Scalar, const char*> pictures[] = {
      {{0, 0, 255}, "red"}, {{0, 255, 0}, "green"}, {{255, 0, 0}, "blue"}};
  for (const auto& [colour, label] : pictures) {
    const auto seen = sees.classify(of_colour(colour));
    ASSERT_TRUE(seen) << seen.error().what;
    EXPECT_EQ(seen->label, label);
    EXPECT_NEAR(seen->score, sure, 1e-5);
  }
}

TEST_F(ClassifiedPicture, HasAScoreWhereTheModelGivesNoShares) {
  onnx_model plain = colours_;
  plain.softmax = false;
  vision_process sees{patient(setting(plain))};
  const auto seen = sees.classify(of_colour({0, 255, 0}));
  ASSERT_TRUE(seen) << seen.error().what;
  EXPECT_EQ(seen->label, "green");
  EXPECT_NEAR(seen->score, sure, 1e-5);
}

TEST_F(ClassifiedPicture, KeepsTheSharesOfAModelThatRounds) {
  onnx_model rounded{.weights = {{1.0005F, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  rounded.softmax = false;
  vision_process sees{patient(setting(rounded))};
  const auto seen = sees.classify(of_colour({0, 0, 255}));
  ASSERT_TRUE(seen) << seen.error().what;
  EXPECT_EQ(seen->label, "red");
  EXPECT_EQ(seen->score, 1);
}

TEST_F(ClassifiedPicture, IsShownToTheModelByMeanAndScale) {
  classifier_setting made = setting();
  made.mean = {255, 0, 0};  // red less all of it: black is now the least red
  made.scale = 1.0 / 510;
  vision_process sees{patient(made)};
  const auto seen = sees.classify(of_colour({0, 255, 0}));  // red -0.5, green 0.5, blue 0
  ASSERT_TRUE(seen) << seen.error().what;
  EXPECT_EQ(seen->label, "green");
  EXPECT_NEAR(seen->score, std::exp(4.0) / (std::exp(4.0) + 1 + std::exp(-4.0)), 1e-5);
}

TEST_F(ClassifiedPicture, CanAlsoBeDescribedAndSearchedForFaces) {
  vision_process sees{patient(setting())};
  EXPECT_TRUE(sees.describe(read_test_picture("cat.jpg")));
  EXPECT_EQ(sees.encode_faces(read_test_picture("coffee.png")).value().size(), 0u);
  EXPECT_TRUE(sees.classify(read_test_picture("cat.jpg")));
}

TEST_F(ClassifiedPicture, NeedsAModelAndLabelsThatCanBeUsed) {
  classifier_setting made = setting();
  made.model = folder_.path() + "/none.onnx";
  expect_refused(made, "none.onnx: OpenCV cannot use this model");
  made.model = write("broken.onnx", "no model");
  expect_refused(made, "broken.onnx: OpenCV cannot use this model");
  made.model = write("cut.onnx", colours_.bytes().substr(0, 60));
  expect_refused(made, "cut.onnx: OpenCV cannot use this model");
  made = setting();
  made.labels = folder_.path() + "/none.txt";
  expect_refused(made, "none.txt: No such file");
  expect_refused(setting(colours_, ""), "there is no label");
  expect_refused(setting(colours_, "red\n\nblue\n"), "colours.txt:2: a label must not be empty");
  expect_refused(setting(colours_, "red\nblue\n"), "has 3 outputs");
  expect_refused(setting(colours_, "red\ngreen\nblue\nblack\n"), "4 labels");
}

}  // namespace
}  // namespace reprise
