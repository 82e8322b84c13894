// A process that is refused memory, as long as this is there: it may take so many bytes more.
//
// Errors   std::bad_alloc and the like, where more is asked for; not of pages that it has kept. The
//          sanitizers need the memory themselves
// Threads  one
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>

namespace reprise {

class memory_limit {
 public:
  explicit memory_limit(std::size_t more) {
    std::size_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages;
    getrlimit(RLIMIT_AS, &before_);
    const rlimit lowered{pages * static_cast<std::size_t>(getpagesize()) + more, before_.rlim_max};
    setrlimit(RLIMIT_AS, &lowered);
  }
  memory_limit(const memory_limit&) = delete;
  memory_limit& operator=(const memory_limit&) = delete;
  ~memory_limit() { setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_{};
};

}  // namespace reprise
