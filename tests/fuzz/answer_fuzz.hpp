// The property that every answer of a source or a sink must hold, whatever its bytes: for the
// fuzzer, and for its corpus in the tests.
//
// Errors   asserts
// Threads  pure
#pragma once

#include <string>

namespace reprise {

// Read whole and byte by byte, an answer is the same, or fails both ways.
void check_answer(const std::string& bytes);

}  // namespace reprise
