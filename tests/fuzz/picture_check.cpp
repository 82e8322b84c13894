#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "host/match/assert.hpp"
#include "host/picture_header.hpp"
#include "host/vision.hpp"
#include "tests/fuzz/picture_fuzz.hpp"

namespace reprise {
namespace {

bool is_line(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char each) {
    return static_cast<unsigned char>(each) < 0x20 || each == 0x7f;
  });
}

void check_claim(const outcome<picture_header>& read) {
  if (!read) {
    REPRISE_ASSERT(read.error().code == errc::data_malformed);
    REPRISE_ASSERT(is_line(read.error().what));
    return;
  }
  REPRISE_ASSERT(read->width > 0 && read->height > 0);
  REPRISE_ASSERT(std::uint64_t{read->width} * read->height <= picture_pixels_max);
}

}  // namespace

void check_picture_file(const std::string& bytes) {
  // Of its own size, so that a byte read behind the end is seen.
  const auto all = std::as_bytes(std::span{bytes});
  std::vector<std::byte> file{all.begin(), all.end()};
  const auto head = read_picture_header(file);
  const auto whole = check_picture(file);
  check_claim(head);
  check_claim(whole);
  REPRISE_ASSERT(!whole || (head && *head == *whole));
  // More bytes change nothing: neither what the first ones say, nor a picture that they follow.
  const auto first = read_picture_header(std::span{file}.first(file.size() / 2));
  REPRISE_ASSERT(!first || (head && *head == *first));
  file.push_back(std::byte{0xff});
  REPRISE_ASSERT(!whole || check_picture(file).value() == *whole);
}

}  // namespace reprise
