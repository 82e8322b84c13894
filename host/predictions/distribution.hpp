// The outputs of a classifier as shares of its labels.
//
// Shapes   outputs that are shares already, but for what 32-bit numbers lose, stay what they are,
//          each brought within 0 to 1; all others become shares by softmax, in the same order
// Errors   share_of: nothing where the number is no share. make_distribution, asserted: there is an
//          output; outputs are finite
// Threads  pure
// Agrees   share_tolerance: how far a share may be outside 0 to 1, and the sum of all from 1
#pragma once

#include <optional>
#include <vector>

namespace reprise {

inline constexpr double share_tolerance = 1e-3;

[[nodiscard]] std::optional<double> share_of(double given) noexcept;

void make_distribution(std::vector<double>& outputs);

}  // namespace reprise
