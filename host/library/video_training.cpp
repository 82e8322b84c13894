#include "host/library/video_training.hpp"

#include "host/library/training_rows.hpp"

namespace reprise {
namespace {

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

// data_conflict where the labels that were counted are of another state than the rows.
outcome<std::vector<double>> learn(training_rows& rows, std::uint64_t revision,
                                   const library_training& wanted) {
  if (static_cast<std::uint64_t>(rows.revision()) != revision) {
    return failure{errc::data_conflict, "the library changed while it was read"};
  }
  training_table table = rows.table();
  std::uint64_t given = 0;
  table.visit = [&, visit = std::move(table.visit)](const row_taker& take) {
    return visit([&](std::uint32_t label, std::span<const double> features) {
      if (wanted.told) wanted.told(++given);
      return take(label, features);
    });
  };
  return feature_gains(table, wanted.model, library_training_seed, wanted.limits);
}

}  // namespace

outcome<library_figures> read_library_figures(video_reader& from, const library_training& wanted) {
  for (int readings = 1;; ++readings) {
    auto rows = training_rows::gather(from, wanted.tvshow, wanted.directory);
    if (!rows) return rows.error();
    auto counts = from.counts(wanted.tvshow);
    if (!counts) return counts.error();
    const auto revision = from.revision();
    if (!revision) return revision.error();
    auto gains = learn(*rows, *revision, wanted);
    const bool again = !gains && gains.error().code == errc::data_conflict;
    if (again && readings < library_readings_max) continue;
    if (!gains && !is_left_out(gains.error().code)) return gains.error();
    return library_figures{std::move(*counts), std::move(gains)};
  }
}

}  // namespace reprise
