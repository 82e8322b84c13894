// The labels that a model's outputs stand for, from a file: whoever asks the model.
//
// Shapes   one a line, in the order of the outputs, so that no line is empty; a line may end with
//          CR LF, and the last one without a newline. Up to model_labels_max
// Errors   configuration_invalid, with the file and the line: it cannot be read, has no label, too
//          many or one that is no label
// Threads  pure
#pragma once

#include <string>
#include <vector>

#include "host/failure.hpp"

namespace reprise {

inline constexpr std::size_t model_labels_max = 100'000;

[[nodiscard]] outcome<std::vector<std::string>> read_labels(const std::string& path);

}  // namespace reprise
