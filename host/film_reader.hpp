// Reads one film's fingerprints, second by second, through the helper program reprise-media.
//
// Errors   io_failed: missing, a directory, not a file, unreadable; data_malformed: not a video, a
//          film without a video stream, too short; helper_missing: reprise-media is not there;
//          helper_failed: it crashed, or passed a limit. Texts begin with the film's name
// Threads  one at a time
// Owns     nothing after it returns
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "host/media_protocol.hpp"

namespace reprise {

struct helper_limits {
  // Address space of reprise-media. A 4K film of 10 bits a sample with its references takes 1.2
  // GiB.
  std::uint64_t memory_bytes_max = std::uint64_t{4} << 30;
  // How long it may say nothing. It says something for each second of film and five times a second,
  // so this is one packet that takes far too long.
  std::chrono::milliseconds silence_max{30'000};
};

struct film_visitor {
  std::function<outcome<void>(const media::sampled_second&)> second;
  std::function<void(const media::progress&)> progress = {};
};

// Whether the film is a file that can be read; says nothing of what is in it.
[[nodiscard]] outcome<void> check_film(const std::string& film);

// Every second of the film that has a picture, in order; what the helper said at its end.
[[nodiscard]] outcome<media::film_end> read_film(const std::string& film,
                                                 const helper_limits& limits,
                                                 const film_visitor& visitor);

}  // namespace reprise
