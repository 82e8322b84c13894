#include "net/demo_broadcast.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

#include "host/hex.hpp"
#include "net/demo_broadcast_text.hpp"  // made by CMake from tests/data/film/broadcast.ndjson

namespace reprise {

outcome<simulate::played_recording> demo_broadcast() {
  std::string_view lines{embedded::demo_broadcast_text, sizeof embedded::demo_broadcast_text};
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
