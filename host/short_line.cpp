#include "host/short_line.hpp"

#include <algorithm>

#include "host/printable.hpp"

namespace reprise {

std::string short_line(std::string_view said, std::size_t bytes_max) {
  std::string text = printable(said);
  std::size_t end = std::min(text.size(), bytes_max);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  text.resize(end);
  return text;
}

}  // namespace reprise
