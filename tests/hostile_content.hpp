// Content that is made to break an engine: seeded fingerprint sequences with repeats, stills,
// loops, hot prefixes that come and go, equal scores, gaps and jumps of the clock.
//
// Shapes   fingerprints of rule.bytes() bytes; an empty one is a gap
// Threads  one at a time
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "host/match/rule.hpp"

namespace reprise {

struct made_second {
  std::int64_t time = 0;
  std::vector<std::byte> fingerprint;
};

class hostile_content {
 public:
  // `reach` is the window to play with: repeats and jumps lie within and just beyond it.
  hostile_content(const rule& by, std::uint32_t reach, std::uint64_t seed);

  [[nodiscard]] made_second next();
  // While held, nothing but a still picture and short passages of other content come.
  void hold_still(bool held) { held_still_ = held; }

 private:
  using words = std::vector<std::uint64_t>;
  enum class passage { random, repeat, still, loop, hot_prefix, gap };

  void start_passage();
  [[nodiscard]] words make_change();
  [[nodiscard]] words random_change();
  [[nodiscard]] std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(random_() % bound);
  }

  rule rule_;
  std::uint32_t reach_;
  std::mt19937_64 random_;
  std::int64_t time_;
  passage passage_ = passage::random;
  std::uint32_t passage_left_ = 0;
  bool held_still_ = false;
  std::uint32_t period_ = 1;
  std::uint32_t lag_ = 1;
  words fingerprint_;
  std::vector<words> prefixes_;  // a small pool, so that prefixes recur
  std::vector<words> changes_;   // all so far
};

}  // namespace reprise
