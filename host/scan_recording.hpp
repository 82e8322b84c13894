// One recording through one engine: its matches or its repeats as text.
//
// Errors   the reader's; what the engine refuses; output_closed where `emit` says stop
// Threads  one at a time; the counters may be read from elsewhere meanwhile
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "host/match/matcher.hpp"
#include "host/recording.hpp"
#include "host/scan_text.hpp"

namespace reprise {

// What all recordings of a scan add to.
struct scan_counters {
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> seconds{0};
};

struct recording_scan {
  recording_reader& reader;
  matcher& engine;
  search_settings settings;
  const scan_text& text;
  std::string_view channel;
  std::function<bool(std::string_view)> emit;  // false: nobody wants the rest
  scan_counters& counters;
};

// How many repeats had no place; 0 unless repeats are asked for. After a failure of the reader all
// that came before it has been emitted, open repeats too.
struct recording_scanned {
  std::uint64_t repeats_dropped = 0;
  std::optional<failure> failed = {};
};

[[nodiscard]] recording_scanned scan_recording(const recording_scan& job);

}  // namespace reprise
