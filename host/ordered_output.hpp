// The output of several parts that are made at once, given out in the order of the parts.
//
// Shapes   parts are numbered from 0. Workers ask for the next part, append to it and finish it;
// one
//          consumer takes pieces, all of part 0 first
// Errors   a part's own failure travels in its last piece
// Threads  workers any, one consumer; cancel() from anywhere
// Owns     at most part_bytes_max and one text for each part held; a worker whose part is full
//          waits, and no part begins that lies ahead_max or more beyond the one being given out
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "host/failure.hpp"

namespace reprise {

class ordered_output {
 public:
  static constexpr std::size_t part_bytes_max = 1 << 20;

  struct piece {
    std::string text;
    bool last = false;  // of its part
    std::string note = {};
    std::optional<failure> failed = {};
  };

  ordered_output(std::size_t parts, std::size_t ahead_max);

  // Parts come in order, each once. Nothing when none is left, or after cancel().
  [[nodiscard]] std::optional<std::size_t> next_part();
  // False after cancel(): the part is to be given up.
  [[nodiscard]] bool append(std::size_t part, std::string_view text);
  void finish(std::size_t part, std::string note, std::optional<failure> failed);

  // What there is of the current part, once that is worth a write or `patience` has passed; it may
  // be no text at all. Nothing when all parts have been given out.
  [[nodiscard]] std::optional<piece> take(std::chrono::milliseconds patience);
  void cancel();

 private:
  std::mutex mutex_;
  std::condition_variable for_workers_;
  std::condition_variable for_consumer_;
  const std::size_t parts_;
  const std::size_t ahead_max_;
  std::size_t begun_ = 0;
  std::size_t current_ = 0;
  bool cancelled_ = false;
  std::map<std::size_t, piece> held_;
};

}  // namespace reprise
