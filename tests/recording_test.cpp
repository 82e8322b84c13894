// Recordings: both formats there and back, every way in which a file can be wrong, and the memory
// that a hostile one may take.
#include "host/recording.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "host/line_reader.hpp"
#include "host/match/rule.hpp"
#include "tests/recording_support.hpp"

namespace reprise {
namespace {

const std::string bits(256, '0');

std::string line(const std::string& time) {
  return "{\"time\": " + time + ", \"bits\": \"" + bits + "\"}\n";
}

std::string message_of(const std::string& text) {
  const auto all = read_all(*ndjson_of(text));
  if (!all.failed) return "read";
  EXPECT_EQ(all.failed->code, errc::data_malformed);
  return all.failed->what;
}

TEST(NdjsonRecording, IsReadAsItWasWritten) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random{seed};
    std::vector<recorded_second> written;
    std::int64_t time = static_cast<std::int64_t>(random() % 1'000'000);
    std::string text;
    const auto writer = make_ndjson_writer(std::make_unique<memory_sink>(text), "out");
    for (std::size_t i = 0; i < 400; ++i, time += 1 + static_cast<std::int64_t>(random() % 3)) {
      written.push_back(made_up_second(time, random));
      ASSERT_TRUE(writer->write(written.back()));
    }
    ASSERT_TRUE(writer->finish());
    const auto all = read_all(*ndjson_of(text, 1 + random() % 300));
    ASSERT_FALSE(all.failed) << seed;
    ASSERT_EQ(all.seconds, written) << seed;
  }
}

