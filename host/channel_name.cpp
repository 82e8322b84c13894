#include "host/channel_name.hpp"

#include <algorithm>
#include <filesystem>

namespace reprise {
namespace {

bool is_alphanumeric(char byte) noexcept {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9');
}

bool is_name_character(char byte) noexcept {
  return is_alphanumeric(byte) || byte == '.' || byte == '_' || byte == '-';
}

}  // namespace

bool is_channel_name(std::string_view checked) noexcept {
  return !checked.empty() && checked.size() <= channel_name_bytes_max &&
         is_alphanumeric(checked.front()) &&
         std::all_of(checked.begin(), checked.end(), is_name_character);
}

std::string channel_name_of(std::string_view path) {
  if (path == "-") return "stdin";
  std::string name = std::filesystem::path{path}.stem().string();
  name.erase(name.begin(), std::find_if(name.begin(), name.end(), is_alphanumeric));
  std::replace_if(
      name.begin(), name.end(), [](char byte) { return !is_name_character(byte); }, '_');
  if (name.empty()) return "recording";
  return name.substr(0, channel_name_bytes_max);
}

}  // namespace reprise
