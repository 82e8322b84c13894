// The version of this program, as `--version` prints it.
//
// Threads  pure
#pragma once

#include <string>

namespace reprise {

[[nodiscard]] std::string version_line();  // "reprise 0.1.0"
[[nodiscard]] std::string version_json();  // {"name","version","compiler","cuda"}

}  // namespace reprise
