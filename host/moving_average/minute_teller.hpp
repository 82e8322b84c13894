// Tells the averages of each minute soon after it has ended, to whoever watches.
//
// Shapes   an event moving_average, of no channel, for each configured window: {"date",
//          "window_size","average_delivery_time"}, the number as average_row.hpp writes it. Each
//          minute is told once, settle_time after its end and behind all that waits for the writer
//          then, so that what was delivered in it is counted; where the clock has passed over
//          minutes, the last of them alone. When the clock steps back nothing is told until it has
//          caught up, but for a step of more than step_back_max, behind which it begins anew
// Errors   a minute that cannot be read is not told
// Threads  the core executor; the store is read on the reader's
// Owns     nothing; what it was made with outlives it, and the last tasks of writer and reader
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "host/core_link.hpp"
#include "host/event.hpp"
#include "host/moving_average/delivery_store.hpp"

namespace reprise {

class minute_teller {
 public:
  static constexpr std::chrono::milliseconds settle_time{2'000};
  static constexpr std::chrono::minutes step_back_max{5};

  minute_teller(scheduler& core, executor& writer, executor& reader, delivery_reader& store,
                event_sink& events, std::vector<std::uint32_t> windows);
  void start();

 private:
  [[nodiscard]] event_minute settled() const;  // the last minute that ended settle_time ago
  void look();
  void tell(event_minute minute);
  void read(event_minute minute);

  executor& writer_;
  executor& reader_;
  delivery_reader& store_;
  event_sink& events_;
  std::vector<std::uint32_t> windows_;
  event_minute told_;  // the last one
  core_link link_;
};

}  // namespace reprise
