// Recordings: streams of one fingerprint a second, read from and written to NDJSON and raw files.
//
// Shapes   one recorded second is a time and 128 bytes. NDJSON: one object a line,
//          {"time": T, "bits": "<256 hex digits>"}, times strictly increasing; a missing time is a
//          gap. Raw: 128-byte fingerprints back to back, one a second, the first at `start`
// Errors   data_malformed with file and line (NDJSON) or byte (raw) and what was expected: empty,
//          foreign, wrong width, truncated, times not increasing; io_failed: missing, a directory,
//          a failed read or write; output_closed: the reader of our output has gone, or the reads
//          were cancelled
// Threads  one at a time
// Owns     the file; memory is bounded by one buffer whatever the file holds
// Source   formats, docs/design.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/cancel_signal.hpp"
#include "host/failure.hpp"
#include "host/fingerprint.hpp"

namespace reprise {

struct recorded_second {
  std::int64_t time = 0;
  fingerprint bits{};
  friend bool operator==(const recorded_second&, const recorded_second&) = default;
};

class recording_reader {
 public:
  virtual ~recording_reader() = default;
  // The next second into `read`; false at the end of the recording.
  [[nodiscard]] virtual outcome<bool> next(recorded_second& read) = 0;
  // Bytes of input taken so far: for progress.
  [[nodiscard]] virtual std::uint64_t bytes_read() const noexcept = 0;
};

class recording_writer {
 public:
  virtual ~recording_writer() = default;
  // Times must increase; in a raw recording by exactly 1, else data_malformed (it cannot hold a
  // gap).
  [[nodiscard]] virtual outcome<void> write(const recorded_second& written) = 0;
  // Flushes, and closes what it opened. Nothing is promised to be written before this has
  // succeeded.
  [[nodiscard]] virtual outcome<void> finish() = 0;
};

enum class recording_format { ndjson, raw };

// Raw for *.bin and, given a start, for any name but *.ndjson; else NDJSON.
[[nodiscard]] bool is_raw_recording(std::string_view path, bool has_start) noexcept;

// `path` "-" is standard input. Format: is_raw_recording(). A raw one without a start is a usage
// error. `cancel`: as open_byte_source().
[[nodiscard]] outcome<std::unique_ptr<recording_reader>> open_recording(
    const std::string& path, std::optional<std::int64_t> start,
    const cancel_signal* cancel = nullptr);

// `path` "-" is standard output.
[[nodiscard]] outcome<std::unique_ptr<recording_writer>> create_recording(const std::string& path,
                                                                          recording_format format);

}  // namespace reprise
