#include "host/library/video_training.hpp"

#include <algorithm>
#include <limits>

#include "host/library/video_pages.hpp"

namespace reprise {
namespace {

failure changed() {
  return {errc::data_conflict, "the library changed while it was read"};
}

// The training was not to be had; else the library itself could not be read.
bool is_left_out(errc why) noexcept {
  switch (why) {
    case errc::helper_missing:
    case errc::helper_failed:
    case errc::data_insufficient:
    case errc::parameter_out_of_range:
    case errc::data_conflict:
      return true;
    default:
      return false;
  }
}

// Sorted, as the labels of the counts are.
std::vector<std::string> actual_labels(const label_counts& of) {
  std::vector<std::string> labels;
  for (const label_counts::cell& each : of.cells) {  // in order
    const std::string& label = of.labels[each.actual];
    if (labels.empty() || labels.back() != label) labels.push_back(label);
  }
  return labels;
}

std::uint32_t rows_of(const label_counts& counts) {
  std::uint64_t rows = 0;
  for (const label_counts::cell& each : counts.cells) rows += each.count;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(rows, std::numeric_limits<std::uint32_t>::max()));
}

// One reading of the library, as it is at one revision.
class reading {
 public:
  reading(video_reader& from, const library_training& wanted, std::uint64_t revision,
          const label_counts& counts)
      : from_{from},
        wanted_{wanted},
        revision_{revision},
        rows_{rows_of(counts)},
        labels_{actual_labels(counts)} {}

  // data_conflict where the library has another revision meanwhile.
  outcome<std::vector<double>> train() {
    const training_table table{rows_, features_count, static_cast<std::uint32_t>(labels_.size()),
                               [this](const row_taker& take) { return give_rows(take); }};
    return feature_gains(table, wanted_.model, library_training_seed, wanted_.limits);
  }

 private:
  outcome<void> give_rows(const row_taker& take) {
    std::uint64_t given = 0;
    const auto visited = visit_pages(from_, {.tvshow = wanted_.tvshow},
                                     [&](std::span<const video> page) -> outcome<void> {
                                       for (const video& each : page) {
                                         if (auto taken = give(each, take); !taken) return taken;
                                       }
                                       given += page.size();
                                       if (wanted_.told) wanted_.told(given);
                                       return {};
                                     });
    const auto revision = from_.revision();
    if (!revision) return revision.error();
    // Rows of several states are no table, whatever became of them.
    return *revision == revision_ ? visited : changed();
  }

  outcome<void> give(const video& given, const row_taker& take) const {
    const auto found = std::lower_bound(labels_.begin(), labels_.end(), given.actual_label);
    if (found == labels_.end() || *found != given.actual_label) return changed();
    return take(static_cast<std::uint32_t>(found - labels_.begin()), given.features);
  }

  video_reader& from_;
  const library_training& wanted_;
  std::uint64_t revision_;
  std::uint32_t rows_;
  std::vector<std::string> labels_;
};

}  // namespace

outcome<library_figures> read_library_figures(video_reader& from, const library_training& wanted) {
  for (int readings = 1;; ++readings) {
    const auto revision = from.revision();
    if (!revision) return revision.error();
    auto counts = from.counts(wanted.tvshow);
    if (!counts) return counts.error();
    auto gains = reading{from, wanted, *revision, *counts}.train();
    const bool again = !gains && gains.error().code == errc::data_conflict;
    if (again && readings < library_readings_max) continue;
    if (!gains && !is_left_out(gains.error().code)) return gains.error();
    return library_figures{std::move(*counts), std::move(gains)};
  }
}

}  // namespace reprise
