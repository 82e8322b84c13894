// REPRISE_ASSERT: stops the process when an invariant of ours is broken, in release builds too.
//
// Never for bytes from outside: those are an `errc`. One condition each, so that the message names
// it.
#pragma once

namespace reprise {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace reprise

#define REPRISE_ASSERT(condition)                      \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::reprise::assertion_failed(#condition, __FILE__, __LINE__))
