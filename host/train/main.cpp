// The program `reprise-train`: reads one table from standard input and writes what each of its
// features is worth to standard output, both as host/train_protocol.hpp has it. `reprise` starts
// it, for /feature-importance.
//
// Usage    reprise-train MEMORY_BYTES, 0 for no limit. Exit 0 once gains or failed is written, 1 if
//          nobody reads, 2 usage
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include "host/helper_main.hpp"
#include "host/train/tree_training.hpp"

namespace reprise {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;

train::reply answer() {
  train::request_reader reader;
  std::array<std::byte, buffer_bytes> buffer;
  for (;;) {
    const ssize_t got = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return train::failed{train::reason::request, std::strerror(errno)};
    if (got == 0) break;
    const auto taken = reader.take(std::span{buffer}.first(static_cast<std::size_t>(got)));
    if (!taken) return train::failed{train::reason::request, taken.error().what};
  }
  outcome<train::request> asked = reader.finish();
  if (!asked) return train::failed{train::reason::request, asked.error().what};
  return train::train_trees(std::move(*asked));
}

train::reply answer_within_memory() {
  try {
    return answer();
  } catch (const std::bad_alloc&) {
    return train::failed{train::reason::memory, "out of memory"};
  }
}

int run(int count, char** arguments) {
  const pid_t parent = getppid();
  const auto memory_bytes = parse_memory_argument(count == 2 ? arguments[1] : "");
  if (!memory_bytes) {
    std::fputs("usage: reprise-train MEMORY_BYTES (started by: reprise serve)\n", stderr);
    return 2;
  }
  if (!start_helping("reprise-train", parent, *memory_bytes)) return 1;
  send_to_parent(train::encode(answer_within_memory()));
  return 0;
}

}  // namespace
}  // namespace reprise

int main(int count, char** arguments) {
  return reprise::run(count, arguments);
}
