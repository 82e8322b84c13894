// The feature vectors of labelled videos, side by side in memory, and the search for those that are
// nearest to a picture's descriptor.
//
// Shapes   rows [n, 256] float32, each of length 1; similarity is the cosine, from -1 to 1. The
//          nearest come first, of equal ones the row that was added first
// Errors   none; asserted: at least one row is there to be searched
// Threads  immutable once filled: searches run at once
// Owns     1 KiB a row, and the labels once each
// Agrees   sums have one fixed order: every machine gives the same bits
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "host/library/video.hpp"
#include "host/vision.hpp"

namespace reprise {

static_assert(features_count == descriptor_numbers, "a library is built from descriptors");

class labelled_rows {
 public:
  void reserve(std::size_t rows) {
    numbers_.reserve(rows * features_count);
    labels_.reserve(rows);
  }
  // False where the vector has no direction, all zeros: it is near to nothing, and left out.
  bool add(const std::string& label, const feature_vector& features);
  [[nodiscard]] std::size_t size() const noexcept { return labels_.size(); }

  struct neighbour {
    float similarity = 0;
    std::uint32_t row = 0;
  };
  [[nodiscard]] std::vector<neighbour> nearest(const picture_descriptor& to,
                                               std::size_t count_max) const;
  [[nodiscard]] const std::string& label_of(std::uint32_t row) const {
    return names_[labels_[row]];
  }

 private:
  std::vector<float> numbers_;
  std::vector<std::uint32_t> labels_;  // of each row, among names_
  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t, std::less<>> known_;
};

// The label that most of the nearest have, of equal ones the one that has the nearest; its score is
// their share.
[[nodiscard]] classification vote(const labelled_rows& rows,
                                  std::span<const labelled_rows::neighbour> nearest);

}  // namespace reprise
