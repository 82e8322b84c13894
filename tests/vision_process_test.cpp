// The side that asks, with stand-ins for reprise-vision that fail in every way.
#include "host/vision_process.hpp"

#include <algorithm>
#include <thread>

#include "tests/picture_support.hpp"
#include "tests/stand_in.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

const std::string ready = R"(printf '\001\0\0\0\0\0\0\0')";
const std::string no_faces = R"(printf '\003\0\0\0\0\0\0\0')";
const std::string refuses = R"(printf '\005\0\0\0\006\0\0\0\001\0\0\0no')";

picture_file small_picture() {
  return read_test_picture("cat.webp");
}

// Reads one picture of that size.
std::string hears(const picture_file& picture) {
  return "head -c " + std::to_string(8 + picture.size()) + " >/dev/null";
}

// Notes that it has started.
std::string scripted(const std::string& script) {
  return "echo started >>\"$(dirname \"$0\")/starts\"\n" + script;
}

std::size_t starts_of(const stand_in& helper) {
  std::ifstream file{helper.folder() + "/starts"};
  return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>{file}, {}, '\n'));
}

template <typename T>
void expect_failure(const outcome<T>& got, errc code, const std::string& text) {
  ASSERT_FALSE(got) << text;
  EXPECT_EQ(got.error().code, code) << got.error().what;
  EXPECT_NE(got.error().what.find(text), std::string::npos) << got.error().what;
}

TEST(VisionProcess, AsksOneHelperForAllPictures) {
  const picture_file picture = small_picture();
  const stand_in helper{
      scripted(ready + "; while " + hears(picture) + "; do " + no_faces + "; done"),
      "reprise-vision"};
  vision_process sees;
  ASSERT_TRUE(sees.start());
  for (int i = 0; i < 3; ++i) {
    const auto seen = sees.encode_faces(picture);
    ASSERT_TRUE(seen) << seen.error().what;
    EXPECT_TRUE(seen->empty());
  }
  EXPECT_EQ(starts_of(helper), 1u);
}

TEST(VisionProcess, GoesOnWithAHelperThatRefusedAPicture) {
  const picture_file picture = small_picture();
  const stand_in helper{
      scripted(ready + "; while " + hears(picture) + "; do " + refuses + "; done"),
      "reprise-vision"};
  vision_process sees;
  expect_failure(sees.describe(picture), errc::data_malformed, "no");
  expect_failure(sees.describe(picture), errc::data_malformed, "no");
  EXPECT_EQ(starts_of(helper), 1u);
}

TEST(VisionProcess, TroublesNoHelperWithWhatIsNoPicture) {
  const stand_in helper{scripted("exit 9"), "reprise-vision"};
  vision_process sees;
  expect_failure(sees.describe({}), errc::data_malformed, "it is no picture");
  expect_failure(sees.describe(png_claiming(60'000, 60'000)), errc::data_malformed,
                 "60000 x 60000");
  EXPECT_EQ(starts_of(helper), 0u);
}

TEST(VisionProcess, FailsOnePictureByACrashAndStartsAnotherHelper) {
  const picture_file picture = small_picture();
  const struct {
    std::string script;
    const char* text;
  } ends[] = {
      {hears(picture) + "; kill -SEGV $$", "ended by signal 11"},
      {"kill -SEGV $$", "ended by signal 11"},
      {hears(picture) + "; exit 3", "ended with status 3"},
      {hears(picture), "ended without an answer"},
      {hears(picture) + "; printf 'Segmentation fault'", "more than any answer"},
      {hears(picture) + R"(; printf '\011\0\0\0\0\0\0\0'; exec sleep 600)",
       "an answer that is none"},
      {hears(picture) + "; " + ready + "; exec sleep 600", "an answer to another question"},
      {hears(picture) + "; " + no_faces + "; exec sleep 600", "an answer to another question"},
      {hears(picture) + R"(; printf '\003\0\0\0\0\0\0\0\003\0\0\0'; exec sleep 600)",
       "an answer to another question"},
      {hears(picture) + R"(; printf '\002\0\0\0\0\377\377\0'; exec sleep 600)",
       "more than any answer"},
      {hears(picture) + R"(; printf '\005\0\0\0\004\0\0\0\002\0\0\0'; exec sleep 600)",
       "more than its limit of 1024 MiB"},
      {hears(picture) + R"(; printf '\005\0\0\0\006\0\0\0\004\0\0\0no'; exec sleep 600)",
       "reprise-vision: no"},
  };
  for (const auto& end : ends) {
    const stand_in helper{scripted(ready + "; " + end.script), "reprise-vision"};
    vision_process sees{{.picture_max = 60s}};
    expect_failure(sees.describe(picture), errc::helper_failed, end.text);
  }
  // The first one dies of its picture, the second one answers.
  const stand_in helper{
      scripted(ready + "; " + hears(picture) +
               "; [ $(wc -l <\"$(dirname \"$0\")/starts\") = 1 ] && kill -SEGV $$; " + no_faces),
      "reprise-vision"};
  vision_process sees;
  expect_failure(sees.encode_faces(picture), errc::helper_failed, "signal 11");
  EXPECT_TRUE(sees.encode_faces(picture));
  EXPECT_EQ(starts_of(helper), 2u);
}

