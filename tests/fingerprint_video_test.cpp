#include "host/fingerprint_video.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>

#include "tests/film_support.hpp"

namespace reprise {
namespace {

std::string make_film(const film_folder& folder, const std::string& name,
                      const std::string& seconds, const std::string& more = "") {
  return folder.make(name,
                     "-f lavfi -i testsrc=s=96x64:r=25:d=" + seconds + " -c:v libx264 " + more);
}

// What reprise-media's place is taken by, for as long as one lives.
class false_helper {
 public:
  false_helper(const film_folder& folder, const std::string& script) {
    const std::string path = folder.write("reprise-media", "#!/bin/sh\n" + script);
    chmod(path.c_str(), 0755);
    setenv("REPRISE_LIBEXEC", folder.file("").c_str(), 1);
  }
  false_helper(const false_helper&) = delete;
  ~false_helper() { unsetenv("REPRISE_LIBEXEC"); }
};

void expect_failure(const fingerprinted& seen, errc code, const std::string& text) {
  ASSERT_TRUE(seen.wrong);
  EXPECT_EQ(seen.wrong->code, code);
  EXPECT_NE(seen.wrong->what.find(text), std::string::npos) << seen.wrong->what;
}

TEST(FingerprintVideo, LaysFilmsEndToEndFromTheStart) {
  const film_folder folder;
  const std::string a = make_film(folder, "a.mkv", "2.2"), b = make_film(folder, "b.mkv", "1.8");
  const fingerprinted seen =
      take_fingerprints(folder, {.films = {a, b, a}, .start = 1'700'000'000});
  EXPECT_EQ(seen.times(), (std::vector<std::int64_t>{1'700'000'000, 1'700'000'001, 1'700'000'002,
                                                     1'700'000'003, 1'700'000'004, 1'700'000'005}));
  EXPECT_EQ(seen.seconds[0].bits, seen.seconds[4].bits);
  EXPECT_EQ(seen.summary.seconds, 6u);
}

TEST(FingerprintVideo, LeavesGapsBetweenFilmsWhereTheSoundGoesOn) {
  const film_folder folder;
  const std::string film = folder.make(
      "a.mkv",
      "-f lavfi -i testsrc=s=96x64:d=2 -f lavfi -i sine=r=8000:d=4 -c:v libx264 -c:a flac");
  const fingerprinted seen = take_fingerprints(folder, {.films = {film, film}});
  EXPECT_EQ(seen.times(), (std::vector<std::int64_t>{0, 1, 4, 5}));
  EXPECT_EQ(seen.summary.gaps, 4u);
  expect_failure(take_fingerprints(folder, {.films = {film, film}, .output = folder.file("o.bin")}),
                 errc::data_malformed, "2 seconds without a picture before second 0: a raw");
}

TEST(FingerprintVideo, WritesTheSameBitsInBothFormats) {
  const film_folder folder;
  const std::string film = make_film(folder, "a.mkv", "3");
  const fingerprinted text = take_fingerprints(folder, {.films = {film}, .start = 5});
  const fingerprinted raw =
      take_fingerprints(folder, {.films = {film}, .output = folder.file("o.bin"), .start = 5});
  EXPECT_EQ(bytes_of(folder.file("o.bin")).size(), 3 * fingerprint_bytes);
  EXPECT_EQ(text.seconds, raw.seconds);
}

TEST(FingerprintVideo, SaysWhichFileIsMissingOrNone) {
  const film_folder folder;
  const std::string film = make_film(folder, "a.mkv", "1");
  expect_failure(take_fingerprints(folder, {.films = {film, folder.file("no.mkv")}}),
                 errc::io_failed, "no.mkv: No such file or directory");
  expect_failure(fingerprint_film(folder, folder.file("")), errc::io_failed, ": is a directory");
  expect_failure(fingerprint_film(folder, "/dev/null"), errc::io_failed,
                 "/dev/null: is not a file");
  EXPECT_EQ(exit_status(errc::io_failed), 74);
}

TEST(FingerprintVideo, RefusesWhatIsNoVideo) {
  const film_folder folder;
  const std::string sound = folder.make("sound.ogg", "-f lavfi -i sine=d=2 -c:a flac");
  const auto refuse = [&](const std::string& film, const std::string& why) {
    expect_failure(fingerprint_film(folder, film), errc::data_malformed, film + ": " + why);
  };
  refuse(folder.write("empty.mkv", ""), "not a video: ");
  refuse(folder.write("text.txt", "Not a film.\n"), "not a video: ");
  refuse(folder.write("noise.mp4", std::string(100'000, '\x5a')), "not a video: ");
  refuse(folder.write("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n" + sound +
                                       "\n#EXT-X-ENDLIST\n"),
         "not a video: ");
  refuse(sound, "no video in it");
  EXPECT_EQ(exit_status(errc::data_malformed), 65);
}

TEST(FingerprintVideo, DoesNotTakeCoverArtForVideo) {
  const film_folder folder;
  folder.make("cover.png", "-f lavfi -i color=red:s=64x64:d=1 -frames:v 1");
  for (const char* name : {"song.mp3", "song.m4a"}) {
    const std::string song = folder.make(
        name,
        "-f lavfi -i sine=d=3 -i cover.png -map 0 -map 1 -c:v png -disposition:v attached_pic");
    expect_failure(fingerprint_film(folder, song), errc::data_malformed, song + ": no video in it");
  }
}

TEST(FingerprintVideo, RefusesAFilmTooShortForOneSecond) {
  const film_folder folder;
  expect_failure(fingerprint_film(folder, make_film(folder, "a.mkv", "0.4")), errc::data_malformed,
                 "too short: no second has a picture for at least half of it");
}

// Uncompressed pictures all take the same space, so the last whole one is known.
TEST(FingerprintVideo, KeepsWhatIsThereOfATruncatedFilm) {
  const film_folder folder;
  struct {
    std::string name, pixels;
    std::size_t picture_bytes;
  } films[] = {{"a.mkv", "yuv420p", 64 * 48 * 3 / 2}, {"a.mov", "rgb24", 64 * 48 * 3}};
  for (const auto& [name, pixels, picture_bytes] : films) {
    const std::string film = folder.make(
        name, "-f lavfi -i testsrc=s=64x48:r=10:d=6 -c:v rawvideo -movflags faststart -pix_fmt " +
                  pixels);
    const std::string whole = bytes_of(film);
    const std::string cut = folder.write(
        "cut-" + name, whole.substr(0, whole.size() - 26 * picture_bytes - picture_bytes / 2));
    const fingerprinted all = fingerprint_film(folder, film);
    const fingerprinted seen = fingerprint_film(folder, cut);
    ASSERT_FALSE(seen.wrong) << seen.wrong->what;
    ASSERT_EQ(all.seconds.size(), 6u);
    ASSERT_EQ(seen.times(), (std::vector<std::int64_t>{0, 1, 2}));
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(seen.seconds[i], all.seconds[i]);
    EXPECT_NE(seen.warnings.find("it breaks off 3 seconds before its stated end"),
              std::string::npos)
        << name << ": " << seen.warnings;
    EXPECT_EQ(seen.summary.films_damaged, 1u);
  }
}

TEST(FingerprintVideo, RefusesATruncatedFilmWhoseIndexIsLost) {
  const film_folder folder;
  const std::string whole = bytes_of(make_film(folder, "a.mp4", "3"));
  const std::string cut = folder.write("cut.mp4", whole.substr(0, whole.size() / 2));
  expect_failure(fingerprint_film(folder, cut), errc::data_malformed, "not a video: ");
}

TEST(FingerprintVideo, SkipsDamagedPacketsAndCountsThem) {
  const film_folder folder;
  std::string film =
      bytes_of(folder.make("a.avi", "-f lavfi -i testsrc=s=96x64:r=25:d=4 -c:v png"));
  // Overwrites the insides of the pictures of one stretch, but none of the container's own bytes.
  std::size_t at = film.find("IDAT", film.size() / 2);
  for (int damaged = 0; damaged < 3; ++damaged) {
    film.replace(at, 60, std::string(60, '\xff'));
    at = film.find("IDAT", at + 60);
  }
  const fingerprinted seen = fingerprint_film(folder, folder.write("damaged.avi", film));
  ASSERT_FALSE(seen.wrong) << seen.wrong->what;
  EXPECT_EQ(seen.times(), (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_NE(seen.warnings.find("3 damaged packets skipped"), std::string::npos) << seen.warnings;
}

TEST(FingerprintVideo, NeverTakesACrashForAFilm) {
  const film_folder folder;
  const std::string film = make_film(folder, "a.mkv", "2");
  const std::string real = helper_path("reprise-media");
  struct {
    const char* script;
    const char* text;
  } ends[] = {
      {"kill -SEGV $$", "reprise-media was ended by signal 11"},
      {"exit 0", "stopped in the middle of the film"},
      {"exit 3", "reprise-media ended with status 3"},
      {"printf '\\001\\0\\0\\0\\377\\377\\377\\377'", "impossible length"},
      {"printf '\\011\\0\\0\\0\\0\\0\\0\\0'", "none of its own"},
  };
  for (const auto& end : ends) {
    const false_helper helper{folder, end.script};
    expect_failure(fingerprint_film(folder, film), errc::helper_failed, film + ": reprise-media ");
    expect_failure(fingerprint_film(folder, film), errc::helper_failed, end.text);
  }
  // The whole film but for its last message.
  const false_helper helper{folder, real + " \"$@\" | head -c -40"};
  expect_failure(fingerprint_film(folder, film), errc::helper_failed, "in the middle of the film");
  EXPECT_EQ(exit_status(errc::helper_failed), 1);
}

TEST(FingerprintVideo, StopsAHelperThatGetsNowhere) {
  const film_folder folder;
  const std::string film = make_film(folder, "a.mkv", "1");
  const false_helper helper{folder, "exec sleep 60"};
  const auto began = std::chrono::steady_clock::now();
  helper_limits limits;
  limits.silence_max = std::chrono::milliseconds{200};
  expect_failure(take_fingerprints(folder, {.films = {film}, .limits = limits}),
                 errc::helper_failed, "got nowhere");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{20});
}

TEST(FingerprintVideo, StopsAHelperThatDoesNotEnd) {
  const film_folder folder;
  const std::string film = make_film(folder, "a.mkv", "1");
  const false_helper helper{folder, "exec >&-; exec sleep 60"};
  helper_limits limits;
  limits.silence_max = std::chrono::milliseconds{200};
  expect_failure(take_fingerprints(folder, {.films = {film}, .limits = limits}),
                 errc::helper_failed, "did not end");
}

TEST(FingerprintVideo, SaysThatTheHelperIsMissing) {
  const film_folder folder;
  const std::string film = make_film(folder, "a.mkv", "1");
  setenv("REPRISE_LIBEXEC", folder.file("nowhere").c_str(), 1);
  const fingerprinted seen = fingerprint_film(folder, film);
  unsetenv("REPRISE_LIBEXEC");
  expect_failure(seen, errc::helper_missing, "reprise-media is not installed");
}

TEST(FingerprintVideo, BoundsTheMemoryOfTheHelper) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer reserves more address space than any limit leaves";
#endif
  const film_folder folder;
  const std::string film = folder.make("a.mkv", "-f lavfi -i color=s=3840x2160:r=5:d=1 -c:v ffv1");
  helper_limits limits;
  limits.memory_bytes_max = std::uint64_t{128} << 20;
  expect_failure(take_fingerprints(folder, {.films = {film}, .limits = limits}),
                 errc::helper_failed, "needs more than its limit of 128 MiB");
}

TEST(FingerprintVideo, KeepsAnEarlierOutputWhenItFails) {
  const film_folder folder;
  const std::string film = make_film(folder, "a.mkv", "1");
  const std::string output = folder.write("o.ndjson", "earlier\n");
  take_fingerprints(folder, {.films = {film, folder.file("no.mkv")}, .output = output});
  EXPECT_EQ(bytes_of(output), "earlier\n");
}

TEST(FingerprintVideo, NeverWritesOverAFilm) {
  const film_folder folder;
  const std::string film = make_film(folder, "keep.partial", "1", "-f matroska"),
                    before = bytes_of(film);
  EXPECT_FALSE(take_fingerprints(folder, {.films = {film}, .output = folder.file("keep")}).wrong);
  EXPECT_EQ(bytes_of(film), before);
  std::filesystem::create_symlink(film, folder.file("link.mkv"));
  std::filesystem::create_hard_link(film, folder.file("hard.mkv"));
  for (const std::string& output : {film, folder.file("link.mkv"), folder.file("hard.mkv")}) {
    expect_failure(take_fingerprints(folder, {.films = {film}, .output = output}), errc::usage,
                   film + ": is a film and the output at once");
    EXPECT_EQ(bytes_of(film), before);
  }
}

TEST(FingerprintVideo, LooksForAllFilmsBeforeItDecodesTheFirst) {
  const film_folder folder;
  const std::string film = make_film(folder, "a.mkv", "1");
  const false_helper helper{folder, "touch \"$0-ran\""};
  expect_failure(take_fingerprints(folder, {.films = {film, folder.file("no.mkv")}}),
                 errc::io_failed, "no.mkv: No such file or directory");
  EXPECT_FALSE(std::filesystem::exists(folder.file("reprise-media-ran")));
}

TEST(FingerprintVideo, SaysEverythingInOneLineWhateverAFilmIsCalled) {
  const film_folder folder;
  const std::string odd = folder.file("a\n\x1b[2J.mkv"), shown = "a\\x0a\\x1b[2J.mkv";
  expect_failure(fingerprint_film(folder, odd), errc::io_failed, shown + ": No such file");
  std::filesystem::rename(make_film(folder, "whole.avi", "3", "-an"), odd);
  const std::string whole = bytes_of(odd);
  folder.write("a\n\x1b[2J.mkv", whole.substr(0, whole.size() * 2 / 3));
  const fingerprinted seen = fingerprint_film(folder, odd);
  ASSERT_FALSE(seen.wrong) << seen.wrong->what;
  EXPECT_NE(seen.warnings.find(shown + ": "), std::string::npos) << seen.warnings;
  EXPECT_EQ(std::count(seen.warnings.begin(), seen.warnings.end(), '\n'), 1);
}

TEST(FingerprintVideo, RefusesOptionsThatMakeNoSense) {
  const film_folder folder;
  expect_failure(take_fingerprints(folder, fingerprint_options{}), errc::usage, "no film given");
  expect_failure(take_fingerprints(folder, {.films = {"a"}, .output = ""}), errc::usage,
                 "is empty");
  expect_failure(take_fingerprints(folder, {.films = {"a"}, .start = -1}), errc::usage, "start");
}

}  // namespace
}  // namespace reprise
