// What the helper programs do alike: they are bounded before they begin, end with whoever started
// them, and answer on their standard output.
//
// Errors   start_helping, limit_memory_above: false, and the system's words on standard error where
//          it has any
// Threads  the main one
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace reprise {

// The counterpart of memory_argument(); nothing where the text is no such number.
[[nodiscard]] std::optional<std::uint64_t> parse_memory_argument(std::string_view text);

// Of address space, `memory_bytes` from now on, 0 for no limit. `parent` is what getppid() gave
// first of all. False where nobody is there to work for, or the limit could not be set.
[[nodiscard]] bool start_helping(const char* program, pid_t parent, std::uint64_t memory_bytes);

// Of address space, `memory_bytes` more than there is now, 0 for no limit: for a helper that first
// loads what its caller trusts. False as above.
[[nodiscard]] bool limit_memory_above(const char* program, std::uint64_t memory_bytes);

// Ends the process with status 1 where nobody reads.
void send_to_parent(std::span<const std::byte> bytes);

}  // namespace reprise
