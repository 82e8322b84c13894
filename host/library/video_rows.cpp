#include "host/library/video_rows.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "host/library/csv_reader.hpp"
#include "host/library/video_json.hpp"
#include "host/line_reader.hpp"
#include "host/nearest_name.hpp"
#include "host/number.hpp"

namespace reprise {
namespace {

constexpr std::string_view text_columns[] = {"content_id", "actual_label", "predicted_label",
                                             "tvshow"};
constexpr std::size_t text_count = std::size(text_columns);
constexpr std::size_t tvshow_column = 3;
constexpr std::size_t vector_column = text_count;
constexpr std::size_t first_feature_column = text_count + 1;
constexpr std::size_t columns_count = first_feature_column + features_count;

std::string name_of(std::size_t column) {
  if (column < text_count) return std::string{text_columns[column]};
  if (column == vector_column) return "feature_vector";
  return "feature_" + std::to_string(column - first_feature_column);
}

std::optional<std::size_t> column_of(std::string_view name) {
  for (std::size_t i = 0; i < text_count; ++i) {
    if (name == text_columns[i]) return i;
  }
  if (name == "feature_vector") return vector_column;
  constexpr std::string_view prefix = "feature_";
  if (!name.starts_with(prefix)) return {};
  std::size_t index = 0;
  const char* end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + prefix.size(), end, index);
  if (read.ec != std::errc{} || read.ptr != end || index >= features_count) return {};
  const std::size_t column = first_feature_column + index;
  if (name != name_of(column)) return {};  // feature_01
  return column;
}

failure header_failure(std::string why) {
  return {errc::data_malformed, std::move(why)};
}

std::string unknown_column(std::string_view name) {
  constexpr std::string_view known[] = {"content_id", "actual_label",   "predicted_label",
                                        "tvshow",     "feature_vector", "feature_0"};
  const std::string_view meant = nearest_name(name, known);
  std::string said = "the column " + quoted(name) + " is unknown";
  return meant.empty() ? said : said + "; is " + quoted(meant) + " meant?";
}

bool begins_a_formula(std::string_view text) noexcept {
  constexpr std::string_view marks = "=+-@'";
  return !text.empty() && marks.find(text.front()) != marks.npos;
}

std::string_view without_guard(std::string_view cell) noexcept {
  const bool guarded = cell.starts_with('\'') && begins_a_formula(cell.substr(1));
  return guarded ? cell.substr(1) : cell;
}

void append_text_cell(std::string& out, std::string_view text) {
  out += '"';
  if (begins_a_formula(text)) out += '\'';
  for (const char byte : text) {
    if (byte == '"') out += '"';
    out += byte;
  }
  out += '"';
}

}  // namespace

struct video_row_reader::parts {
  std::size_t cells_count = 0;
  std::array<std::optional<std::size_t>, columns_count> cell_of{};  // by column
  simdjson::ondemand::parser parser{csv_cell_bytes_max};
  std::vector<char> padded = std::vector<char>(csv_cell_bytes_max + simdjson::SIMDJSON_PADDING);

  std::optional<std::string> read_vector(std::string_view cell, feature_vector& into);
  std::optional<std::string> read_cells(std::span<const std::string_view> cells,
                                        feature_vector& into) const;
};

