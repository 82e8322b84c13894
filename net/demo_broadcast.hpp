// The broadcast that the demonstration plays: 16 minutes of fingerprints of freely licensed films,
// cut and repeated by a schedule, inside the program. How it was made: tests/data/film.
//
// Errors   data_malformed, which would be a broken build
// Threads  pure
#pragma once

#include "net/simulate/broadcast.hpp"

namespace reprise {

[[nodiscard]] outcome<simulate::played_recording> demo_broadcast();

}  // namespace reprise
