// The property that what comes of pictures over HTTP must have, fuzzed and replayed.
#pragma once

#include <string>

namespace reprise {

// Reads the bytes as base64, and as what a server of the Open Inference Protocol says of a model
// and of a picture: what is taken is within its bounds, base64 is written again as the same, and
// what is said of the rest is one line. Aborts where that does not hold.
void check_inference(const std::string& bytes);

}  // namespace reprise
