// The labels of a model's outputs, from a file.
#include "host/predictions/label_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/temporary_directory.hpp"

namespace reprise {
namespace {

using labels = std::vector<std::string>;

class LabelFile : public testing::Test {
 protected:
  outcome<labels> read(const std::string& text) {
    std::ofstream{path_, std::ios::binary} << text;
    return read_labels(path_);
  }
  // What it says behind the file's name.
  std::string refusal(const std::string& text) {
    const auto refused = read(text);
    EXPECT_FALSE(refused) << text;
    if (refused) return "";
    EXPECT_EQ(refused.error().code, errc::configuration_invalid);
    EXPECT_TRUE(refused.error().what.starts_with(path_)) << refused.error().what;
    return refused.error().what.substr(path_.size());
  }

  temporary_directory folder_;
  std::string path_ = folder_.path() + "/labels.txt";
};

TEST_F(LabelFile, HasALabelALine) {
  EXPECT_EQ(read("cat\ndog\n").value(), (labels{"cat", "dog"}));
  EXPECT_EQ(read("cat\ndog").value(), (labels{"cat", "dog"})) << "with or without a last newline";
  EXPECT_EQ(read("cat\r\ngrand-p\xc3\xa8re et chien\r\n").value(),
            (labels{"cat", "grand-p\xc3\xa8re et chien"}));
}

TEST_F(LabelFile, HasNoEmptyLine) {
  const std::string empty = ": a label must not be empty";
  EXPECT_EQ(refusal("cat\n\ndog\n"), ":2" + empty) << "each line stands for an output";
  EXPECT_EQ(refusal("\ncat\n"), ":1" + empty);
  EXPECT_EQ(refusal("cat\n\n"), ":2" + empty);
  EXPECT_EQ(refusal("cat\r\n\r\n"), ":2" + empty);
}

TEST_F(LabelFile, MustBeThereAndHoldLabels) {
  EXPECT_EQ(refusal(""), ": there is no label");
  EXPECT_TRUE(refusal("cat\nd\x01g\n").starts_with(":2: a label "));
  EXPECT_TRUE(refusal("cat\nd\xffg\n").starts_with(":2: a label "));
  EXPECT_TRUE(refusal(std::string(201, 'x')).starts_with(":1: a label "));
  EXPECT_TRUE(refusal(std::string(5'000, 'x')).starts_with(":1: expected a line of at most "));
  std::string many;
  for (std::size_t i = 0; i < model_labels_max; ++i) many += "x\n";
  EXPECT_EQ(read(many).value().size(), model_labels_max);
  EXPECT_EQ(refusal(many + "x\n"), ": there are more than 100000 labels");
  const auto none = read_labels(folder_.path() + "/none.txt");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, errc::configuration_invalid);
  EXPECT_NE(none.error().what.find("/none.txt: No such file"), std::string::npos);
}

}  // namespace
}  // namespace reprise
