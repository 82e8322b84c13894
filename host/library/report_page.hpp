// The report of a library as one HTML page: how well predicted labels agree with actual ones, and
// which features tell the labels apart.
//
// Shapes   a whole document in UTF-8 that needs nothing else: no script, no outside resource, and a
//          policy that forbids both; light or dark as its reader prefers. The matrix is drawn for
//          the heat_labels_max most frequent labels, all others together as one more
// Errors   none; what comes from the library is text, whatever it holds. Asserted: at least one
//          label, as many rows as labels in the matrix and the metrics
// Threads  pure
// Source   HTML, SVG 2, Content Security Policy Level 3
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/library/analysis.hpp"
#include "host/train_protocol.hpp"

namespace reprise {

inline constexpr std::size_t heat_labels_max = 100;
// Of a label in a picture, a wide one counting as two; the rest is cut off and shown when pointed
// at.
inline constexpr std::size_t drawn_characters_max = 24;

struct feature_bar {
  std::size_t feature = 0;
  double gain = 0;
};

struct library_report {
  std::int64_t made_at = 0;                // a UNIX timestamp
  std::optional<std::string> tvshow = {};  // of this one alone
  std::uint64_t videos = 0;
  confusion_matrix matrix;
  performance_metrics metrics;
  train::model model = train::model::gbm;
  std::vector<feature_bar> features = {};  // the greatest first
  std::string why_no_features = {};        // where they are left out
};

[[nodiscard]] std::string report_page(const library_report& shown);

}  // namespace reprise
