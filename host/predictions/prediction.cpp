#include "host/predictions/prediction.hpp"

#include "host/printable.hpp"

namespace reprise {
namespace {

constexpr std::string_view names[prediction_reasons] = {
    "picture_invalid", "data_insufficient", "library_too_large", "helper_missing", "helper_failed",
    "storage_failed",  "server_refused",    "server_failed",     "timeout",        "stopping"};

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
  return names[static_cast<std::size_t>(reason)];
}

bool is_for_good(prediction_reason reason) noexcept {
  switch (reason) {
    case prediction_reason::picture_invalid:
    case prediction_reason::data_insufficient:
    case prediction_reason::library_too_large:
    case prediction_reason::helper_missing:
    case prediction_reason::server_refused:
      return true;
    default:
      return false;
  }
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
