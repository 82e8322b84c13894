// The messages that reprise-media writes to its standard output, for the program that started it.
//
// Shapes   a message is a kind and a length (u32 each, little-endian) and that many bytes:
//          second: its number (u64, increasing) and 128 bytes; progress: microseconds done and in
//          all, 0 if unknown (u64 each); end: film_end's fields in order (u64 each); failed: a
//          reason (u32) and a text of one line. The last message is end or failed: a stream that
//          stops before it is a crash, never a film
// Errors   next(): helper_failed for bytes that are none of these messages
// Threads  one at a time
// Owns     the reader holds at most one message
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "host/recording.hpp"

namespace reprise::media {

inline constexpr std::size_t text_bytes_max = 512;
inline constexpr std::size_t message_bytes_max = 4 + text_bytes_max;
// The writer says something at least this often, as long as it gets on.
inline constexpr std::int64_t progress_interval_ms = 200;

struct sampled_second {
  std::uint64_t number = 0;
  std::array<std::byte, fingerprint_bytes> bits{};
  friend bool operator==(const sampled_second&, const sampled_second&) = default;
};

struct progress {
  std::uint64_t done_us = 0;
  std::uint64_t total_us = 0;
  friend bool operator==(const progress&, const progress&) = default;
};

struct film_end {
  std::uint64_t seconds = 0;              // of the whole film, gaps included
  std::uint64_t packets_damaged = 0;      // skipped: they could not be read or decoded
  std::uint64_t timestamps_repaired = 0;  // could not be used as they were
  std::uint64_t missing_us = 0;           // the film ends this much before its header says
  friend bool operator==(const film_end&, const film_end&) = default;
};

enum class reason : std::uint32_t {
  not_video = 1,  // the file is damaged, foreign, or holds no moving picture
  io = 2,         // the file could not be opened or read
  memory = 3,     // an allocation was refused
};

struct failed {
  reason why = reason::not_video;
  std::string text;
  friend bool operator==(const failed&, const failed&) = default;
};

using message = std::variant<sampled_second, progress, film_end, failed>;

// Texts are cut to text_bytes_max.
[[nodiscard]] std::vector<std::byte> encode(const message& sent);

class message_reader {
 public:
  // Keeps `bytes` that are not yet taken by next().
  void append(std::span<const std::byte> bytes);
  // The next whole message into `read`; false if more bytes are needed.
  [[nodiscard]] outcome<bool> next(message& read);

 private:
  std::vector<std::byte> pending_;
  std::size_t taken_ = 0;
};

}  // namespace reprise::media
