// reprise-vision itself, asked as the service asks it, with real pictures. The bounds of likeness
// are those that docs/pictures.md states.
#include <gtest/gtest.h>

#include <array>

#include "host/predictions/probe.hpp"
#include "tests/vision_support.hpp"

namespace reprise {
namespace {

constexpr double same_picture_min = 0.95, other_picture_max = 0.7;
constexpr double same_face_min = 0.95, other_face_max = 0.85;

// Of different things.
const std::vector<std::string> different = {"astronaut.jpg", "camera.jpg",    "cat.jpg",
                                            "coffee.jpg",    "mona_lisa.jpg", "rocket.jpg"};

picture_descriptor described(vision_process& sees, const picture_file& file) {
  const auto made = sees.describe(file);
  if (!made) {
    ADD_FAILURE() << made.error().what;
    return {};
  }
  return *made;
}

std::vector<face_encoding> faces_in(vision_process& sees, const picture_file& file) {
  const auto found = sees.encode_faces(file);
  if (!found) {
    ADD_FAILURE() << found.error().what;
    return {};
  }
  return *found;
}

TEST(PictureDescriptor, StaysTheSameWhereAPictureIsScaledAndCodedAnew) {
  vision_process sees{patient()};
  for (const std::string& name : different) {
    const cv::Mat pixels = pixels_of(name);
    const auto original = described(sees, read_test_picture(name));
    for (const double by : {0.5, 0.8, 1.0, 1.5, 2.0}) {
      for (const int quality : {50, 80, 95}) {
        const auto copy = described(sees, coded(scaled(pixels, by), ".jpg", quality));
        EXPECT_GE(cosine(original, copy), same_picture_min) << name << " " << by << " " << quality;
      }
    }
    for (const char* extension : {".png", ".webp"}) {
      EXPECT_GE(cosine(original, described(sees, coded(pixels, extension, 80))), same_picture_min);
    }
  }
}

TEST(PictureDescriptor, IsMadeOfTheProbeToo) {
  vision_process sees{patient()};
  const auto made = sees.describe(*make_probe().image);
  EXPECT_TRUE(made) << made.error().what;
}

TEST(PictureDescriptor, TellsPicturesApart) {
  vision_process sees{patient()};
  std::vector<picture_descriptor> made;
  for (const std::string& name : different)
    made.push_back(described(sees, read_test_picture(name)));
  for (std::size_t i = 0; i < made.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_LE(cosine(made[i], made[j]), other_picture_max) << different[i] << " " << different[j];
    }
  }
}

TEST(PictureDescriptor, GivesTheSameNumbersForTheSamePictureWhateverCameBefore) {
  vision_process one{patient()}, other{patient()};
  const picture_file cat = read_test_picture("cat.jpg");
  (void)described(other, read_test_picture("rocket.jpg"));
  EXPECT_EQ(described(one, cat), described(other, cat));
}

// The noise of a picture with nothing to see is not made into something.
TEST(PictureDescriptor, TakesFlatPicturesForAlike) {
  vision_process sees{patient()};
  const cv::Mat grey(200, 300, CV_8UC3, cv::Scalar::all(128));
  cv::Mat noise(grey.size(), CV_8UC3);
  cv::theRNG().state = 4711;
  cv::randn(noise, cv::Scalar::all(128), cv::Scalar::all(1));
  EXPECT_GE(cosine(described(sees, coded(grey, ".png")), described(sees, coded(noise, ".png"))),
            same_picture_min);
}

TEST(PictureDescriptor, TakesPicturesOfAnyShape) {
  vision_process sees{patient()};
  for (const cv::Size size : {cv::Size{1, 1}, cv::Size{2, 3'000}, cv::Size{3'000, 2}}) {
    const picture_file file = coded(cv::Mat(size, CV_8UC3, cv::Scalar{40, 90, 200}), ".png");
    (void)described(sees, file);
    EXPECT_TRUE(faces_in(sees, file).empty());
  }
}

// 6 in the EXIF data: what is stored is to be turned right.
TEST(PictureDescriptor, TurnsAPictureAsItsExifDataAsk) {
  using namespace std::string_literals;
  const std::string exif = "\xff\xe1\x00\x22"s + "Exif\0\0"s + "II*\0\x08\0\0\0\x01\0"s +
                           "\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"s;
  vision_process sees{patient()};
  const cv::Mat upright = pixels_of("cat.jpg");
  cv::Mat turned;
  cv::rotate(upright, turned, cv::ROTATE_90_COUNTERCLOCKWISE);
  picture_file file = coded(turned, ".jpg");
  const auto shown = described(sees, coded(upright, ".jpg"));
  EXPECT_LE(cosine(described(sees, file), shown), other_picture_max);
  const picture_file bytes = picture_of(exif);
  file.insert(file.begin() + 2, bytes.begin(), bytes.end());
  EXPECT_GE(cosine(described(sees, file), shown), 0.99);
}

TEST(FaceEncoding, IsOneForEachFace) {
  const std::pair<const char*, std::size_t> pictures[] = {
      {"astronaut.jpg", 1}, {"two_faces.jpg", 2}, {"seven_faces.jpg", 7}, {"mona_lisa.jpg", 1},
      {"camera.jpg", 0},    {"cat.jpg", 0},       {"coffee.png", 0},      {"rocket.jpg", 0}};
  vision_process sees{patient()};
  for (const auto& [name, count] : pictures) {
    EXPECT_EQ(faces_in(sees, read_test_picture(name)).size(), count) << name;
  }
}

TEST(FaceEncoding, ComesLargestFirst) {
  vision_process sees{patient()};
  const auto alone = faces_in(sees, read_test_picture("astronaut.jpg"));
  const auto two = faces_in(sees, read_test_picture("two_faces.jpg"));
  ASSERT_EQ(alone.size(), 1u);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_GE(cosine(two[0], alone[0]), 0.9);
  EXPECT_LE(cosine(two[1], alone[0]), other_face_max);  // mirrored
}

TEST(FaceEncoding, StaysTheSameWhereAPictureIsScaledAndCodedAnew) {
  vision_process sees{patient()};
  std::vector<face_encoding> originals;
  for (const char* name : {"astronaut.jpg", "mona_lisa.jpg"}) {
    const cv::Mat pixels = pixels_of(name);
    const auto original = faces_in(sees, read_test_picture(name));
    ASSERT_EQ(original.size(), 1u);
    originals.push_back(original[0]);
    for (const auto& [by, quality] :
         {std::pair{0.5, 50}, {0.5, 95}, {0.8, 80}, {1.0, 50}, {2.0, 50}, {2.0, 95}}) {
      const auto copy = faces_in(sees, coded(scaled(pixels, by), ".jpg", quality));
      ASSERT_EQ(copy.size(), 1u) << name << " " << by << " " << quality;
      EXPECT_GE(cosine(original[0], copy[0]), same_face_min) << name << " " << by << " " << quality;
    }
  }
  EXPECT_LE(cosine(originals[0], originals[1]), other_face_max);
}

TEST(BadPicture, IsRefusedWhereverItIsCutOff) {
  vision_process sees{patient()};
  for (const char* name : {"cat.jpg", "coffee.png", "cat.webp"}) {
    const picture_file file = read_test_picture(name);
    for (std::size_t tenth = 0; tenth < 10; ++tenth) {
      const auto seen = sees.describe(std::span{file}.first(file.size() * tenth / 10));
      ASSERT_FALSE(seen) << name << " " << tenth;
      EXPECT_EQ(seen.error().code, errc::data_malformed) << seen.error().what;
    }
  }
}

// A JPEG's coded data have no checksum, so that some damage shows as another picture.
TEST(BadPicture, IsRefusedOrSeenAndNeverBringsTheHelperDown) {
  vision_process sees{patient()};
  std::size_t refused = 0;
  for (const char* name : {"cat.jpg", "coffee.png", "cat.webp"}) {
    const picture_file file = read_test_picture(name);
    for (std::size_t at = 2; at < file.size(); at += file.size() / 60) {
      picture_file damaged = file;
      for (std::size_t i = at; i < std::min(at + 4, file.size()); ++i)
        damaged[i] ^= std::byte{0x5a};
      const auto seen = sees.describe(damaged);
      if (seen) continue;
      ++refused;
      EXPECT_EQ(seen.error().code, errc::data_malformed) << seen.error().what;
    }
  }
  EXPECT_GE(refused, 60u);  // each PNG at least
}

// What the service sees in the header alone, the helper sees again: it trusts nobody.
TEST(BadPicture, ThatClaimsTooMuchIsRefusedByTheHelperBeforeItIsDecoded) {
  using namespace std::chrono_literals;
  auto helper = helper_process::start(helper_path("reprise-vision"), {memory_argument(64 << 20)},
                                      {.has_input = true});
  ASSERT_TRUE(helper);
  sight::reply_reader replies;
  const auto hear = [&] {
    std::array<std::byte, 4'096> buffer;
    sight::reply said;
    while (!replies.next(said).value()) {
      const auto got = helper->read(buffer, 60s);
      if (!got || *got == 0) {
        ADD_FAILURE() << "it ended";
        break;
      }
      replies.append(std::span{buffer}.first(*got));
    }
    return said;
  };
  EXPECT_EQ(hear(), sight::reply{sight::ready{}});
  for (const picture_file& bomb : {jpeg_claiming(60'000, 60'000), png_claiming(60'000, 60'000),
                                   webp_claiming(60'000, 60'000)}) {
    ASSERT_TRUE(helper->write(sight::encode_head(sight::question::faces, bomb.size()), 60s));
    ASSERT_TRUE(helper->write(bomb, 60s));
    const sight::reply said = hear();
    const auto* refused = std::get_if<sight::refused>(&said);
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->why, sight::reason::picture);
    EXPECT_NE(refused->text.find("60000 x 60000"), std::string::npos) << refused->text;
  }
  helper->close_input();
  EXPECT_TRUE(helper->finish(60s));
}

