// The offline search: all matches, or all repeats, of recordings, printed in the order of the
// files.
//
// Shapes   each file is a channel of its own; several are searched at once, one thread each
// Errors   printed to `messages`, one line each, "reprise: ..."; a file that fails hides no other
// Threads  one call at a time; `make_engine` is called on several threads at once, once on each
//          unless it fails
// Owns     nothing; memory is one engine and one bounded buffer for each thread, whatever the files
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/byte_stream.hpp"
#include "host/engine.hpp"
#include "host/scan_text.hpp"

namespace reprise {

struct scan_options {
  std::vector<std::string> files;      // at least one; "-" is standard input
  std::optional<std::int64_t> start;   // of raw recordings
  std::optional<std::string> channel;  // with one file alone; otherwise the file's stem
  search_settings settings;
  bool repeats = false;
  scan_format format = scan_format::ndjson;
  unsigned threads = 0;  // 0: one for each core
  std::function<outcome<offline_engine>()> make_engine;
};

struct scan_streams {
  byte_sink& output;
  byte_sink& messages;
  bool output_coloured = false;
  bool progress_shown = false;
};

// The exit status: that of the first file that failed, and that of the output where it fails.
[[nodiscard]] int run_scan(const scan_options& options, const scan_streams& streams);

}  // namespace reprise
