#include "host/machine_memory.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>

#include "host/number.hpp"

namespace reprise {
namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

std::size_t physical_memory(const std::string& proc) {
  std::ifstream file{proc + "/meminfo"};
  std::string name;
  std::size_t kilobytes = 0;
  if (file >> name >> kilobytes && name == "MemTotal:") return kilobytes * 1024;
  return no_limit;
}

// "max" and whatever else is no number limit nothing.
std::size_t limit_in(const std::string& path) {
  std::ifstream file{path};
  std::string text;
  if (!(file >> text)) return no_limit;
  const auto limit = parse_integer(text);
  return limit && *limit >= 0 ? static_cast<std::size_t>(*limit) : no_limit;
}

// A group is held to the limits of those above it, too.
std::size_t limit_of_group(const std::string& root, std::string path, std::string_view file) {
  std::size_t limit = no_limit;
  for (;;) {
    while (!path.empty() && path.back() == '/') path.pop_back();
    limit = std::min(limit, limit_in(root + path + "/" + std::string{file}));
    if (path.empty()) return limit;
    path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  }
}

bool names_memory(std::string_view controllers) {
  std::istringstream each{std::string{controllers}};
  for (std::string name; std::getline(each, name, ',');) {
    if (name == "memory") return true;
  }
  return false;
}

// Lines of /proc/self/cgroup: "0::/path" of version 2, "4:cpu,memory:/path" of version 1.
std::size_t group_memory(const machine_files& read) {
  std::ifstream groups{read.proc + "/self/cgroup"};
  std::size_t limit = no_limit;
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) {
      limit = std::min(limit, limit_of_group(read.cgroup, path, "memory.max"));
    } else if (names_memory(controllers)) {
      limit =
          std::min(limit, limit_of_group(read.cgroup + "/memory", path, "memory.limit_in_bytes"));
    }
  }
  return limit;
}

}  // namespace

std::size_t usable_memory(const machine_files& read) {
  return std::min(physical_memory(read.proc), group_memory(read));
}

}  // namespace reprise
