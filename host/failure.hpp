// Failures of host/ and net/ as values: an errc for the program, a text for the person who must
// mend it.
//
// `outcome<T>` is a T or a failure. The text is one line without the program's name: "film.mkv: no
// such file", "a.ndjson:17: times must increase: 5 after 9".
#pragma once

#include <string>

#include <boost/system/result.hpp>

#include "host/match/error.hpp"

namespace reprise {

struct failure {
  errc code = errc::io_failed;
  std::string what;
  std::string field = {};  // JSON pointer of what is wrong in a request; else empty
};

template <typename T>
using outcome = boost::system::result<T, failure>;

// The program's exit status: 0 output_closed, 2 usage, 65 data_malformed, 74 io_failed and the
// storage errors, 78 configuration_invalid, else 1.
[[nodiscard]] int exit_status(errc code) noexcept;

// Boost.System asks for this where value() is called on a failure: a broken invariant of ours.
[[noreturn]] void throw_exception_from_error(const failure& failed,
                                             const boost::source_location& place);

}  // namespace reprise