TEST(LargePicture, TakesNoMoreMemoryThanItMay) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer reserves more address space than any limit leaves";
#endif
  const picture_file large = coded(cv::Mat(6'000, 6'600, CV_8UC3, cv::Scalar{1, 2, 3}), ".png");
  const picture_file small = read_test_picture("cat.webp");
  vision_options little = patient();
  little.memory_bytes_max = std::uint64_t{64} << 20;
  vision_process sees{little};
  const auto seen = sees.describe(large);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, errc::helper_failed);
  EXPECT_EQ(seen.error().what, "reprise-vision needs more than its limit of 64 MiB");
  (void)described(sees, small);
  vision_process enough{patient()};
  (void)described(enough, large);
}

TEST(VisionProgram, TakesItsArgumentsAndNothingElse) {
  const std::vector<std::string> wrong[] = {
      {}, {"-1"}, {"4G"}, {"0", "more"}, {"0", "m", "l", "0", "1", "0", "0", "0", "1"}};
  for (const auto& arguments : wrong) {
    auto helper = helper_process::start(helper_path("reprise-vision"), arguments);
    ASSERT_TRUE(helper);
    const auto ended = helper->finish(std::chrono::minutes{1});
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().what, "reprise-vision ended with status 2");
  }
}

}  // namespace
}  // namespace reprise
