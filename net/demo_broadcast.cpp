#include "net/demo_broadcast.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

#include "host/hex.hpp"

// The file's bytes, as they are.
asm(".section .rodata\n"
    ".balign 16\n"
    "reprise_demo_broadcast_begin: .incbin \"" REPRISE_DEMO_BROADCAST
    "\"\n"
    "reprise_demo_broadcast_end:\n"
    ".previous\n");

extern "C" const char reprise_demo_broadcast_begin[];
extern "C" const char reprise_demo_broadcast_end[];

namespace reprise {

outcome<simulate::played_recording> demo_broadcast() {
  std::string_view lines{
      reprise_demo_broadcast_begin,
      static_cast<std::size_t>(reprise_demo_broadcast_end - reprise_demo_broadcast_begin)};
  const failure broken{errc::data_malformed, "the demonstration's broadcast is damaged"};
  simulate::played_recording played;
  while (!lines.empty()) {
    const std::size_t length = lines.find('\n');
    const auto line = nlohmann::json::parse(lines.substr(0, length), nullptr, false);
    if (length == std::string_view::npos || !line.is_object()) return broken;
    lines.remove_prefix(length + 1);
    const auto time = line.value("time", std::size_t{0});
    const std::string digits = line.value("bits", "");
    fingerprint bits;
    if (time < played.size() || digits.size() != 2 * bits.size() ||
        decode_hex(digits, bits) != digits.size()) {
      return broken;
    }
    played.resize(time);  // seconds that are missing are gaps
    played.emplace_back(bits);
  }
  return played;
}

}  // namespace reprise
