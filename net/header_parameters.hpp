// A header's value with its parameters: `form-data; name="file"; filename="a.csv"`.
//
// Shapes   the value and the parameters' names are lower case. Within quotes a backslash escapes a
//          quote or a backslash, and stands for itself before anything else: browsers send the
//          paths of files as they are
// Errors   nothing where the text is not of that kind, or names a parameter twice
// Threads  pure
// Source   RFC 9110 section 5.6.6, RFC 7578 section 4.2
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise {

struct header_parameters {
  std::string value;
  std::vector<std::pair<std::string, std::string>> parameters;

  [[nodiscard]] const std::string* parameter(std::string_view name) const;
};

[[nodiscard]] std::optional<header_parameters> parse_header_parameters(std::string_view text);

}  // namespace reprise
