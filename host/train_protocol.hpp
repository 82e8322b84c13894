// What goes over the pipes of reprise-train: a table of numbers with their classes to it, what each
// feature is worth for telling the classes apart back.
//
// Shapes   to it, little-endian: "RTRN", version, model, rows, features, classes (u32 each), seed
//          (u64), then row by row its class (u32, below classes) and its features (float32,
//          finite), and nothing after the last row. Back: a kind and a length (u32 each) and that
//          many bytes: gains: one float64 a feature, none negative, 1 in all; failed: a reason
//          (u32) and a text of one line. An answer of any other form is a crash
// Errors   check(): parameter_out_of_range; append_row(): data_malformed for what is no number;
//          request_reader: data_malformed; decode_reply(): helper_failed
// Threads  one at a time
// Owns     the reader holds the whole table, the writer no row
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "host/failure.hpp"

namespace reprise::train {

inline constexpr std::uint32_t rows_max = 100'000;
inline constexpr std::uint32_t features_max = 1'024;
inline constexpr std::uint32_t classes_max = 1'000;
inline constexpr std::size_t text_bytes_max = 512;
inline constexpr std::size_t reply_bytes_max = 8 + 8 * std::size_t{features_max};
// How far the sum of all gains may be from 1: rounding alone, of at most features_max additions.
inline constexpr double gains_sum_tolerance = 1e-9;

enum class model : std::uint32_t {
  gbm = 1,     // gradient boosting: each tree mends what those before it left
  forest = 2,  // a random forest: each tree sees its own part of the rows and features
};

[[nodiscard]] std::string_view to_string(model named) noexcept;
[[nodiscard]] std::optional<model> parse_model(std::string_view name) noexcept;

struct header {
  model trained = model::gbm;
  std::uint32_t rows = 0;
  std::uint32_t features = 0;
  std::uint32_t classes = 0;
  std::uint64_t seed = 0;
  friend bool operator==(const header&, const header&) = default;
};

// Whether all of it is within the bounds above and at least 1, its classes at least 2.
[[nodiscard]] outcome<void> check(const header& sent);

[[nodiscard]] std::vector<std::byte> encode(const header& sent);
// What is beyond float32 is sent as the largest number of it.
[[nodiscard]] outcome<void> append_row(std::vector<std::byte>& bytes, std::uint32_t label,
                                       std::span<const double> features);

struct request {
  header head;
  std::vector<float> labels;    // [rows], the class numbers
  std::vector<float> features;  // [rows, features]
};

class request_reader {
 public:
  // The next bytes, in pieces of any size.
  [[nodiscard]] outcome<void> take(std::span<const std::byte> bytes);
  // At the end of all bytes. The reader is empty afterwards.
  [[nodiscard]] outcome<request> finish();

 private:
  [[nodiscard]] outcome<void> take_header(std::span<const std::byte> bytes);
  [[nodiscard]] outcome<void> take_row(std::span<const std::byte> bytes);

  std::vector<std::byte> pending_;  // less than a header or a row, between two calls
  bool has_header_ = false;
  request read_;
};

using gains = std::vector<double>;

enum class reason : std::uint32_t {
  indistinct = 1,  // no feature tells the labels apart
  request = 2,     // what came was no request
  memory = 3,      // an allocation was refused
  library = 4,     // XGBoost failed, in its own words
};

struct failed {
  reason why = reason::library;
  std::string text;
  friend bool operator==(const failed&, const failed&) = default;
};

using reply = std::variant<gains, failed>;

// Texts are cut to text_bytes_max.
[[nodiscard]] std::vector<std::byte> encode(const reply& sent);
// Of a request with that many features.
[[nodiscard]] outcome<reply> decode_reply(std::span<const std::byte> bytes, std::uint32_t features);

}  // namespace reprise::train
