// The labels that a model's outputs stand for, from a file.
//
// Shapes   one a line, in the order of the outputs; an empty line is none. Up to labels_max
// Errors   configuration_invalid: the file cannot be read, has no label, too many or one that is no
//          label
// Threads  pure
#pragma once

#include <string>
#include <vector>

#include "host/failure.hpp"

namespace reprise {

inline constexpr std::size_t model_labels_max = 100'000;

[[nodiscard]] outcome<std::vector<std::string>> read_labels(const std::string& path);

}  // namespace reprise
