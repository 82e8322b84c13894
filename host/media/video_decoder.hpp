// The video decoder: the frames of a film's video stream as luma pictures, through ffmpeg's
// libraries. The only file family that knows them.
//
// Shapes   timestamps in microseconds as the file has them; frames in order of presentation,
//          upright
// Errors   open(): what is wrong with the file. next(): memory alone; a packet that cannot be read
//          or decoded is skipped and counted, a film that breaks off ends there
// Threads  one at a time; decodes on up to decode_threads_max of its own
// Owns     the open file and the decoder
//
// Cover art and thumbnails are not video. Names are files, never URLs or patterns, and a file may
// not lead to others: no other file is ever opened.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "host/media/luma_picture.hpp"
#include "host/media_protocol.hpp"

namespace reprise {

inline constexpr int decode_threads_max = 4;
inline constexpr std::int64_t frame_pixels_max = std::int64_t{16'384} * 8'192;

struct decoded_frame {
  std::optional<std::int64_t> timestamp_us;
  std::optional<std::int64_t> duration_us;
  luma_picture luma;
};

// What the file's header says, and what has been seen of it so far.
struct film_facts {
  std::int64_t period_us = 0;                 // how long a frame usually lasts
  std::optional<std::int64_t> stated_end_us;  // the last timestamp that the header promises
  std::optional<std::int64_t> newest_end_us;  // of any stream
  std::optional<std::int64_t> audio_end_us;   // of the longest audio stream
  std::uint64_t packets_damaged = 0;
};

enum class decoding { frame, packet, end };  // a frame was made; more to read; no more frames

class video_decoder {
 public:
  [[nodiscard]] static std::variant<std::unique_ptr<video_decoder>, media::failed> open(
      const std::string& path);
  virtual ~video_decoder() = default;

  [[nodiscard]] virtual std::variant<decoding, media::failed> next(decoded_frame& made) = 0;
  [[nodiscard]] virtual const film_facts& facts() const noexcept = 0;
};

}  // namespace reprise
