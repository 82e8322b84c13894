// What is counted of texts that are known to be UTF-8.
//
// Threads  pure
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace reprise {

// Code points.
[[nodiscard]] inline std::size_t characters_of(std::string_view valid) noexcept {
  return static_cast<std::size_t>(std::count_if(valid.begin(), valid.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
  }));
}

}  // namespace reprise
