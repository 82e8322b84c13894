// How much memory this process may use: what the machine has, or less where a control group says
// so.
//
// Shapes   bytes
// Errors   none: what cannot be read limits nothing
// Threads  any
// Source   proc(5), Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst of Linux
#pragma once

#include <cstddef>
#include <string>

namespace reprise {

struct machine_files {
  std::string proc = "/proc";
  std::string cgroup = "/sys/fs/cgroup";
};

[[nodiscard]] std::size_t usable_memory(const machine_files& read = {});

}  // namespace reprise
