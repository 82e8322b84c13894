// The reference engine: the rule as written, bit by bit, over a plain map of seconds. The oracle of
// every test and of every explanation; never tuned, never removed.
//
// Shapes, Errors, Threads, Owns: as matcher.hpp; step() runs on the caller's thread alone
// Agrees   it is what the others agree with
#pragma once

#include <memory>

#include "host/match/matcher.hpp"

namespace reprise {

[[nodiscard]] result<std::unique_ptr<matcher>> make_reference_matcher(const rule& by);

}  // namespace reprise
