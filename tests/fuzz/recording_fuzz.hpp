// The property that every input to the readers of recordings must have, fuzzed and replayed.
#pragma once

#include <string>

namespace reprise {

// Reads the bytes in both formats, whole and in small pieces: both must give the same seconds and
// the same failure, times increase, and what was read is written and read back the same. Aborts
// where that does not hold.
void check_recording(const std::string& bytes);

}  // namespace reprise
