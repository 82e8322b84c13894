// Which seconds of which film have a fingerprint: one small film of each kind, made by ffmpeg, with
// an exact expectation each.
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>

#include "tests/film_support.hpp"

namespace reprise {
namespace {

struct film_kind {
  const char* name;  // of the test
  const char* file;
  const char* arguments;  // ffmpeg's, without the output
  std::vector<std::int64_t> seconds;
  std::uint64_t gaps = 0;
};

// How GoogleTest prints one.
void PrintTo(const film_kind& printed, std::ostream* out) {
  *out << printed.file;
}

std::vector<std::int64_t> first(std::int64_t count) {
  std::vector<std::int64_t> made(static_cast<std::size_t>(count));
  std::iota(made.begin(), made.end(), 0);
  return made;
}

#define TEST_PICTURE(rate, seconds) "-f lavfi -i testsrc=s=96x64:r=" rate ":d=" seconds " "
#define TONE(seconds) "-f lavfi -i sine=r=8000:d=" seconds " "

const film_kind film_kinds[] = {
    {"WithBFrames", "b.mp4", TEST_PICTURE("25", "3") "-c:v libx264 -bf 3", first(3)},
    {"Vp9InWebm", "v.webm", TEST_PICTURE("25", "2") "-c:v libvpx-vp9 -cpu-used 8", first(2)},
    {"WithOddFrameRate", "o.mkv", TEST_PICTURE("1506/125", "5") "-c:v libx264", first(5)},
    {"WithVariableFrameRate", "v.mkv",
     TEST_PICTURE("25", "6") "-vf \"select='lt(t,1)+gt(t,3.3)*not(mod(n,7))'\" -vsync vfr "
                             "-c:v libx264",
     first(6)},
    {"WithoutTimestamps", "e.h264", TEST_PICTURE("25", "4") "-c:v libx264 -bf 2 -f h264", first(4)},
    {"ThatBeginsLate", "l.mkv", TEST_PICTURE("25", "3") "-c:v libx264 -output_ts_offset 100",
     first(3)},
    {"VideoShorterThanAudio", "a.mkv",
     TEST_PICTURE("25", "3") TONE("6") "-map 0 -map 1 -c:v libx264 -c:a flac", first(3), 3},
    {"VideoThatBeginsAfterAudio", "s.mkv",
     "-itsoffset 2 " TEST_PICTURE("25", "3") TONE("5") "-map 0 -map 1 -c:v libx264 -c:a flac",
     first(3)},
    {"OfSixTenthsOfASecond", "6.mkv", TEST_PICTURE("25", "0.6") "-c:v libx264", first(1)},
    {"OfFourTenthsOverASecond", "14.mkv", TEST_PICTURE("25", "1.4") "-c:v libx264", first(1)},
    {"OfOneFrameASecond", "1fps.mkv", TEST_PICTURE("1", "5") "-c:v libx264", first(5)},
    {"OfOneFrameInFiveSeconds", "5s.mkv", TEST_PICTURE("1/5", "20") "-c:v libx264", first(20)},
    {"OfOneFrameInTwentySeconds", "20s.mp4", TEST_PICTURE("1/20", "60") "-c:v libx264", first(60)},
    {"OfOddSize", "odd.mkv", "-f lavfi -i testsrc=s=33x17:r=10:d=2 -c:v libx264 -pix_fmt yuv444p",
     first(2)},
    {"OfTenBits", "ten.mkv", TEST_PICTURE("25", "2") "-c:v libx264 -pix_fmt yuv420p10le", first(2)},
    {"OfPalettePictures", "p.gif", TEST_PICTURE("10", "2"), first(2)},
    {"OfRgbPictures", "r.mkv", TEST_PICTURE("10", "2") "-c:v ffv1 -pix_fmt bgr0", first(2)},
};

class FilmOfAnyKind : public testing::TestWithParam<film_kind> {};

TEST_P(FilmOfAnyKind, GivesExactlyItsSeconds) {
  const film_folder folder;
  const film_kind& kind = GetParam();
  const fingerprinted seen = fingerprint_film(folder, folder.make(kind.file, kind.arguments));
  ASSERT_FALSE(seen.wrong) << seen.wrong->what;
  EXPECT_EQ(seen.times(), kind.seconds);
  EXPECT_EQ(seen.summary.seconds, kind.seconds.size());
  EXPECT_EQ(seen.summary.gaps, kind.gaps);
  EXPECT_EQ(seen.warnings, "");
}

INSTANTIATE_TEST_SUITE_P(Kinds, FilmOfAnyKind, testing::ValuesIn(film_kinds),
                         [](const auto& kind) { return std::string{kind.param.name}; });

TEST(Film, WithAHoleInItsPicturesHasAGap) {
  // Pictures of the first two seconds and from second 15 on; the last one before the hole is shown
  // no longer than its own duration, since the hole is longer than a picture may be held.
  const film_folder folder;
  const std::string film = folder.make(
      "hole.mkv", TEST_PICTURE("10", "17") "-vf \"select='lt(t,1.95)+gt(t,14.95)'\" -vsync vfr "
                                           "-c:v libx264");
  const fingerprinted seen = fingerprint_film(folder, film);
  EXPECT_EQ(seen.times(), (std::vector<std::int64_t>{0, 1, 15, 16}));
  EXPECT_EQ(seen.summary.gaps, 13u);
}

TEST(Film, MayChangeItsSize) {
  const film_folder folder;
  folder.make("a.h264", TEST_PICTURE("25", "2") "-c:v libx264 -f h264");
  folder.make("b.h264", "-f lavfi -i testsrc=s=160x120:r=25:d=2 -c:v libx264 -f h264");
  const std::string both =
      folder.write("both.h264", bytes_of(folder.file("a.h264")) + bytes_of(folder.file("b.h264")));
  const fingerprinted seen = fingerprint_film(folder, both);
  EXPECT_EQ(seen.times(), first(4));
}

TEST(Film, MayStartItsTimestampsAgain) {
  const film_folder folder;
  folder.make("a.ts", TEST_PICTURE("25", "3") "-c:v libx264 -bf 0");
  const std::string once = bytes_of(folder.file("a.ts"));
  const fingerprinted seen = fingerprint_film(folder, folder.write("twice.ts", once + once));
  EXPECT_EQ(seen.times(), first(6));
  EXPECT_NE(seen.warnings.find("impossible timestamp"), std::string::npos) << seen.warnings;
}

TEST(Film, WithCoverArtIsReadByItsVideo) {
  const film_folder folder;
  folder.make("cover.png", "-f lavfi -i color=red:s=64x64:d=1 -frames:v 1");
  const std::string film = folder.make(
      "f.mp4", TEST_PICTURE("25", "2") "-i cover.png -map 1 -map 0 -c:v:0 png -c:v:1 libx264 "
                                       "-disposition:v:0 attached_pic");
  const fingerprinted seen = fingerprint_film(folder, film);
  EXPECT_EQ(seen.times(), first(2));
}

TEST(Film, GivesTheSamePrefixesInTenBitsAndInAnotherSizeAndCodec) {
  const film_folder folder;
  const fingerprinted plain = fingerprint_film(
      folder, folder.make("a.mkv", "-f lavfi -i mandelbrot=s=320x240:r=25 -t 4 -c:v ffv1"));
  const char* others[] = {"-i a.mkv -c:v libx264 -pix_fmt yuv420p10le",
                          "-i a.mkv -s 640x360 -c:v libx264",
                          "-i a.mkv -c:v libx264 -pix_fmt yuvj420p -color_range pc"};
  for (const char* other : others) {
    const fingerprinted made = fingerprint_film(folder, folder.make("b.mkv", other));
    ASSERT_EQ(made.seconds.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_TRUE(prefix_equal(made.seconds[i], plain.seconds[i])) << other << " second " << i;
    }
  }
}

TEST(Film, IsReadAsItIsShownWhenItIsStoredTurned) {
  const film_folder folder;
  folder.make(
      "a.mp4",
      "-f lavfi -i mandelbrot=s=320x240:r=25 -t 2 -vf crop=200:160:0:0 -c:v libx264 -crf 10");
  // The stored picture is turned clockwise, and the player is told to turn it back.
  folder.make("turned.mp4", "-i a.mp4 -vf transpose=clock -c:v libx264 -crf 10");
  const std::string told = folder.make("told.mp4", "-i turned.mp4 -c copy -metadata:s:v rotate=90");
  const fingerprinted plain = fingerprint_film(folder, folder.file("a.mp4"));
  const fingerprinted stored = fingerprint_film(folder, folder.file("turned.mp4"));
  const fingerprinted shown = fingerprint_film(folder, told);
  ASSERT_EQ(shown.seconds.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(prefix_equal(plain.seconds[i], shown.seconds[i])) << i;
    EXPECT_FALSE(prefix_equal(plain.seconds[i], stored.seconds[i])) << i;
  }
}

TEST(Film, MayHaveANameThatIsAPatternElsewhere) {
  const film_folder folder;
  folder.make("a%03d.png", TEST_PICTURE("25", "2"));
  folder.make("a.mkv", TEST_PICTURE("25", "2") "-c:v libx264");
  const std::string film = folder.write("a%d.mkv", bytes_of(folder.file("a.mkv")));
  EXPECT_EQ(fingerprint_film(folder, film).times(), first(2));
  // One picture, not the fifty whose names the pattern would match.
  for (const char* name : {"a%03d.png", "a*.png", "a{0,1}.png"}) {
    const std::string still = folder.write(name, bytes_of(folder.file("a001.png")));
    const fingerprinted seen = fingerprint_film(folder, still);
    ASSERT_TRUE(seen.wrong) << name;
    EXPECT_NE(seen.wrong->what.find("too short"), std::string::npos) << seen.wrong->what;
  }
}

TEST(Film, MayNotLeadToOthers) {
  const film_folder folder;
  folder.make("a.mkv", TEST_PICTURE("25", "2") "-c:v libx264");
  const std::string leaders[] = {
      folder.write("list.ffconcat", "ffconcat version 1.0\nfile a.mkv\n"),
      folder.write("list.m3u8",
                   "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.mkv\n"
                   "#EXT-X-ENDLIST\n"),
      folder.write("list.bmp", "a.mkv"),
  };
  for (const std::string& leader : leaders) {
    const fingerprinted seen = fingerprint_film(folder, leader);
    ASSERT_TRUE(seen.wrong) << leader;
    EXPECT_EQ(seen.wrong->code, errc::data_malformed) << seen.wrong->what;
  }
}

TEST(Film, GivesTheSameBytesEachTime) {
  const film_folder folder;
  const std::string film = folder.make("a.mkv", TEST_PICTURE("25", "5") "-c:v libx264");
  take_fingerprints(folder, {.films = {film}, .output = folder.file("1.ndjson")});
  take_fingerprints(folder, {.films = {film}, .output = folder.file("2.ndjson")});
  EXPECT_EQ(bytes_of(folder.file("1.ndjson")), bytes_of(folder.file("2.ndjson")));
  EXPECT_GT(bytes_of(folder.file("1.ndjson")).size(), 5u * 256);
}

}  // namespace
}  // namespace reprise
