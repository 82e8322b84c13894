#include "host/printable.hpp"

namespace reprise {

std::string printable(std::string_view foreign) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(foreign.size());
  for (const char character : foreign) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte >= 0x20 && byte != 0x7f) {
      text += character;
    } else {
      text += "\\x";
      text += digits[byte >> 4];
      text += digits[byte & 0xf];
    }
  }
  return text;
}

}  // namespace reprise
