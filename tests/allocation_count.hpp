// How often this program has allocated: its operator new counts.
#pragma once

#include <cstdint>

namespace reprise {

[[nodiscard]] std::uint64_t allocation_count() noexcept;

}  // namespace reprise
