// The property that every input to the readers of HTTP requests must have, fuzzed and replayed.
#pragma once

#include <string>

namespace reprise {

// Reads the bytes as requests on one connection, whole and in small pieces: both must come to the
// same requests and the same refusal, bodies and heads keep to their bounds, and whatever is told
// about a refusal is one printable line. Then reads them as JSON. Aborts where that does not hold.
void check_http(const std::string& bytes);

}  // namespace reprise
