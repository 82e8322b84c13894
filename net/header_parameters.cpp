#include "net/header_parameters.hpp"

#include <algorithm>

#include "net/http_text.hpp"

namespace reprise {
namespace {

// What stands between quotes; `rest` begins behind the first and then behind the last.
std::optional<std::string> take_quoted(std::string_view& rest) {
  std::string text;
  for (std::size_t at = 0; at < rest.size(); ++at) {
    if (rest[at] == '"') {
      rest = trimmed(rest.substr(at + 1));
      return text;
    }
    const char next = at + 1 < rest.size() ? rest[at + 1] : '\0';
    if (rest[at] == '\\' && (next == '"' || next == '\\')) ++at;
    text += rest[at];
  }
  return std::nullopt;
}

std::optional<std::string> take_value(std::string_view& rest) {
  if (rest.starts_with('"')) {
    rest.remove_prefix(1);
    auto text = take_quoted(rest);
    if (!text || (!rest.empty() && rest.front() != ';')) return std::nullopt;
    rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
    return text;
  }
  std::string text{next_piece(rest, ';')};
  if (text.empty() || text.find('"') != text.npos) return std::nullopt;
  return text;
}

}  // namespace

const std::string* header_parameters::parameter(std::string_view name) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const auto& each) { return each.first == name; });
  return found == parameters.end() ? nullptr : &found->second;
}

std::optional<header_parameters> parse_header_parameters(std::string_view text) {
  header_parameters read;
  read.value = lower_case(next_piece(text, ';'));
  if (read.value.empty()) return std::nullopt;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    const std::size_t equals = text.find('=');
    if (equals == text.npos || !is_token(text.substr(0, equals))) return std::nullopt;
    std::string name = lower_case(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    auto value = take_value(text);
    if (!value || read.parameter(name) != nullptr) return std::nullopt;
    read.parameters.emplace_back(std::move(name), *std::move(value));
  }
  return read;
}

}  // namespace reprise