TEST(NdjsonRecording, IsWrittenInOneCanonicalForm) {
  recorded_second second{.time = 1'700'000'000};
  second.bits[0] = std::byte{0xaf};
  std::string text;
  const auto writer = make_ndjson_writer(std::make_unique<memory_sink>(text), "out");
  ASSERT_TRUE(writer->write(second));
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(text, "{\"time\": 1700000000, \"bits\": \"af" + std::string(254, '0') + "\"}\n");
}

TEST(NdjsonRecording, TakesEitherOrderEitherCaseWhiteSpaceAndNoLastNewline) {
  const std::string upper = "AF" + std::string(254, 'B');
  const auto all = read_all(*ndjson_of("\r\n  \t{ \"bits\" :\"" + upper +
                                       "\" , \"time\":0 } \r\n\n \n{\"time\":9007199254740991,"
                                       "\"bits\":\"" +
                                       bits + "\"}"));
  ASSERT_FALSE(all.failed) << all.failed->what;
  ASSERT_EQ(all.seconds.size(), 2u);
  EXPECT_EQ(all.seconds[0].bits[0], std::byte{0xaf});
  EXPECT_EQ(all.seconds[0].bits[127], std::byte{0xbb});
  EXPECT_EQ(all.seconds[1].time, time_max);
}

TEST(NdjsonRecording, RefusesAWrongTimeAndSaysWhereAndWhatWasExpected) {
  for (const std::string wrong :
       {"-1", "9007199254740992", "18446744073709551616", "1.0", "1e3", "\"5\"", "null", "true",
        "[5]", "{}", "NaN", "1e999", "01", "+1", "0x10"}) {
    const std::string message = message_of(line("4") + line(wrong));
    EXPECT_EQ(message.find("a.ndjson:2: expected "), 0u) << wrong << ": " << message;
  }
  EXPECT_EQ(message_of(line("1.5")),
            "a.ndjson:1: expected \"time\" to be an integer from 0 to 9007199254740991, found "
            "\"1.5\"");
  EXPECT_EQ(message_of(line("5") + "\n" + line("5")),
            "a.ndjson:3: expected a time after 5, found 5");
  EXPECT_EQ(message_of(line("5") + line("4")), "a.ndjson:2: expected a time after 5, found 4");
}

TEST(NdjsonRecording, RefusesWrongBitsAndSaysWhatWasExpected) {
  const std::string before = "{\"time\": 1, \"bits\": ";
  EXPECT_EQ(message_of(before + "\"" + bits + "0\"}"),
            "a.ndjson:1: expected \"bits\" to be 256 hex digits, found 257 characters");
  EXPECT_EQ(message_of(before + "\"\"}"),
            "a.ndjson:1: expected \"bits\" to be 256 hex digits, found 0 characters");
  EXPECT_EQ(message_of(before + "\"" + bits.substr(1) + "g\"}"),
            "a.ndjson:1: expected \"bits\" to be 256 hex digits, found \"g\" as number 256");
  EXPECT_EQ(message_of(before + "\"" + bits.substr(2) + "\xc3\xa9\"}"),
            "a.ndjson:1: expected \"bits\" to be 256 hex digits, found \"?\" as number 255");
  EXPECT_EQ(message_of(before + "7}"),
            "a.ndjson:1: expected \"bits\" to be 256 hex digits, found \"7\"");
}

TEST(NdjsonRecording, RefusesObjectsThatAreNotOneTimeAndOneBits) {
  const std::string good_bits = "\"bits\": \"" + bits + "\"";
  EXPECT_EQ(message_of("{\"time\": 1}"), "a.ndjson:1: expected the field \"bits\", found none");
  EXPECT_EQ(message_of("{" + good_bits + "}"),
            "a.ndjson:1: expected the field \"time\", found none");
  EXPECT_EQ(message_of("{}"), "a.ndjson:1: expected the field \"time\", found none");
  EXPECT_EQ(message_of("{\"time\": 1, \"time\": 2, " + good_bits + "}"),
            "a.ndjson:1: expected each field once, found \"time\" twice");
  EXPECT_EQ(message_of("{\"time\": 1, " + good_bits + ", \"x\\ny\": 0}"),
            "a.ndjson:1: expected \"time\" and \"bits\" alone, found the field \"x?y\"");
  const std::string object = "{\"time\": 1, " + good_bits + "}";
  for (const std::string& more : {std::string{"{}"}, object}) {
    EXPECT_EQ(message_of(object + more),
              "a.ndjson:1: expected one object a line, found more behind it");
  }
  for (const std::string more : {"x", ",", "}", "0"}) {
    EXPECT_EQ(message_of(object + more).find("a.ndjson:1: expected "), 0u) << more;
  }
}

TEST(NdjsonRecording, RefusesWhatIsNoJson) {
  const std::string good_bits = "\"bits\": \"" + bits + "\"";
  for (const std::string& wrong : std::vector<std::string>{
           std::string{"x"}, std::string{"[]"}, std::string{"5"}, std::string{"\"text\""},
           std::string{"{"}, std::string{"}"}, std::string{"null"}, std::string(300, '['),
           "{\"time\": 1 " + good_bits + "}", "{\"time\" 1, " + good_bits + "}",
           "{time: 1, " + good_bits + "}", "{\"time\": 1, " + good_bits,
           "{\"time\": 1, \"bits\": \"0", "{\"time\": 1, " + good_bits + ",}",
           "{,\"time\": 1, " + good_bits + "}", std::string("\xef\xbb\xbf", 3) + line("1"),
           std::string(1, '\0')}) {
    const std::string message = message_of(wrong);
    EXPECT_EQ(message.find("a.ndjson:1: expected "), 0u) << wrong << ": " << message;
  }
  EXPECT_EQ(message_of("{\"time\": 1, \"\xff\": 2}"),
            "a.ndjson:1: expected UTF-8, found other bytes");
  EXPECT_EQ(message_of("hello\x1b[31m"),
            "a.ndjson:1: expected an object of \"time\" and \"bits\", found \"hello?[31m\"");
}

TEST(NdjsonRecording, RefusesAnEmptyFileAndOneOfBlankLines) {
  for (const std::string empty : {"", "\n", " \r\n\n"}) {
    EXPECT_EQ(message_of(empty), "a.ndjson: expected a recording, found no second in it");
  }
}

TEST(NdjsonRecording, BoundsTheLengthOfALine) {
  const std::string padded = std::string(line_bytes_max - line("1").size() + 1, ' ') + line("1");
  EXPECT_EQ(message_of(padded), "read");
  EXPECT_EQ(message_of(" " + padded),
            "a.ndjson:1: expected a line of at most 4096 bytes, found a longer one");
  EXPECT_EQ(message_of(line("1") + std::string(line_bytes_max + 1, ' ')),
            "a.ndjson:2: expected a line of at most 4096 bytes, found a longer one");
}

// A source without end: whoever keeps what it gives runs out of memory.
class endless_source final : public byte_source {
 public:
  explicit endless_source(std::string piece) : piece_{std::move(piece)} {}
  [[nodiscard]] outcome<std::size_t> read(std::span<char> into) override {
    buffer_bytes_max = std::max(buffer_bytes_max, into.size());
    for (char& byte : into) byte = piece_[position_++ % piece_.size()];
    return into.size();
  }
  static inline std::size_t buffer_bytes_max = 0;

 private:
  std::string piece_;
  std::size_t position_ = 0;
};

TEST(NdjsonRecording, StopsAtALineWithoutEndAfterOneBuffer) {
  for (const std::string piece : {"{", " ", "\"", "0"}) {
    const auto reader = make_ndjson_reader(std::make_unique<endless_source>(piece), "a.ndjson");
    recorded_second second;
    EXPECT_EQ(reader->next(second).error().code, errc::data_malformed);
    EXPECT_LE(reader->bytes_read(), 65'536u);
  }
}

TEST(RawRecording, StreamsAnEndlessSourceThroughOneBuffer) {
  endless_source::buffer_bytes_max = 0;
  const auto reader = make_raw_reader(std::make_unique<endless_source>("abc"), "a.bin", 0);
  recorded_second second;
  constexpr std::int64_t seconds = 300'000;  // 37 MiB
  for (std::int64_t i = 0; i < seconds; ++i) {
    const auto more = reader->next(second);
    ASSERT_TRUE(more && *more);
    ASSERT_EQ(second.time, i);
  }
  EXPECT_LE(endless_source::buffer_bytes_max, 65'536u);
}

TEST(RawRecording, IsReadAsItWasWritten) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random{seed};
    std::vector<recorded_second> written;
    std::string bytes;
    const auto writer = make_raw_writer(std::make_unique<memory_sink>(bytes), "out");
    for (std::int64_t i = 0; i < 700; ++i) {
      written.push_back(made_up_second(1000 + i, random));
      ASSERT_TRUE(writer->write(written.back()));
    }
    ASSERT_TRUE(writer->finish());
    EXPECT_EQ(bytes.size(), 700 * fingerprint_bytes);
    const auto all = read_all(*raw_of(bytes, 1000, 1 + random() % 300));
    ASSERT_FALSE(all.failed) << seed;
    ASSERT_EQ(all.seconds, written) << seed;
  }
}

TEST(RawRecording, RefusesATruncatedAnEmptyAndATooLongFile) {
  auto all = read_all(*raw_of(std::string(300, 'x'), 5));
  EXPECT_EQ(all.seconds.size(), 2u);
  ASSERT_TRUE(all.failed);
  EXPECT_EQ(all.failed->code, errc::data_malformed);
  EXPECT_EQ(all.failed->what,
            "a.bin: byte 256: expected 128 bytes of a fingerprint, found it truncated to 44");
  all = read_all(*raw_of("", 5));
  EXPECT_EQ(all.failed->what,
            "a.bin: byte 0: expected fingerprints of 128 bytes, found an empty file");
  all = read_all(*raw_of(std::string(256, 'x'), time_max));
  EXPECT_EQ(all.seconds.size(), 1u);
  EXPECT_EQ(all.failed->code, errc::data_malformed);
}

TEST(RecordingWriter, RefusesTimesThatItsFormatCannotHold) {
  std::string out;
  const auto ndjson = make_ndjson_writer(std::make_unique<memory_sink>(out), "out");
  EXPECT_FALSE(ndjson->write({.time = -1}));
  EXPECT_TRUE(ndjson->write({.time = 5}));
  EXPECT_FALSE(ndjson->write({.time = 5}));
  EXPECT_TRUE(ndjson->write({.time = 9}));
  EXPECT_FALSE(ndjson->write({.time = time_max + 1}));
  const auto raw = make_raw_writer(std::make_unique<memory_sink>(out), "out");
  EXPECT_TRUE(raw->write({.time = 5}));
  const auto gap = raw->write({.time = 7});
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().code, errc::data_malformed);
  EXPECT_EQ(gap.error().what,
            "out: expected the second after 5, since a raw recording has no gaps, found 7");
  EXPECT_TRUE(raw->write({.time = 6}));
}

