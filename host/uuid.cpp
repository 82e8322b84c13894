#include "host/uuid.hpp"

#include <array>

#include "host/hex.hpp"

namespace reprise {

std::string make_uuid(random_source& random) {
  std::array<std::byte, 16> bits;
  random.fill(bits);
  bits[6] = (bits[6] & std::byte{0x0f}) | std::byte{0x40};  // the version
  bits[8] = (bits[8] & std::byte{0x3f}) | std::byte{0x80};  // the variant
  std::string digits;
  append_hex(digits, bits);
  for (const std::size_t hyphen : {20U, 16U, 12U, 8U}) digits.insert(hyphen, 1, '-');
  return digits;
}

}  // namespace reprise
