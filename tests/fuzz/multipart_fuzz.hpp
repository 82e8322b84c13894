// The property that every input to the reader of forms must have, fuzzed and replayed.
#pragma once

#include <string>

namespace reprise {

// The first line is the Content-Type, the rest the form: read whole and in small pieces, which must
// come to the same parts, data and refusal. Heads keep to their bounds, a form that is taken has
// ended, and whatever is told about a refusal is one printable line. Aborts where that does not
// hold.
void check_multipart(const std::string& bytes);

}  // namespace reprise
