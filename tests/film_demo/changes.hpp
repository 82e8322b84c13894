// Change vectors of films, compared as the rule compares them.
//
// Threads  pure, but for read_seconds(), which starts reprise-media
#pragma once

#include <map>
#include <string>

#include "host/film_reader.hpp"

namespace reprise::film_demo {

using bits = std::array<std::byte, fingerprint_bytes>;
using second_map = std::map<std::int64_t, bits>;  // by second of presentation time

[[nodiscard]] outcome<second_map> read_seconds(const std::string& film);

// The C of every second that has one.
[[nodiscard]] second_map changes_of(const second_map& seconds);

[[nodiscard]] bool prefix_equal(const bits& a, const bits& b);
[[nodiscard]] bool prefix_zero(const bits& change);
// The agreement of two suffixes as a part of the greatest one.
[[nodiscard]] double suffix_similarity(const bits& a, const bits& b);

// How change vectors compare: those of `altered`, `shift` seconds later, with those of `original`.
struct survival {
  std::size_t compared = 0;
  std::size_t equal = 0;       // prefixes
  std::size_t runs = 0;        // of five consecutive ones
  std::size_t runs_equal = 0;  // all five
  double similarity_sum = 0;   // of the suffixes where prefixes are equal

  void add(const second_map& original, const second_map& altered, std::int64_t shift);
};

}  // namespace reprise::film_demo
