#include "host/predictions/prediction.hpp"

#include "host/printable.hpp"

namespace reprise {
namespace {

struct reason_row {
  std::string_view name;
  fault_kind kind;
};
constexpr reason_row rows[prediction_reasons] = {
    {"picture_invalid", fault_kind::final},
    {"data_insufficient", fault_kind::final},
    {"library_too_large", fault_kind::final},
    {"helper_missing", fault_kind::doubtful},
    {"helper_unready", fault_kind::doubtful},
    {"helper_failed", fault_kind::of_picture},
    {"storage_failed", fault_kind::doubtful},
    {"server_refused", fault_kind::final},
    {"server_failed", fault_kind::doubtful},
    {"answer_invalid", fault_kind::of_picture},
    {"timeout", fault_kind::doubtful},
    {"interrupted", fault_kind::of_picture},
    {"capacity_exhausted", fault_kind::of_service},
    {"stopping", fault_kind::no_try},
};

prediction_reason reason_of(errc code) noexcept {
  switch (code) {
    case errc::data_malformed:
      return prediction_reason::picture_invalid;
    case errc::data_insufficient:
      return prediction_reason::data_insufficient;
    case errc::parameter_out_of_range:
      return prediction_reason::library_too_large;
    case errc::helper_missing:
      return prediction_reason::helper_missing;
    case errc::configuration_invalid:
      return prediction_reason::helper_unready;
    case errc::host_memory:
      return prediction_reason::capacity_exhausted;
    case errc::stopping:
      return prediction_reason::stopping;
    case errc::io_failed:
    case errc::storage_full:
    case errc::storage_lost:
      return prediction_reason::storage_failed;
    default:
      return prediction_reason::helper_failed;
  }
}

}  // namespace

std::string_view to_string(prediction_reason reason) noexcept {
  return rows[static_cast<std::size_t>(reason)].name;
}

prediction_reason reason_of(std::string_view error) noexcept {
  const std::string_view word = error.substr(0, error.find(':'));
  for (std::size_t i = 0; i < prediction_reasons; ++i) {
    if (rows[i].name == word) return static_cast<prediction_reason>(i);
  }
  return prediction_reason::helper_failed;
}

fault_kind kind_of(prediction_reason reason) noexcept {
  return rows[static_cast<std::size_t>(reason)].kind;
}

fault_kind kind_of(const prediction_outcome& seen) noexcept {
  return seen ? fault_kind::final : kind_of(seen.error().reason);
}

bool is_answer(fault_kind kind) noexcept {
  return kind == fault_kind::final || kind == fault_kind::of_picture;
}

std::string prediction_fault::text() const {
  return std::string{to_string(reason)} + ": " + printable(what);
}

void throw_exception_from_error(const prediction_fault& fault,
                                const boost::source_location& place) {
  throw_exception_from_error(failure{errc::helper_failed, fault.text()}, place);
}

prediction_fault fault_of(const failure& failed) {
  return {reason_of(failed.code), failed.what};
}

}  // namespace reprise
