// What goes over the pipes of reprise-vision: pictures to it, one after the other, and what it sees
// in each of them back.
//
// Shapes   a message is a kind and a length (u32 each, little-endian) and that many bytes. To it:
//          describe, faces or classify, each with a picture of 1 to picture_bytes_max bytes. Back,
//          first of all ready or refused, then one answer a picture: descriptor: descriptor_numbers
//          float64; faces: face_numbers float64 each, faces_max at most; classification: a score
//          (float64, 0 to 1) and a label of one line; refused: a reason (u32) and a text of one
//          line. Descriptors and encodings have length 1. An answer of any other form is a crash
// Errors   next(): data_malformed for what is no request, helper_failed for what is no reply
// Threads  one at a time
// Owns     a reader holds at most one message and what was appended behind it
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "host/failure.hpp"
#include "host/vision.hpp"

namespace reprise::sight {

inline constexpr std::size_t text_bytes_max = 512;  // of labels, too
inline constexpr std::size_t faces_max = 64;
inline constexpr std::size_t reply_bytes_max = 8 * faces_max * face_numbers;
// How far the length of a descriptor or an encoding may be from 1: rounding alone.
inline constexpr double length_tolerance = 1e-9;

enum class question : std::uint32_t { describe = 1, faces = 2, classify = 3 };

struct request {
  question asked = question::describe;
  std::vector<std::byte> picture;
};

// What goes before the picture itself.
[[nodiscard]] std::vector<std::byte> encode_head(question asked, std::size_t picture_bytes);

struct ready {
  friend bool operator==(const ready&, const ready&) = default;
};

using faces = std::vector<face_encoding>;

enum class reason : std::uint32_t {
  picture = 1,  // it is none, is broken, or claims too much
  memory = 2,   // an allocation was refused
  setting = 3,  // a model, its labels or a cascade is missing or broken; said instead of ready
  library = 4,  // OpenCV failed, in its own words
};

struct refused {
  reason why = reason::picture;
  std::string text;
  friend bool operator==(const refused&, const refused&) = default;
};

using reply = std::variant<ready, picture_descriptor, faces, classification, refused>;

// The text of a refusal is cut to text_bytes_max; asserted: a label fits. Texts are lines.
[[nodiscard]] std::vector<std::byte> encode(const reply& sent);

// Whole messages of a stream that comes in pieces of any size.
class message_reader {
 public:
  explicit message_reader(std::size_t body_bytes_max) noexcept : body_bytes_max_{body_bytes_max} {}
  void append(std::span<const std::byte> bytes) {
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  }
  [[nodiscard]] bool is_empty() const noexcept { return pending_.empty(); }

 protected:
  struct message {
    std::uint32_t kind = 0;
    std::vector<std::byte> body;
  };
  enum class state { more, whole, too_long };
  [[nodiscard]] state next_message(message& read);

 private:
  std::size_t body_bytes_max_;
  std::vector<std::byte> pending_;
};

class request_reader : public message_reader {
 public:
  request_reader() noexcept : message_reader{picture_bytes_max} {}
  // False if more bytes are needed.
  [[nodiscard]] outcome<bool> next(request& read);
};

class reply_reader : public message_reader {
 public:
  reply_reader() noexcept : message_reader{reply_bytes_max} {}
  // False if more bytes are needed.
  [[nodiscard]] outcome<bool> next(reply& read);
};

}  // namespace reprise::sight
