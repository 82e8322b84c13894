#include "host/predictions/predictor.hpp"

namespace reprise {

outcome<classification> library_predictor::predict(std::span<const std::byte> picture) {
  const auto seen = sees_->describe(picture);
  if (!seen) return seen.error();
  const auto rows = library_.current();
  if (!rows) return rows.error();
  if ((*rows)->size() == 0) {
    return failure{errc::data_insufficient, "the library has no video with features"};
  }
  return vote(**rows, (*rows)->nearest(*seen, neighbours_));
}

}  // namespace reprise
