// What is computed of the videos of a library for its report, all of one state of it: their labels,
// and what each feature is worth for telling the actual ones apart.
//
// Shapes   gains as feature_importance.hpp, by the number of the feature
// Errors   those of the reader. A training that fails or cannot be made is none: its failure stands
//          in the place of the gains
// Threads  the reader's; it waits for as long as a training may run
// Owns     nothing after it returns
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/feature_importance.hpp"
#include "host/library/video_store.hpp"

namespace reprise {

// How often it is begun anew because the library changed meanwhile. Then the gains are left out.
inline constexpr int library_readings_max = 4;

struct library_training {
  std::string directory;  // where rows may wait on the disk, in a file without a name
  std::optional<std::string> tvshow = {};
  train::model model = train::model::gbm;
  training_limits limits = {};
  std::function<void(std::uint64_t videos)> told = {};  // given to the training so far
};

struct library_figures {
  label_counts counts;
  outcome<std::vector<double>> gains;
};

[[nodiscard]] outcome<library_figures> read_library_figures(video_reader& from,
                                                            const library_training& wanted);

}  // namespace reprise
