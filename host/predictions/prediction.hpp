// What a prediction ends with: a label and a score, or why there is none.
//
// Shapes   a fault's text is one line
// Threads  pure
// Source   the library around the matcher, docs/design.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

#include "host/failure.hpp"
#include "host/vision.hpp"

namespace reprise {

// Another try of the same picture may end otherwise where is_for_good() is false.
enum class prediction_reason : std::uint8_t {
  picture_invalid,    // it is no picture, or a broken one
  data_insufficient,  // the library has no video to compare with
  library_too_large,
  helper_missing,
  helper_failed,   // it crashed, or passed a limit
  storage_failed,  // the library could not be read
  server_refused,  // it answered 4xx
  server_failed,   // it cannot be reached, or answered otherwise than the protocol says
  timeout,
  stopping,  // no try at all
};
inline constexpr std::size_t prediction_reasons = 10;
[[nodiscard]] std::string_view to_string(prediction_reason reason) noexcept;
[[nodiscard]] bool is_for_good(prediction_reason reason) noexcept;

struct prediction_fault {
  prediction_reason reason = prediction_reason::helper_failed;
  std::string what;
  [[nodiscard]] std::string text() const;  // "helper_failed: it crashed"
};

using prediction_outcome = boost::system::result<classification, prediction_fault>;

[[noreturn]] void throw_exception_from_error(const prediction_fault& fault,
                                             const boost::source_location& place);

// Of a look at a picture, or of the library.
[[nodiscard]] prediction_fault fault_of(const failure& failed);

}  // namespace reprise
