#include "host/library/analysis.hpp"

#include "host/json_text.hpp"

namespace reprise {
namespace {

outcome<void> check(const label_counts& of) {
  if (of.cells.empty()) {
    return failure{errc::data_insufficient, "the library is too small: it has no video"};
  }
  if (of.labels.size() < 2) {
    return failure{errc::data_insufficient,
                   "the library has one label only; there is nothing to compare"};
  }
  return {};
}

double quotient(double of, double by) noexcept {
  return by == 0 ? 0 : of / by;
}

label_scores scores_of(std::uint64_t hits, std::uint64_t predicted, std::uint64_t actual) noexcept {
  const auto right = static_cast<double>(hits);
  return {quotient(right, static_cast<double>(predicted)),
          quotient(right, static_cast<double>(actual)),
          quotient(2 * right, static_cast<double>(predicted + actual))};
}

void add_scaled(label_scores& to, const label_scores& added, double factor) noexcept {
  to.precision += added.precision * factor;
  to.recall += added.recall * factor;
  to.f1 += added.f1 * factor;
}

void append_scores(std::string& out, const label_scores& shown) {
  append_number(out += "{\"precision\":", shown.precision);
  append_number(out += ",\"recall\":", shown.recall);
  append_number(out += ",\"f1\":", shown.f1);
}

// The name of a member, behind what came before it.
void append_name(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  append_json_string(out, name);
  out += ':';
}

}  // namespace

outcome<void> label_counter::add(std::string_view actual, std::string_view predicted,
                                 std::uint64_t count) {
  const auto row = number_of(actual);
  if (!row) return row.error();
  const auto column = number_of(predicted);
  if (!column) return column.error();
  cells_[{*row, *column}] += count;
  return {};
}

outcome<std::uint32_t> label_counter::number_of(std::string_view label) {
  if (const auto found = numbers_.find(label); found != numbers_.end()) return found->second;
  if (numbers_.size() == labels_max) {
    return failure{errc::parameter_out_of_range,
                   "the library has more than " + std::to_string(labels_max) + " labels"};
  }
  const auto number = static_cast<std::uint32_t>(numbers_.size());
  numbers_.emplace(label, number);
  return number;
}

label_counts label_counter::finish() const {
  label_counts made;
  std::vector<std::uint32_t> index_of(numbers_.size());
  for (const auto& [label, number] : numbers_) {
    index_of[number] = static_cast<std::uint32_t>(made.labels.size());
    made.labels.push_back(label);
  }
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> sorted;
  for (const auto& [cell, count] : cells_) {
    sorted[{index_of[cell.first], index_of[cell.second]}] = count;
  }
  for (const auto& [cell, count] : sorted) made.cells.push_back({cell.first, cell.second, count});
  return made;
}

outcome<confusion_matrix> make_confusion_matrix(const label_counts& of) {
  if (const auto sound = check(of); !sound) return sound.error();
  confusion_matrix made{of.labels, {}};
  made.matrix.assign(of.labels.size(), std::vector<std::uint64_t>(of.labels.size()));
  for (const label_counts::cell& each : of.cells) {
    made.matrix[each.actual][each.predicted] = each.count;
  }
  return made;
}

outcome<performance_metrics> make_performance_metrics(const label_counts& of) {
  if (const auto sound = check(of); !sound) return sound.error();
  const std::size_t count = of.labels.size();
  std::vector<std::uint64_t> hits(count), actual(count), predicted(count);
  std::uint64_t all = 0, all_hits = 0;
  for (const label_counts::cell& each : of.cells) {
    actual[each.actual] += each.count;
    predicted[each.predicted] += each.count;
    all += each.count;
    if (each.actual != each.predicted) continue;
    hits[each.actual] += each.count;
    all_hits += each.count;
  }
  performance_metrics made;
  made.accuracy = static_cast<double>(all_hits) / static_cast<double>(all);
  made.micro = scores_of(all_hits, all, all);
  for (std::size_t i = 0; i < count; ++i) {
    const label_scores scores = scores_of(hits[i], predicted[i], actual[i]);
    made.labels.push_back({of.labels[i], scores, actual[i]});
    add_scaled(made.macro, scores, 1 / static_cast<double>(count));
    add_scaled(made.weighted, scores, static_cast<double>(actual[i]) / static_cast<double>(all));
  }
  return made;
}

std::string json_of(const confusion_matrix& shown) {
  std::string out = "{\"labels\":[";
  for (const std::string& label : shown.labels) {
    if (out.back() != '[') out += ',';
    append_json_string(out, label);
  }
  out += "],\"matrix\":[";
  for (const auto& row : shown.matrix) {
    if (out.back() != '[') out += ',';
    out += '[';
    for (const std::uint64_t count : row) {
      if (out.back() != '[') out += ',';
      append_number(out, static_cast<std::int64_t>(count));
    }
    out += ']';
  }
  return out + "]}";
}

std::string json_of(const performance_metrics& shown) {
  std::string out = "{\"accuracy\":";
  append_number(out, shown.accuracy);
  out += ",\"labels\":{";
  for (const auto& row : shown.labels) {
    append_name(out, row.label);
    append_scores(out, row.scores);
    append_number(out += ",\"support\":", static_cast<std::int64_t>(row.support));
    out += '}';
  }
  out += '}';
  for (const auto& [name, scores] :
       {std::pair{"macro", &shown.macro}, {"micro", &shown.micro}, {"weighted", &shown.weighted}}) {
    append_name(out, name);
    append_scores(out, *scores);
    out += '}';
  }
  return out + '}';
}

}  // namespace reprise
