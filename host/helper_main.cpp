#include "host/helper_main.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "host/number.hpp"

namespace reprise {
namespace {

// The parent may have died before its death was asked for: then it is another, or was another from
// the first, and nobody holds the pipe's other end.
bool is_awaited(pid_t parent) {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return getppid() == parent && poll(&output, 1, 0) >= 0 && (output.revents & POLLERR) == 0;
}

bool complain(const char* program, const char* call) {
  std::fprintf(stderr, "%s: ", program);
  std::perror(call);
  return false;
}

bool limit_memory(const char* program, std::uint64_t bytes) {
  const rlimit bounds{bytes, bytes};
  return setrlimit(RLIMIT_AS, &bounds) == 0 || complain(program, "setrlimit");
}

// Of this process now; nothing where the system does not say.
std::optional<std::uint64_t> address_space() {
  unsigned long long pages = 0;
  std::FILE* const told = std::fopen("/proc/self/statm", "re");
  if (told == nullptr) return std::nullopt;
  const bool is_read = std::fscanf(told, "%llu", &pages) == 1;
  std::fclose(told);
  if (!is_read) return std::nullopt;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

std::optional<std::uint64_t> parse_memory_argument(std::string_view text) {
  const auto bytes = parse_integer(text);
  if (!bytes || *bytes < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*bytes);
}

bool start_helping(const char* program, pid_t parent, std::uint64_t memory_bytes) {
  // A helper without its parent would work for nobody.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || !is_awaited(parent)) return false;
  return memory_bytes == 0 || limit_memory(program, memory_bytes);
}

bool limit_memory_above(const char* program, std::uint64_t memory_bytes) {
  if (memory_bytes == 0) return true;
  const auto taken = address_space();
  if (!taken) return complain(program, "/proc/self/statm");
  return limit_memory(program, *taken + memory_bytes);
}

void send_to_parent(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) _exit(1);  // nobody can be told, and there is nothing to undo
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
}

}  // namespace reprise
