// Work that may ask for much memory, with its refusal as a value.
//
// Shapes   what the work gives, as an outcome; nothing where it gives nothing
// Errors   the work's; host_memory where it throws std::bad_alloc
// Threads  the work's
#pragma once

#include <new>
#include <type_traits>

#include "host/failure.hpp"

namespace reprise {

template <typename R, typename Work>
[[nodiscard]] outcome<R> within_memory(Work&& work) {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Work&>>) {
      work();
      return {};
    } else {
      return work();
    }
  } catch (const std::bad_alloc&) {
    return failure{errc::host_memory, "there is no memory for it"};
  }
}

}  // namespace reprise
