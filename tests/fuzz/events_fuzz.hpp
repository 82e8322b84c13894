// The property that every input to the reader of events must have, fuzzed and replayed.
#pragma once

#include <string>

namespace reprise {

// Averages the bytes, whole and in small pieces: both must give the same rows and the same failure.
// Passing over bad lines must give what the good lines alone give. Aborts where that does not hold.
void check_events(const std::string& bytes);

}  // namespace reprise