TEST(RecordingWriter, TellsOfAFullDiskNoLaterThanAtTheEnd) {
  std::string out;
  const auto writer = make_ndjson_writer(std::make_unique<memory_sink>(out, 100), "out");
  EXPECT_TRUE(writer->write({.time = 5}));
  EXPECT_EQ(writer->finish().error().code, errc::io_failed);
  const auto full = create_recording("/dev/full", recording_format::ndjson);
  ASSERT_TRUE(full);
  EXPECT_TRUE((*full)->write({.time = 5}));
  const auto finished = (*full)->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, errc::io_failed);
  EXPECT_EQ(finished.error().what, "/dev/full: No space left on device");
}

TEST(RecordingReader, PassesOnAFailedReadBehindTheSecondsBeforeIt) {
  const failure torn{errc::io_failed, "a.ndjson: Input/output error"};
  const auto reader = make_ndjson_reader(
      std::make_unique<memory_source>(line("1") + line("2") + "{", 7, torn), "a.ndjson");
  const auto all = read_all(*reader);
  EXPECT_EQ(all.seconds.size(), 2u);
  EXPECT_EQ(all.failed->code, errc::io_failed);
  EXPECT_EQ(all.failed->what, torn.what);
}

TEST(OpenRecording, NamesAMissingFileAndADirectory) {
  const auto missing = open_recording("/nonexistent/a.ndjson", {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, errc::io_failed);
  EXPECT_EQ(missing.error().what, "/nonexistent/a.ndjson: No such file or directory");
  const auto directory = open_recording("/tmp", {});
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, errc::io_failed);
  EXPECT_EQ(directory.error().what, "/tmp: Is a directory");
}

