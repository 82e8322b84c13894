// Delivery events that are stored together, in little memory.
//
// Shapes   in the order in which they came; 112 bytes each, and their texts
// Errors   add() throws std::bad_alloc; asserted: all texts together have less than 4 GiB
// Threads  one at a time
// Owns     the texts: those of an event that is given out live until the next add()
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "host/moving_average/delivery_event.hpp"

namespace reprise {

class event_batch {
 public:
  void add(const delivery_event& added);
  [[nodiscard]] std::size_t size() const noexcept { return events_.size(); }
  [[nodiscard]] bool empty() const noexcept { return events_.empty(); }
  [[nodiscard]] delivery_event operator[](std::size_t index) const;

 private:
  struct packed_text {
    std::uint32_t begin = 0;
    std::uint32_t bytes = 0;
    bool is_there = false;
  };
  struct packed_event {
    event_time time;
    duration_sum duration;
    std::optional<std::uint64_t> nr_words;
    std::array<packed_text, delivery_event_texts.size()> texts;
  };

  std::string texts_;
  std::vector<packed_event> events_;
};

}  // namespace reprise
