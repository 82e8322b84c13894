// Who is told what became of a request, later: once, never inside the call.
#pragma once

#include <functional>

#include "host/failure.hpp"

namespace reprise {

template <typename T>
using done = std::function<void(outcome<T>)>;

}  // namespace reprise
