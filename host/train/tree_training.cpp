#include "host/train/tree_training.hpp"

#include <xgboost/c_api.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <utility>

namespace reprise::train {
namespace {

constexpr int gbm_rounds = 50;

struct matrix_freer {
  void operator()(void* matrix) const noexcept { XGDMatrixFree(matrix); }
};
struct booster_freer {
  void operator()(void* booster) const noexcept { XGBoosterFree(booster); }
};
using matrix_owner = std::unique_ptr<void, matrix_freer>;
using booster_owner = std::unique_ptr<void, booster_freer>;

// XGBoost's message of its last failure, without the stack that may follow it.
failed last_failure() {
  std::string text = XGBGetLastError();
  if (text.find("bad_alloc") != std::string::npos) return {reason::memory, "out of memory"};
  text.resize(std::min(text.size(), text.find('\n')));
  return {reason::library, std::move(text)};
}

// Nothing where XGBoost did not take the table: last_failure() tells.
matrix_owner make_matrix(request& asked) {
  const std::string table =
      R"({"data":[)" + std::to_string(reinterpret_cast<std::uintptr_t>(asked.features.data())) +
      R"(,true],"shape":[)" + std::to_string(asked.head.rows) + "," +
      std::to_string(asked.head.features) + R"(],"typestr":"<f4","version":3})";
  DMatrixHandle made = nullptr;
  // No feature is missing: the request holds finite numbers alone.
  if (XGDMatrixCreateFromDense(table.c_str(), R"({"missing":NaN,"nthread":1})", &made) != 0) {
    return nullptr;
  }
  matrix_owner matrix{made};
  std::vector<float>{}.swap(asked.features);  // = {} would keep the memory
  if (XGDMatrixSetFloatInfo(made, "label", asked.labels.data(), asked.labels.size()) != 0) {
    return nullptr;
  }
  return matrix;
}

using settings = std::vector<std::pair<const char*, std::string>>;

// The weight that each side of a split must have: that of four rows before the first tree, so of as
// many rows whatever the number of labels. (XGBoost's own, 1, is four rows of two labels, but
// hundreds of rows of hundreds of labels.) A little less, for sums are rounded.
double least_weight(std::uint32_t classes) {
  constexpr double rows = 3.99;
  const double share = 1.0 / classes;
  return rows * share * (1 - share) * (classes == 2 ? 1 : 2);
}

settings settings_of(const header& head) {
  constexpr std::uint64_t seed_max = std::numeric_limits<std::int32_t>::max();
  settings all{
      {"booster", "gbtree"}, {"tree_method", "hist"},
      {"nthread", "1"},      {"seed", std::to_string(head.seed % (seed_max + 1))},
      {"max_depth", "6"},    {"min_child_weight", std::to_string(least_weight(head.classes))}};
  if (head.classes == 2) {
    all.emplace_back("objective", "binary:logistic");
  } else {
    all.emplace_back("objective", "multi:softprob");
    all.emplace_back("num_class", std::to_string(head.classes));
  }
  if (head.trained == model::gbm) {
    all.emplace_back("eta", "0.3");
    return all;
  }
  // A forest is one round of many trees, each from the part of the rows that a drawing with
  // replacement would hold (1 - 1/e), each split from the root of the number of features.
  all.emplace_back("eta", "1");
  all.emplace_back("num_parallel_tree", "100");
  all.emplace_back("subsample", "0.63");
  all.emplace_back("colsample_bynode", std::to_string(1 / std::sqrt(head.features)));
  return all;
}

// XGBoost names a feature without a name f and its number.
std::optional<std::size_t> number_of(std::string_view name, std::size_t features) {
  std::size_t number = 0;
  const char* end = name.data() + name.size();
  if (!name.starts_with('f')) return std::nullopt;
  const auto parsed = std::from_chars(name.data() + 1, end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end || number >= features) return std::nullopt;
  return number;
}

reply total_gains(BoosterHandle booster, std::size_t features) {
  bst_ulong count = 0, dimensions = 0;
  const char** names = nullptr;
  const bst_ulong* shape = nullptr;
  const float* scores = nullptr;
  if (XGBoosterFeatureScore(booster, R"({"importance_type":"total_gain"})", &count, &names,
                            &dimensions, &shape, &scores) != 0) {
    return last_failure();
  }
  gains all(features, 0.0);
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = number_of(names[i], features);
    if (!number) return failed{reason::library, std::string{"unknown feature "} + names[i]};
    all[*number] = scores[i];
  }
  const double sum = std::accumulate(all.begin(), all.end(), 0.0);
  if (sum == 0) return failed{reason::indistinct, "no feature tells the labels apart"};
  for (double& gain : all) gain /= sum;
  return all;
}

}  // namespace

reply train_trees(request asked) {
  if (XGBSetGlobalConfig(R"({"verbosity":0})") != 0) return last_failure();
  const matrix_owner matrix = make_matrix(asked);
  if (!matrix) return last_failure();
  const DMatrixHandle table = matrix.get();
  BoosterHandle made = nullptr;
  if (XGBoosterCreate(&table, 1, &made) != 0) return last_failure();
  const booster_owner booster{made};
  for (const auto& [name, value] : settings_of(asked.head)) {
    if (XGBoosterSetParam(made, name, value.c_str()) != 0) return last_failure();
  }
  const int rounds = asked.head.trained == model::gbm ? gbm_rounds : 1;
  for (int round = 0; round < rounds; ++round) {
    if (XGBoosterUpdateOneIter(made, round, table) != 0) return last_failure();
  }
  return total_gains(made, asked.head.features);
}

}  // namespace reprise::train