TEST(VisionProcess, StartsAnotherHelperWhereTheOldOneDiedIdle) {
  const picture_file picture = small_picture();
  const stand_in helper{scripted("echo $$ >\"$(dirname \"$0\")/pid\"; " + ready + "; " +
                                 hears(picture) + "; " + no_faces),
                        "reprise-vision"};
  vision_process sees;
  ASSERT_TRUE(sees.encode_faces(picture));
  std::string pid, state;
  std::ifstream{helper.folder() + "/pid"} >> pid;
  while (state != "Z") {
    std::ifstream stat{"/proc/" + pid + "/stat"};
    std::string ignored;
    ASSERT_TRUE(stat >> ignored >> ignored >> state);
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_TRUE(sees.encode_faces(picture));
  EXPECT_EQ(starts_of(helper), 2u);
}

TEST(VisionProcess, GivesEachPictureTheSameTime) {
  const picture_file picture = small_picture();
  const stand_in helper{scripted(ready + "; exec sleep 600"), "reprise-vision"};
  vision_process sees{{.picture_max = 200ms}};
  ASSERT_TRUE(sees.start());
  std::this_thread::sleep_for(300ms);  // an idle helper uses nobody's time
  for (int i = 0; i < 2; ++i) {
    expect_failure(sees.describe(picture), errc::helper_failed, "was not done after");
  }
  EXPECT_EQ(starts_of(helper), 2u);
}

TEST(VisionProcess, SaysAtStartWhyTheHelperRefuses) {
  const stand_in helper{R"(printf '\005\0\0\0\017\0\0\0\003\0\0\0m.onnx: bad')", "reprise-vision"};
  vision_process sees;
  expect_failure(sees.start(), errc::configuration_invalid, "m.onnx: bad");
  expect_failure(sees.describe(small_picture()), errc::configuration_invalid, "m.onnx: bad");
}

TEST(VisionProcess, SaysThatAHelperDoesNotStart) {
  for (const auto& [script, text] :
       {std::pair{"exit 1", "ended with status 1"}, std::pair{"exec sleep 600", "was not done"},
        std::pair{R"(printf '\003\0\0\0\0\0\0\0'; exec sleep 600)", "another question"}}) {
    const stand_in helper{script, "reprise-vision"};
    vision_process sees{{.start_max = 300ms}};
    expect_failure(sees.start(), errc::helper_failed, text);
  }
}

TEST(VisionProcess, SaysThatTheHelperIsMissing) {
  setenv("REPRISE_LIBEXEC", "/nowhere", 1);
  vision_process sees;
  expect_failure(sees.start(), errc::helper_missing, "reprise-vision is not installed");
  expect_failure(sees.describe(small_picture()), errc::helper_missing, "is not installed");
  unsetenv("REPRISE_LIBEXEC");
}

TEST(VisionProcess, IsCancelled) {
  const stand_in helper{ready + "; exec sleep 600", "reprise-vision"};
  const auto cancel = make_cancel_signal().value();
  vision_process sees{{.picture_max = 600s, .cancel = cancel.get()}};
  ASSERT_TRUE(sees.start());
  std::thread other{[&] { cancel->cancel(); }};
  expect_failure(sees.describe(small_picture()), errc::stopping, "no longer wanted");
  other.join();
}

TEST(ClassifierSetting, ReadsBackTheArgumentsItGives) {
  const classifier_setting made{"m.onnx", "l.txt", 320, 240, {123.675, 116.28, 103.53}, 0.017};
  const auto arguments = arguments_of(made);
  std::vector<const char*> words;
  for (const std::string& each : arguments) words.push_back(each.c_str());
  EXPECT_EQ(parse_classifier(words), made);
  for (const std::size_t wrong : {2u, 3u, 4u, 7u}) {
    auto spoilt = words;
    spoilt[wrong] = wrong < 4 ? "0" : "many";
    EXPECT_FALSE(parse_classifier(spoilt)) << wrong;
  }
  words.pop_back();
  EXPECT_FALSE(parse_classifier(words));
}

}  // namespace
}  // namespace reprise
