#include "host/vision_protocol.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "host/little_endian.hpp"
#include "host/match/assert.hpp"

namespace reprise::sight {
namespace {

constexpr std::size_t head_bytes = 8;

enum class kind : std::uint32_t {
  ready = 1,
  descriptor = 2,
  faces = 3,
  classification = 4,
  refused = 5,
};

void put_head(std::vector<std::byte>& bytes, std::uint32_t sent, std::size_t length) {
  put_little_endian(bytes, sent, 4);
  put_little_endian(bytes, length, 4);
}

void put_numbers(std::vector<std::byte>& bytes, std::span<const double> numbers) {
  for (const double each : numbers) {
    put_little_endian(bytes, std::bit_cast<std::uint64_t>(each), 8);
  }
}

void put_text(std::vector<std::byte>& bytes, std::string_view text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  bytes.insert(bytes.end(), first, first + text.size());
}

struct encoder {
  std::vector<std::byte>& bytes;

  void head(kind sent, std::size_t length) const {
    put_head(bytes, static_cast<std::uint32_t>(sent), length);
  }
  void operator()(const ready&) const { head(kind::ready, 0); }
  void operator()(const picture_descriptor& sent) const {
    head(kind::descriptor, 8 * sent.size());
    put_numbers(bytes, sent);
  }
  void operator()(const faces& sent) const {
    REPRISE_ASSERT(sent.size() <= faces_max);
    head(kind::faces, 8 * face_numbers * sent.size());
    for (const face_encoding& each : sent) put_numbers(bytes, each);
  }
  void operator()(const classification& sent) const {
    REPRISE_ASSERT(sent.label.size() <= text_bytes_max);
    head(kind::classification, 8 + sent.label.size());
    put_numbers(bytes, {&sent.score, 1});
    put_text(bytes, sent.label);
  }
  void operator()(const refused& sent) const {
    const std::string_view text = std::string_view{sent.text}.substr(0, text_bytes_max);
    head(kind::refused, 4 + text.size());
    put_little_endian(bytes, static_cast<std::uint32_t>(sent.why), 4);
    put_text(bytes, text);
  }
};

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_line(std::string_view text) {
  return text.size() <= text_bytes_max && std::none_of(text.begin(), text.end(), [](char each) {
           return static_cast<unsigned char>(each) < 0x20 || each == 0x7f;
         });
}

// False unless they are a vector of length 1.
bool read_unit(std::span<const std::byte> bytes, std::span<double> into) {
  double squares = 0;
  for (std::size_t i = 0; i < into.size(); ++i) {
    into[i] = std::bit_cast<double>(get_little_endian(bytes, 8 * i, 8));
    squares += into[i] * into[i];
  }
  return std::abs(std::sqrt(squares) - 1) <= length_tolerance;  // NaN is not
}

bool read_faces(std::span<const std::byte> body, reply& read) {
  constexpr std::size_t face_bytes = 8 * face_numbers;
  if (body.size() % face_bytes != 0 || body.size() / face_bytes > faces_max) return false;
  faces all(body.size() / face_bytes);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!read_unit(body.subspan(i * face_bytes, face_bytes), all[i])) return false;
  }
  read = std::move(all);
  return true;
}

bool read_classification(std::span<const std::byte> body, reply& read) {
  if (body.size() <= 8) return false;
  const auto score = std::bit_cast<double>(get_little_endian(body, 0, 8));
  const std::string_view label = text_of(body.subspan(8));
  if (!(score >= 0 && score <= 1) || !is_line(label)) return false;
  read = classification{std::string{label}, score};
  return true;
}

bool read_refused(std::span<const std::byte> body, reply& read) {
  if (body.size() < 4) return false;
  const std::uint64_t why = get_little_endian(body, 0, 4);
  const std::string_view text = text_of(body.subspan(4));
  if (why < 1 || why > 4 || !is_line(text)) return false;
  read = refused{static_cast<reason>(why), std::string{text}};
  return true;
}

// False if the body is not one of that kind.
bool decode(std::uint32_t sent, std::span<const std::byte> body, reply& read) {
  switch (static_cast<kind>(sent)) {
    case kind::ready:
      read = ready{};
      return body.empty();
    case kind::descriptor: {
      picture_descriptor numbers;
      if (body.size() != 8 * numbers.size() || !read_unit(body, numbers)) return false;
      read = numbers;
      return true;
    }
    case kind::faces:
      return read_faces(body, read);
    case kind::classification:
      return read_classification(body, read);
    case kind::refused:
      return read_refused(body, read);
  }
  return false;
}

}  // namespace

std::vector<std::byte> encode_head(question asked, std::size_t picture_bytes) {
  REPRISE_ASSERT(picture_bytes <= picture_bytes_max);
  std::vector<std::byte> bytes;
  put_head(bytes, static_cast<std::uint32_t>(asked), picture_bytes);
  return bytes;
}

std::vector<std::byte> encode(const reply& sent) {
  std::vector<std::byte> bytes;
  std::visit(encoder{bytes}, sent);
  return bytes;
}

message_reader::state message_reader::next_message(message& read) {
  if (pending_.size() < head_bytes) return state::more;
  const std::uint64_t length = get_little_endian(pending_, 4, 4);
  if (length > body_bytes_max_) return state::too_long;
  if (pending_.size() - head_bytes < length) return state::more;
  read.kind = static_cast<std::uint32_t>(get_little_endian(pending_, 0, 4));
  const auto body = pending_.begin() + head_bytes;
  const auto end = body + static_cast<std::ptrdiff_t>(length);
  read.body.assign(body, end);
  pending_.erase(pending_.begin(), end);
  return state::whole;
}

outcome<bool> request_reader::next(request& read) {
  message whole;
  switch (next_message(whole)) {
    case state::more:
      return false;
    case state::too_long:
      return failure{errc::data_malformed, "a request holds more than the largest picture"};
    case state::whole:
      break;
  }
  if (whole.kind < 1 || whole.kind > 3) {
    return failure{errc::data_malformed, "a request asks for what is not known"};
  }
  read = {static_cast<question>(whole.kind), std::move(whole.body)};
  return true;
}

outcome<bool> reply_reader::next(reply& read) {
  message whole;
  switch (next_message(whole)) {
    case state::more:
      return false;
    case state::too_long:
      return failure{errc::helper_failed, "reprise-vision says more than any answer"};
    case state::whole:
      break;
  }
  if (!decode(whole.kind, whole.body, read)) {
    return failure{errc::helper_failed, "reprise-vision gave an answer that is none"};
  }
  return true;
}

}  // namespace reprise::sight