TEST(OpenRecording, TellsTheFormatByNameAndStart) {
  EXPECT_TRUE(is_raw_recording("a.bin", false));
  EXPECT_TRUE(is_raw_recording("-", true));
  EXPECT_TRUE(is_raw_recording("a.dat", true));
  EXPECT_FALSE(is_raw_recording("a.ndjson", true));
  EXPECT_FALSE(is_raw_recording("a.dat", false));
  EXPECT_EQ(open_recording("a.bin", {}).error().code, errc::usage);
  EXPECT_EQ(open_recording("a.bin", -1).error().code, errc::usage);
  EXPECT_EQ(open_recording("a.bin", time_max + 1).error().code, errc::usage);
}

TEST(OpenRecording, ReadsAFileThatWasCreatedAndCountsItsBytes) {
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("reprise_recording_test_" + std::to_string(::getpid()) + ".ndjson"))
                               .string();
  const auto writer = create_recording(path, recording_format::ndjson);
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->write({.time = 7}));
  ASSERT_TRUE((*writer)->finish());
  const auto reader = open_recording(path, {});
  ASSERT_TRUE(reader);
  const auto all = read_all(**reader);
  EXPECT_FALSE(all.failed);
  ASSERT_EQ(all.seconds.size(), 1u);
  EXPECT_EQ((*reader)->bytes_read(), std::filesystem::file_size(path));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace reprise
