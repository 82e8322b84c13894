// What tests of trainings share: tables with a feature that tells.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "host/feature_importance.hpp"
#include "tests/stand_in.hpp"

namespace reprise {

// Rows of noise, with one feature that follows the label.
struct planted_rows {
  std::uint32_t labels = 2;
  std::uint32_t planted = 17;
  std::vector<std::vector<double>> rows;

  [[nodiscard]] std::uint32_t label(std::size_t row) const {
    return static_cast<std::uint32_t>(row % labels);
  }
  // Outlived by this.
  [[nodiscard]] training_table table() const {
    return {static_cast<std::uint32_t>(rows.size()), static_cast<std::uint32_t>(rows[0].size()),
            labels, [this](const row_taker& take) -> outcome<void> {
              for (std::size_t i = 0; i < rows.size(); ++i) {
                if (const auto taken = take(label(i), rows[i]); !taken) return taken.error();
              }
              return {};
            }};
  }
};

inline planted_rows plant(std::uint32_t rows, std::uint32_t labels, double strength = 5,
                          std::uint32_t features = 256) {
  planted_rows made{.labels = labels};
  std::mt19937 noise{20'240'117};
  for (std::uint32_t i = 0; i < rows; ++i) {
    std::vector<double> row;
    for (std::uint32_t f = 0; f < features; ++f) row.push_back(double(noise()) / 4294967296.0);
    row[made.planted] += strength * made.label(i);
    made.rows.push_back(std::move(row));
  }
  return made;
}

}  // namespace reprise
