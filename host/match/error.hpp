// Errors of the whole program as values: `errc` says who caused it and what the caller does next.
//
// `result<T>` is a T or an errc, for code that may use the standard library alone (C++20 has no
// std::expected). host/ and net/ carry a text along with the errc: host/failure.hpp.
#pragma once

#include <string_view>
#include <utility>
#include <variant>

#include "host/match/assert.hpp"

namespace reprise {

enum class errc {
  fingerprint_malformed = 1,  // the source broke the format; the tick is a gap with this reason
  time_not_increasing,        // the tick is not after the channel's newest; it was not taken
  channel_unknown,            // the channel was removed or never added; nothing was done
  parameter_out_of_range,     // a parameter is outside its bounds; nothing was made
  kernel_unsupported,     // the forced kernel is unknown, or this processor lacks it; do not start
  overloaded,             // a bounded queue was full; the caller may retry
  host_memory,            // the system refused an allocation; this request alone fails
  device_memory,          // the GPU refused an allocation; the channel goes to the CPU engine
  device_lost,            // a sticky CUDA error; the tick is redone on the CPU engine
  usage,                  // the command line makes no sense; exit 2
  data_malformed,         // an input file is not what it should be; exit 65
  io_failed,              // a file could not be opened, read or written; exit 74
  output_closed,          // whoever reads our output has gone; exit 0, silently
  storage_full,           // the disk is full; nothing was written, try again later
  storage_lost,           // a sync failed twice within a minute; the process must end with 74
  data_conflict,          // another fingerprint is already there; nothing was stored
  configuration_invalid,  // the configuration makes no sense; exit 78
  json_malformed,         // the text is no JSON; 400
  field_invalid,          // a field is missing, unknown or of the wrong type; 422
  out_of_range,           // a number that the field cannot hold; 422
  url_invalid,            // 422
  url_blocked,            // the egress guard forbids the address; 422
  not_found,              // no such channel, key or delivery; 404
  loading,                // the history is not loaded yet; 503
  stopping,               // the service is draining; 503
  helper_failed,          // a helper program died, or passed one of its limits; exit 1
  helper_missing,         // a helper program is not installed; 501
  data_insufficient,      // too little is known for what was asked; 422
};

[[nodiscard]] std::string_view to_string(errc code) noexcept;

template <typename T>
class [[nodiscard]] result {
 public:
  result(T value) : state_{std::in_place_index<0>, std::move(value)} {}
  result(errc code) : state_{std::in_place_index<1>, code} {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] T& value() & {
    REPRISE_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    REPRISE_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && { return std::move(value()); }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(value()); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }

  [[nodiscard]] errc error() const {
    REPRISE_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, errc> state_;
};

}  // namespace reprise