std::optional<std::string> video_row_reader::parts::read_vector(std::string_view cell,
                                                                feature_vector& into) {
  constexpr auto no_list = "feature_vector must be a JSON list of numbers";
  const auto copied = std::copy(cell.begin(), cell.end(), padded.begin());
  std::fill_n(copied, simdjson::SIMDJSON_PADDING, ' ');
  const simdjson::padded_string_view text{padded.data(), cell.size(), padded.size()};
  simdjson::ondemand::document document;
  simdjson::ondemand::array list;
  if (parser.iterate(text).get(document) || document.get_array().get(list)) return no_list;
  std::size_t count = 0;
  for (auto each : list) {
    simdjson::ondemand::value value;
    if (each.get(value)) return no_list;
    double number = 0;
    if (value.get_double().get(number)) {
      return "feature_vector: number " + std::to_string(count) + " is no finite number";
    }
    if (count < features_count) into[count] = number;
    ++count;
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return no_list;
  if (count == features_count) return {};
  return "feature_vector must have 256 numbers, not " + std::to_string(count);
}

std::optional<std::string> video_row_reader::parts::read_cells(
    std::span<const std::string_view> cells, feature_vector& into) const {
  for (std::size_t i = 0; i < features_count; ++i) {
    const std::string_view cell = cells[*cell_of[first_feature_column + i]];
    const auto number = parse_real(cell);
    if (!number) return name_of(first_feature_column + i) + " is no finite number: " + quoted(cell);
    into[i] = *number;
  }
  return {};
}

video_row_reader::video_row_reader(std::unique_ptr<parts> made) noexcept
    : parts_{std::move(made)} {}
video_row_reader::video_row_reader(video_row_reader&& other) noexcept = default;
video_row_reader& video_row_reader::operator=(video_row_reader&& other) noexcept = default;
video_row_reader::~video_row_reader() = default;

outcome<video_row_reader> video_row_reader::from_header(std::span<const std::string_view> names) {
  auto made = std::make_unique<parts>();
  made->cells_count = names.size();
  std::size_t features = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto column = column_of(names[i]);
    if (!column) return header_failure(unknown_column(names[i]));
    auto& cell = made->cell_of[*column];
    if (cell) return header_failure("the column " + name_of(*column) + " is there twice");
    cell = i;
    if (*column >= first_feature_column) ++features;
  }
  const bool has_vector = made->cell_of[vector_column].has_value();
  if (has_vector && features > 0) {
    return header_failure("either feature_vector or feature_0 to feature_255, not both");
  }
  if (!has_vector && features == 0) {
    return header_failure("the column feature_vector is missing, or feature_0 to feature_255");
  }
  for (std::size_t column = 0; column < columns_count; ++column) {
    const bool needed =
        column < text_count ? column != tvshow_column : (column == vector_column) == has_vector;
    if (!needed || made->cell_of[column]) continue;
    return header_failure("the column " + name_of(column) + " is missing");
  }
  return video_row_reader{std::move(made)};
}

std::optional<std::string> video_row_reader::read(std::span<const std::string_view> cells,
                                                  video& into) {
  if (cells.size() != parts_->cells_count) {
    return "has " + std::to_string(cells.size()) + " cells where the header has " +
           std::to_string(parts_->cells_count);
  }
  const auto text_at = [&](std::size_t column) {
    const auto cell = parts_->cell_of[column];
    return cell ? without_guard(cells[*cell]) : std::string_view{};
  };
  into.content_id = text_at(0);
  into.actual_label = text_at(1);
  into.predicted_label = text_at(2);
  into.tvshow.reset();
  if (const std::string_view tvshow = text_at(tvshow_column); !tvshow.empty()) into.tvshow = tvshow;
  const auto vector_cell = parts_->cell_of[vector_column];
  into.features.fill(0);  // of a row that is refused for its texts, the numbers are not looked at
  if (const auto fault = fault_of(into)) return std::string{fault->field} + " " + fault->what;
  return vector_cell ? parts_->read_vector(cells[*vector_cell], into.features)
                     : parts_->read_cells(cells, into.features);
}

void append_video_header(std::string& out) {
  for (const std::string_view name : text_columns) (out += name) += ',';
  out += "feature_vector\r\n";
}

void append_video_row(std::string& out, const video& written) {
  append_text_cell(out, written.content_id);
  append_text_cell(out += ',', written.actual_label);
  append_text_cell(out += ',', written.predicted_label);
  out += ',';
  if (written.tvshow) append_text_cell(out, *written.tvshow);
  append_features(out += ",\"", written.features);
  out += "\"\r\n";
}

}  // namespace reprise
