// One minute's average as a line of JSON.
//
// Shapes   {"date": "2018-12-26 18:11:00", "average_delivery_time": 25.5} and a newline. A mean is
//          the shortest decimal number that reads back the same, without an exponent; a whole one
//          is without a point
// Errors   none; asserted: a mean is 0 to duration_seconds_max
// Threads  one at a time
#pragma once

#include <string>

#include "host/moving_average/event_time.hpp"

namespace reprise {

// The number alone.
void append_mean(std::string& out, double mean_seconds);

// Keeps the text of the latest mean: most minutes have that of the minute before.
class average_row_writer {
 public:
  void append(std::string& out, event_minute date, double mean_seconds);

 private:
  double mean_seconds_ = 0;
  std::string mean_text_ = "0";
};

}  // namespace reprise
