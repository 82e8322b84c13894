// How well the predicted labels of a library agree with the actual ones.
//
// Shapes   labels are sorted by their bytes and are the actual and the predicted ones together;
//          rows are actual, columns predicted. A quotient by zero is 0: the precision of a label
//          that is never predicted
// Errors   data_insufficient: no video at all, one label only; parameter_out_of_range: more than
//          labels_max
// Threads  pure
// Agrees   with scikit-learn's classification_report(zero_division=0) within analysis_tolerance
// Source   scikit-learn, user guide, 3.4.4 classification metrics
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/failure.hpp"

namespace reprise {

inline constexpr std::size_t labels_max = 1'000;
inline constexpr double analysis_tolerance = 1e-12;

// Videos by their actual and predicted label.
struct label_counts {
  struct cell {
    std::uint32_t actual = 0;  // index of a label
    std::uint32_t predicted = 0;
    std::uint64_t count = 0;
    friend bool operator==(const cell&, const cell&) = default;
  };
  std::vector<std::string> labels;  // sorted
  std::vector<cell> cells;          // in order; those that are not 0
  friend bool operator==(const label_counts&, const label_counts&) = default;
};

// Counts video by video in bounded memory.
class label_counter {
 public:
  [[nodiscard]] outcome<void> add(std::string_view actual, std::string_view predicted,
                                  std::uint64_t count = 1);
  [[nodiscard]] label_counts finish() const;

 private:
  outcome<std::uint32_t> number_of(std::string_view label);
  std::map<std::string, std::uint32_t, std::less<>> numbers_;  // in the order of coming
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> cells_;
};

struct confusion_matrix {
  std::vector<std::string> labels;
  std::vector<std::vector<std::uint64_t>> matrix;
};

struct label_scores {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};
struct performance_metrics {
  struct label_row {
    std::string label;
    label_scores scores;
    std::uint64_t support = 0;  // videos that have it as their actual label
  };
  double accuracy = 0;
  std::vector<label_row> labels;
  label_scores macro;     // the mean over the labels
  label_scores micro;     // over all videos
  label_scores weighted;  // the mean over the labels by their support
};

[[nodiscard]] outcome<confusion_matrix> make_confusion_matrix(const label_counts& of);
[[nodiscard]] outcome<performance_metrics> make_performance_metrics(const label_counts& of);

[[nodiscard]] std::string json_of(const confusion_matrix& shown);
[[nodiscard]] std::string json_of(const performance_metrics& shown);

}  // namespace reprise
