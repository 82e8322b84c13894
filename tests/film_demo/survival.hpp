// `film-demo --survival DIR`: what re-encoding, and reading at another phase of the second, leave
// of the change vectors of the films in a folder. The table of bench/README.md.
//
// Errors   those of reprise-media and ffmpeg; data_malformed: no film in the folder
#pragma once

#include <string>

#include "host/failure.hpp"

namespace reprise::film_demo {

[[nodiscard]] outcome<void> measure_survival(const std::string& folder);

}  // namespace reprise::film_demo
