#include "host/line_reader.hpp"

#include <cstring>
#include <utility>

namespace reprise {
namespace {

constexpr std::size_t buffer_bytes = 65'536;
static_assert(buffer_bytes > 2 * line_bytes_max);

}  // namespace

line_reader::line_reader(std::unique_ptr<byte_source> source, std::string name)
    : source_{std::move(source)}, name_{std::move(name)}, buffer_(buffer_bytes + line_padding) {}

outcome<bool> line_reader::next(std::string_view& read) {
  ++line_number_;
  std::size_t searched = 0;
  for (;;) {
    const char* first = buffer_.data() + begin_;
    const std::size_t held = end_ - begin_;
    const void* newline =
        held == searched ? nullptr : std::memchr(first + searched, '\n', held - searched);
    searched = held;
    if (newline != nullptr || (at_end_ && held > 0)) {
      const std::size_t length =
          newline == nullptr ? held
                             : static_cast<std::size_t>(static_cast<const char*>(newline) - first);
      if (length > line_bytes_max) break;
      read = {first, length};
      begin_ += length + (newline == nullptr ? 0 : 1);
      return true;
    }
    if (held > line_bytes_max) break;
    if (at_end_) return false;
    if (auto filled = fill(); !filled) return filled.error();
  }
  return malformed("a line of at most " + std::to_string(line_bytes_max) + " bytes",
                   "a longer one");
}

outcome<void> line_reader::skip_line() {
  for (;;) {
    const char* first = buffer_.data() + begin_;
    const void* newline = begin_ == end_ ? nullptr : std::memchr(first, '\n', end_ - begin_);
    if (newline != nullptr) {
      begin_ += static_cast<std::size_t>(static_cast<const char*>(newline) - first) + 1;
      return {};
    }
    begin_ = end_;
    if (at_end_) return {};
    if (auto filled = fill(); !filled) return filled;
  }
}

outcome<void> line_reader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const auto read = source_->read({buffer_.data() + end_, buffer_bytes - end_});
  if (!read) return read.error();
  at_end_ = *read == 0;
  end_ += *read;
  bytes_read_ += *read;
  if (at_end_) std::memset(buffer_.data() + end_, ' ', line_padding);
  return {};
}

failure line_reader::malformed(std::string_view expected, std::string_view found) const {
  std::string text = name_ + ":" + std::to_string(line_number_) + ": expected ";
  text.append(expected).append(", found ").append(found);
  return {errc::data_malformed, std::move(text)};
}

std::string quoted(std::string_view foreign) {
  constexpr std::size_t shown_bytes_max = 32;
  std::string text = "\"";
  for (const char byte : foreign.substr(0, shown_bytes_max)) {
    text += byte >= ' ' && byte <= '~' ? byte : '?';
  }
  text += foreign.size() > shown_bytes_max ? "...\"" : "\"";
  return text;
}

}  // namespace reprise
