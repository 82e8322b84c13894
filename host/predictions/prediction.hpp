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

enum class prediction_reason : std::uint8_t {
  picture_invalid,    // it is no picture, or a broken one
  data_insufficient,  // the library has no video to compare with
  library_too_large,
  helper_missing,
  helper_unready,  // it cannot be started
  helper_failed,   // it crashed, or passed a limit
  storage_failed,  // the library, or the image, could not be read
  server_refused,  // it answered that this picture is none for it
  server_failed,   // it cannot be reached, is not ready, or fails
  answer_invalid,  // it answered otherwise than the protocol says
  timeout,
  interrupted,         // the service ended meanwhile
  capacity_exhausted,  // the service itself was refused memory, or has no connection left
  stopping,            // no try at all
};
inline constexpr std::size_t prediction_reasons = 14;
[[nodiscard]] std::string_view to_string(prediction_reason reason) noexcept;
// Of what a job failed with, "timeout: ...".
[[nodiscard]] prediction_reason reason_of(std::string_view error) noexcept;

// What a fault of this reason means to the job whose picture was looked at.
enum class fault_kind : std::uint8_t {
  final,       // it has failed: another try would end likewise
  of_picture,  // held to be of the picture: the try counts, and others may follow
  doubtful,    // of the picture or of what predicts: whether the try counts is to be found out
  of_service,  // of neither: the try does not count, and shows nothing of what predicts
  no_try,
};
[[nodiscard]] fault_kind kind_of(prediction_reason reason) noexcept;

struct prediction_fault {
  prediction_reason reason = prediction_reason::helper_failed;
  std::string what;
  [[nodiscard]] std::string text() const;  // "helper_failed: it crashed"
};

using prediction_outcome = boost::system::result<classification, prediction_fault>;
// As a fault that is final where there is none.
[[nodiscard]] fault_kind kind_of(const prediction_outcome& seen) noexcept;
// What predicts is at work.
[[nodiscard]] bool is_answer(fault_kind kind) noexcept;

[[noreturn]] void throw_exception_from_error(const prediction_fault& fault,
                                             const boost::source_location& place);

// Of a look at a picture, or of the library.
[[nodiscard]] prediction_fault fault_of(const failure& failed);

}  // namespace reprise
