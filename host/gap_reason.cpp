#include "host/gap_reason.hpp"

namespace reprise {
namespace {

constexpr std::array<std::string_view, gap_reasons> words = {
    "none",    "timeout",   "connect",   "dns",        "blocked",  "tls",      "status",
    "framing", "too_large", "malformed", "frame_time", "conflict", "late",     "clock",
    "circuit", "down",      "disk",      "corrupt",    "drift",    "overload", "absent",
};

}  // namespace

std::string_view to_string(gap_reason reason) noexcept {
  return words[static_cast<std::size_t>(reason)];
}

std::optional<gap_reason> gap_reason_of(std::uint8_t stored) noexcept {
  if (stored >= gap_reasons) return {};
  return static_cast<gap_reason>(stored);
}

}  // namespace reprise
