// Values of options, from the texts that were typed: strict, each refusal naming option, value and
// what is allowed.
//
// Errors   usage: "--window 0: must be a whole number from 1 to 604800"
// Threads  pure
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/failure.hpp"

namespace reprise {

[[nodiscard]] failure bad_option(std::string_view name, std::string_view value,
                                 std::string_view allowed);

// `otherwise` where the option was not given.
[[nodiscard]] outcome<std::uint32_t> whole_option(std::string_view name,
                                                  const std::optional<std::string>& typed,
                                                  std::uint32_t least, std::uint32_t greatest,
                                                  std::uint32_t otherwise);

}  // namespace reprise
