#include "net/option_values.hpp"

#include "host/number.hpp"

namespace reprise {

failure bad_option(std::string_view name, std::string_view value, std::string_view allowed) {
  std::string text{name};
  text.append(" ").append(value).append(": must be ").append(allowed);
  return {errc::usage, std::move(text)};
}

outcome<std::uint32_t> whole_option(std::string_view name, const std::optional<std::string>& typed,
                                    std::uint32_t least, std::uint32_t greatest,
                                    std::uint32_t otherwise) {
  if (!typed) return otherwise;
  const auto number = parse_integer(*typed);
  if (number && *number >= least && *number <= greatest) {
    return static_cast<std::uint32_t>(*number);
  }
  return bad_option(
      name, *typed,
      "a whole number from " + std::to_string(least) + " to " + std::to_string(greatest));
}

}  // namespace reprise
