// The property that every uploaded picture must have, fuzzed and replayed.
#pragma once

#include <string>

namespace reprise {

// Reads the bytes as a picture's header and as a whole picture: what is told of a bad one is one
// line, a good one claims pixels within bounds, the whole agrees with the header, and bytes that
// come behind change neither. Aborts where that does not hold.
void check_picture_file(const std::string& bytes);

}  // namespace reprise
