// The film demo: builds a broadcast of real films in which clips come back by a seeded schedule,
// has `reprise fingerprint` and `reprise scan --repeats` look at it, and judges what they found.
//
// Errors   those of the programs that it runs; data_malformed: films that do not suffice
// Owns     a temporary folder, removed at the end
//
// Twice: as playout does it (each clip encoded once, joined without encoding again), where every
// scheduled repeat must be found and every other one explained, and encoded anew as one video,
// whose shares are printed as they are.
#pragma once

#include <cstdint>
#include <string>

#include "host/failure.hpp"

namespace reprise::film_demo {

struct demo_options {
  std::string films = "/usr/share/planetblupi/movie";
  std::string reprise;  // the program
  std::string save;     // a folder for broadcast.ndjson and schedule.json; empty: not saved
  std::uint64_t seed = 1;
};

// True if every scheduled repeat of the playout was found at its place, and nothing unexplained.
[[nodiscard]] outcome<bool> run_demo(const demo_options& options);

}  // namespace reprise::film_demo
