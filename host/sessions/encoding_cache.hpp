// The encodings of the pictures that were used last, before the database is asked.
//
// Shapes   found by the SHA-256 of a picture's bytes; what was used longest ago goes first where
//          they would take more than bytes_max, and one that is larger than that is not kept
// Errors   none
// Threads  any
// Owns     what it holds, together with those who have found it
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "host/metrics.hpp"
#include "host/sessions/face_encodings.hpp"
#include "host/sha256.hpp"

namespace reprise {

class encoding_cache {
 public:
  using encodings_ptr = std::shared_ptr<const face_encodings>;
  // What an entry takes besides its numbers, about.
  static constexpr std::size_t entry_bytes = 256;

  explicit encoding_cache(std::size_t bytes_max) : bytes_max_{bytes_max} {}

  [[nodiscard]] encodings_ptr find(const sha256_digest& picture);  // null: it is not here
  // The same, and no use of it.
  [[nodiscard]] encodings_ptr peek(const sha256_digest& picture) const;
  void put(const sha256_digest& picture, encodings_ptr faces);
  void resize(std::size_t bytes_max);
  void write_metrics(metric_writer& into) const;

 private:
  struct entry {
    sha256_digest picture;
    encodings_ptr faces;
    std::size_t bytes = 0;
  };
  void drop_oldest();

  mutable std::mutex mutex_;
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::list<entry> by_use_;  // the last used first
  std::map<sha256_digest, std::list<entry>::iterator> found_;
  std::uint64_t hits_ = 0, misses_ = 0;
};

}  // namespace reprise
