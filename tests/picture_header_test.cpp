#include "host/picture_header.hpp"

#include "host/vision.hpp"
#include "tests/picture_support.hpp"

namespace reprise {
namespace {

void expect_refused(const outcome<picture_header>& read, const std::string& text) {
  ASSERT_FALSE(read) << text;
  EXPECT_EQ(read.error().code, errc::data_malformed);
  EXPECT_NE(read.error().what.find(text), std::string::npos) << read.error().what;
}

TEST(PictureHeader, TellsTypeAndSize) {
  const struct {
    const char* name;
    picture_header head;
  } pictures[] = {{"astronaut.jpg", {picture_type::jpeg, 400, 400}},
                  {"cat.jpg", {picture_type::jpeg, 360, 239}},
                  {"mona_lisa.jpg", {picture_type::jpeg, 309, 480}},
                  {"coffee.png", {picture_type::png, 120, 80}},
                  {"cat.webp", {picture_type::webp, 240, 160}}};
  for (const auto& each : pictures) {
    const picture_file file = read_test_picture(each.name);
    const auto whole = check_picture(file);
    ASSERT_TRUE(whole) << each.name << ": " << whole.error().what;
    EXPECT_EQ(*whole, each.head) << each.name;
    EXPECT_EQ(read_picture_header(std::span{file}.first(1'000)).value(), each.head) << each.name;
  }
}

TEST(PictureHeader, KnowsNoOtherFiles) {
  for (const char* foreign :
       {"", "\xff", "\xff\xd8", "GIF89a....", "<svg/>", "RIFF....WAVE", "BM"}) {
    expect_refused(check_picture(picture_of(foreign)), "neither JPEG nor PNG nor WebP");
  }
}

TEST(PictureHeader, FindsEachPictureCutOffWhereverThatIs) {
  for (const char* name : {"two_faces.jpg", "coffee.png", "cat.webp"}) {
    const picture_file file = read_test_picture(name);
    for (std::size_t length = 0; length < file.size(); ++length) {
      const auto read = check_picture(std::span{file}.first(length));
      ASSERT_FALSE(read) << name << " of " << length << " bytes";
      ASSERT_EQ(read.error().code, errc::data_malformed);
    }
    expect_refused(check_picture(std::span{file}.first(file.size() / 2)), "is cut off");
  }
}

TEST(PictureHeader, TakesWhatFollowsAPictureForNoPartOfIt) {
  for (const char* name : {"cat.jpg", "coffee.png", "cat.webp"}) {
    picture_file file = read_test_picture(name);
    file.resize(file.size() + 100, std::byte{0xff});
    EXPECT_TRUE(check_picture(file)) << name;
  }
}

TEST(PictureHeader, RefusesABombByItsHeaderAlone) {
  for (const picture_file& bomb : {jpeg_claiming(60'000, 60'000), png_claiming(60'000, 60'000),
                                   webp_claiming(60'000, 60'000)}) {
    expect_refused(check_picture(bomb), "claims 60000 x 60000 pixels; at most 40000000 are taken");
  }
  expect_refused(check_picture(png_claiming(0xffffffff, 0xffffffff)), "claims 4294967295 x");
  expect_refused(check_picture(png_claiming(1, 40'000'001)), "at most 40000000");
  EXPECT_TRUE(read_picture_header(png_claiming(1, 40'000'000)));
}

TEST(PictureHeader, RefusesPicturesWithoutAPixel) {
  expect_refused(check_picture(png_claiming(0, 5)), "that is none");
  expect_refused(check_picture(jpeg_claiming(5, 0)), "that is none");
}

TEST(PictureHeader, RefusesMoreBytesThanAPictureMayHave) {
  picture_file file = read_test_picture("coffee.png");
  file.resize(picture_bytes_max);
  EXPECT_TRUE(check_picture(file));
  file.resize(picture_bytes_max + 1);
  expect_refused(check_picture(file), "it has 5242881 bytes; at most 5242880");
}

}  // namespace
}  // namespace reprise
