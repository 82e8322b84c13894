// The property that every upload of CSV must have, fuzzed and replayed.
#pragma once

#include <string>

namespace reprise {

// Reads the bytes as CSV and as a file of videos, whole and in pieces: both give the same, what is
// told of bad rows and files is one line, and the videos that were taken are written and read again
// as the same. Aborts where that does not hold.
void check_csv(const std::string& bytes);

}  // namespace reprise
