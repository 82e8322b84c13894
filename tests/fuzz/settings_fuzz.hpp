// The property that every text by which the service is told what to do must have, fuzzed and
// replayed.
#pragma once

#include <string>

namespace reprise {

// Reads the bytes as a channel's settings, as a patch of some, as a URL, as a Retry-After and as
// the configuration file: what is taken is within its bounds and is read again as the same; what is
// said of the rest is one line. Aborts where that does not hold.
void check_settings(const std::string& bytes);

}  // namespace reprise
