#include "host/match/assert.hpp"
#include "tests/fuzz/recording_fuzz.hpp"
#include "tests/recording_support.hpp"

namespace reprise {
namespace {

using opener = std::unique_ptr<recording_reader> (*)(std::string bytes, std::size_t read_bytes_max);

std::unique_ptr<recording_reader> open_ndjson(std::string bytes, std::size_t read_bytes_max) {
  return ndjson_of(std::move(bytes), read_bytes_max);
}

std::unique_ptr<recording_reader> open_raw(std::string bytes, std::size_t read_bytes_max) {
  return raw_of(std::move(bytes), 1000, read_bytes_max);
}

void check_format(const std::string& bytes, opener open, recording_format format) {
  constexpr std::size_t small_read = 7;
  const read_recording whole = read_all(*open(bytes, bytes.size() + 1));
  const read_recording pieces = read_all(*open(bytes, small_read));
  REPRISE_ASSERT(whole.seconds == pieces.seconds);
  REPRISE_ASSERT(whole.failed.has_value() == pieces.failed.has_value());
  if (whole.failed) {
    REPRISE_ASSERT(whole.failed->code == errc::data_malformed);
    REPRISE_ASSERT(whole.failed->what == pieces.failed->what);
    REPRISE_ASSERT(whole.failed->what.find('\n') == std::string::npos);
  }
  std::string written;
  auto sink = std::make_unique<memory_sink>(written);
  const auto writer = format == recording_format::raw ? make_raw_writer(std::move(sink), "out")
                                                      : make_ndjson_writer(std::move(sink), "out");
  for (const recorded_second& second : whole.seconds) {
    REPRISE_ASSERT(writer->write(second).has_value());  // so times increase
  }
  REPRISE_ASSERT(writer->finish().has_value());
  if (whole.seconds.empty()) return;
  const read_recording again = read_all(*open(written, small_read));
  REPRISE_ASSERT(!again.failed);
  REPRISE_ASSERT(again.seconds == whole.seconds);
}

}  // namespace

void check_recording(const std::string& bytes) {
  check_format(bytes, open_ndjson, recording_format::ndjson);
  check_format(bytes, open_raw, recording_format::raw);
}

}  // namespace reprise
