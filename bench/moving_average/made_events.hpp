// Made-up delivery events, one every ten seconds on average: the same ones from the same seed.
//
// Shapes   lines as event_averages.hpp reads them, of about 228 bytes, with all fields
// Errors   none
// Threads  one at a time
#pragma once

#include <random>
#include <string>

#include "host/moving_average/event_time.hpp"

namespace reprise::bench {

class event_maker {
 public:
  void append_next(std::string& out);

 private:
  std::mt19937_64 random_{1};
  event_time time_{std::chrono::sys_days{std::chrono::year{2018} / 12 / 26}};
};

}  // namespace reprise::bench
