#include "net/http_body.hpp"

#include <algorithm>

#include "net/http_text.hpp"

namespace reprise {
namespace {

constexpr std::size_t size_digits_max = 8;  // 4 GiB in one chunk

std::string too_large(std::uint64_t bytes_max) {
  return bytes_max == 0 ? "no body is taken here"
                        : "the whole body may have " + std::to_string(bytes_max) + " bytes here";
}

}  // namespace

http_body_reader::http_body_reader(body_framing framing, std::uint64_t length,
                                   std::uint64_t bytes_max)
    : bytes_max_{bytes_max} {
  if (framing == body_framing::chunked) {
    chunked_ = true;
    step_ = step::first_digit;
    if (bytes_max == 0) refuse(413, "body_too_large", too_large(bytes_max));
  } else if (length > bytes_max) {
    refuse(413, "body_too_large", too_large(bytes_max));
  } else if (length == 0) {
    state_ = reading::done;
  }
  left_ = length;
}

std::size_t http_body_reader::take(std::string_view bytes) {
  std::size_t taken = 0;
  while (state_ == reading::more && taken < bytes.size()) {
    if (step_ != step::data) {
      take_byte(bytes[taken++]);
      continue;
    }
    const auto piece = bytes.substr(taken, std::min<std::uint64_t>(left_, bytes.size() - taken));
    body_ += piece;
    taken += piece.size();
    left_ -= piece.size();
    bytes_ += piece.size();
    if (left_ > 0) break;
    if (chunked_) {
      step_ = step::data_cr;
    } else {
      state_ = reading::done;
    }
  }
  return taken;
}

void http_body_reader::take_byte(char byte) {
  switch (step_) {
    case step::first_digit:
      left_ = 0;
      digits_ = 0;
      step_ = step::digits;
      return take_digit(byte);
    case step::digits:
      if (byte == '\r') {
        step_ = step::size_lf;
        return;
      }
      return take_digit(byte);
    case step::size_lf:
      expect(byte, '\n', left_ == 0 ? step::end_cr : step::data, "a bad end of a chunk's size");
      if (left_ > bytes_max_ - bytes_) refuse(413, "body_too_large", too_large(bytes_max_));
      return;
    case step::data_cr:
      return expect(byte, '\r', step::data_lf, "a chunk that is longer than its size");
    case step::data_lf:
      return expect(byte, '\n', step::first_digit, "a chunk that is longer than its size");
    case step::end_cr:
      return expect(byte, '\r', step::end_lf, "trailers are not taken");
    case step::end_lf:
      expect(byte, '\n', step::end_lf, "a bad end of the chunks");
      if (state_ == reading::more) state_ = reading::done;
      return;
    case step::data:
      return;
  }
}

void http_body_reader::take_digit(char byte) {
  const int digit = hex_value(byte);
  if (digit < 0 || ++digits_ > size_digits_max) {
    return refuse(400, "bad_framing", "a bad size of a chunk");
  }
  left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
}

void http_body_reader::expect(char byte, char wanted, step next, std::string_view what) {
  if (byte == wanted) {
    step_ = next;
  } else {
    refuse(400, "bad_framing", std::string{what});
  }
}

void http_body_reader::refuse(unsigned status, std::string_view code, std::string detail) {
  if (state_ == reading::refused) return;
  state_ = reading::refused;
  refusal_ = {status, code, std::move(detail)};
}

}  // namespace reprise
