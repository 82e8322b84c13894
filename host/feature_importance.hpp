// What each feature is worth for telling labels apart, learnt by the helper program reprise-train,
// and the JSON that says so.
//
// Shapes   gains [features], none negative, 1 in all; feature numbers from 0
// Errors   data_insufficient: too few rows, one label, or no feature tells the labels apart;
//          parameter_out_of_range: more than a training takes, or other rows than announced;
//          helper_missing; helper_failed: it crashed or passed a limit; stopping: cancelled; those
//          of the visit
// Threads  one at a time, one that may wait: for as long as run_max
// Owns     nothing after it returns; of the table one buffer of rows
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "host/cancel_signal.hpp"
#include "host/train_protocol.hpp"

namespace reprise {

// The least that reprise-train splits: each side of a split weighs at least as four rows.
inline constexpr std::uint32_t training_rows_min = 8;

using row_taker =
    std::function<outcome<void>(std::uint32_t label, std::span<const double> features)>;

struct training_table {
  std::uint32_t rows = 0;
  std::uint32_t features = 0;
  std::uint32_t labels = 0;  // how many there are; a row's is below it
  // Gives each row to the taker, in an order that the same data always have, and passes on its
  // failure.
  std::function<outcome<void>(const row_taker&)> visit;
};

struct training_limits {
  // Address space of reprise-train: the largest table takes 1.3 GB in XGBoost's own form.
  std::uint64_t memory_bytes_max = std::uint64_t{4} << 30;
  // How long it may take to read what is sent next, and to end once it has answered.
  std::chrono::milliseconds silence_max{30'000};
  // Of all of it: a hundred thousand rows of ten labels take minutes.
  std::chrono::milliseconds run_max{std::chrono::minutes{30}};
};

// The same table, model and seed give the same gains.
[[nodiscard]] outcome<std::vector<double>> feature_gains(const training_table& table,
                                                         train::model model, std::uint64_t seed,
                                                         const training_limits& limits = {},
                                                         const cancel_signal* cancel = nullptr);

// The numbers of the `top` greatest, greatest first, of equal ones the lower number.
[[nodiscard]] std::vector<std::size_t> greatest_gains(std::span<const double> gains,
                                                      std::size_t top);

// {"model":"gbm","features":[{"feature":17,"gain":0.93},...]}, the `top` greatest in that order.
[[nodiscard]] std::string importance_json(train::model model, std::span<const double> gains,
                                          std::size_t top);

}  // namespace reprise
