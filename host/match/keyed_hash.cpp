#include "host/match/keyed_hash.hpp"

#include <random>

namespace reprise {

const hash_key& process_hash_key() {
  static const hash_key key = [] {
    std::random_device entropy;  // the system's: getentropy or RDRAND in libstdc++
    const auto word = [&] { return static_cast<std::uint64_t>(entropy()) << 32 | entropy(); };
    return hash_key{word(), word()};
  }();
  return key;
}

}  // namespace reprise
