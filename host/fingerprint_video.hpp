// The command `fingerprint`: films to a recording, laid end to end.
//
// Errors   those of film_reader.hpp and recording.hpp; usage: no film, a film that is the
//          output, an output without a name, a start outside [0, time_max];
//          data_malformed: a gap, which a raw recording cannot hold
// Threads  one at a time
// Owns     nothing after it returns. The output appears only when complete: output_file.hpp
//
// All films are looked for before the first one is decoded.
// Second i of the first film is recorded at `start` + i, and each film begins with the second after
// the one in which the film before it ended. Seconds without a picture are gaps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/byte_stream.hpp"
#include "host/film_reader.hpp"
#include "host/recording.hpp"

namespace reprise {

struct fingerprint_options {
  std::vector<std::string> films;
  std::string output = "-";  // "-": standard output
  std::int64_t start = 0;
  // Left out: raw for an output named *.bin, else NDJSON.
  std::optional<recording_format> format = {};
  helper_limits limits = {};
};

struct fingerprint_summary {
  std::uint64_t seconds = 0;  // recorded
  std::uint64_t gaps = 0;
  std::uint64_t films_damaged = 0;  // a warning was given for each
};

struct fingerprint_streams {
  byte_sink& messages;  // warnings, and progress
  bool progress_shown = false;
};

[[nodiscard]] outcome<fingerprint_summary> fingerprint_videos(const fingerprint_options& options,
                                                              const fingerprint_streams& streams);

}  // namespace reprise
