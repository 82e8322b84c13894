#include "host/helper_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <thread>
#include <utility>

#include "host/match/assert.hpp"
#include "host/waiting_time.hpp"

extern char** environ;

namespace reprise {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string with_errno(const std::string& text, int code) {
  return text + ": " + std::strerror(code);
}

struct spawn_settings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  spawn_settings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  spawn_settings(const spawn_settings&) = delete;
  ~spawn_settings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }

  // Output to the pipe, input from the socket or none, and signals as a new program expects them.
  [[nodiscard]] int prepare(int input, int output) {
    sigset_t defaults, unblocked;
    sigemptyset(&unblocked);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGCHLD);
    int code = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (code == 0 && input >= 0) {
      code = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    } else if (code == 0) {
      code = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    if (code == 0) code = posix_spawnattr_setsigdefault(&attributes, &defaults);
    if (code == 0) code = posix_spawnattr_setsigmask(&attributes, &unblocked);
    if (code == 0) {
      code = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    }
    return code;
  }
};

// Both ends of a way to the helper and of one back; what is still here at the end is closed.
struct two_ways {
  int input[2] = {-1, -1};   // ours, the helper's
  int output[2] = {-1, -1};  // ours, the helper's

  two_ways() = default;
  two_ways(const two_ways&) = delete;
  ~two_ways() {
    for (const int end : {input[0], input[1], output[0], output[1]}) {
      if (end >= 0) close(end);
    }
  }
  // The way to the helper is a socket: a pipe whose reader has gone would raise SIGPIPE.
  [[nodiscard]] bool open(bool has_input) {
    if (pipe2(output, O_CLOEXEC) != 0) return false;
    return !has_input || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) == 0;
  }
};

std::string name_of(const std::string& program) {
  return std::filesystem::path{program}.filename().string();
}

}  // namespace

std::string helper_path(const std::string& program) {
  namespace fs = std::filesystem;
  if (const char* folder = std::getenv("REPRISE_LIBEXEC"); folder != nullptr && *folder != '\0') {
    return (fs::path{folder} / program).string();
  }
  std::error_code unknown;
  const fs::path self = fs::read_symlink("/proc/self/exe", unknown);
  return (self.parent_path().parent_path() / "libexec" / "reprise" / program).string();
}

std::string memory_argument(std::uint64_t bytes_max) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  bytes_max = 0;
#endif
  return std::to_string(bytes_max);
}

helper_process::helper_process(std::string name, const helper_options& options) noexcept
    : name_{std::move(name)}, options_{options} {
  if (options_.run_max) allow(*options_.run_max);
}

outcome<helper_process> helper_process::start(const std::string& program,
                                              const std::vector<std::string>& arguments,
                                              const helper_options& options) {
  const std::string name = name_of(program);
  if (access(program.c_str(), X_OK) != 0) {
    return failure{errc::helper_missing,
                   name + " is not installed: there is no program " + program +
                       " (the environment variable REPRISE_LIBEXEC names its folder)"};
  }
  helper_process made{name, options};
  if (const outcome<void> spawned = made.spawn(program, arguments); !spawned) {
    return spawned.error();
  }
  return made;
}

outcome<void> helper_process::spawn(const std::string& program,
                                    const std::vector<std::string>& arguments) {
  two_ways ways;
  if (!ways.open(options_.has_input)) {
    return failure{errc::helper_failed, with_errno(name_ + " could not be started", errno)};
  }
  std::vector<char*> words{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) {
    words.push_back(const_cast<char*>(argument.c_str()));
  }
  words.push_back(nullptr);
  spawn_settings settings;
  int code = settings.prepare(ways.input[1], ways.output[1]);
  if (code == 0) {
    code = posix_spawn(&process_, program.c_str(), &settings.actions, &settings.attributes,
                       words.data(), environ);
  }
  if (code != 0) {
    process_ = -1;
    return failure{errc::helper_failed, with_errno(name_ + " could not be started", code)};
  }
  if (options_.priority == thread_priority::lowest) lower_priority(process_);
  input_ = std::exchange(ways.input[0], -1);
  output_ = std::exchange(ways.output[0], -1);
  return {};
}

helper_process::helper_process(helper_process&& other) noexcept
    : name_{std::move(other.name_)},
      options_{other.options_},
      deadline_{other.deadline_},
      process_{std::exchange(other.process_, -1)},
      input_{std::exchange(other.input_, -1)},
      output_{std::exchange(other.output_, -1)} {}

helper_process::~helper_process() {
  kill();
  close_input();
  if (output_ >= 0) close(output_);
}

void helper_process::allow(milliseconds run_max) {
  options_.run_max = run_max;
  deadline_ = steady_clock::now() + run_max;
}

bool helper_process::is_stirring() const {
  pollfd output{output_, POLLIN, 0};
  return poll(&output, 1, 0) != 0;
}

void helper_process::close_input() noexcept {
  if (input_ >= 0) close(std::exchange(input_, -1));
}

void helper_process::kill() noexcept {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) continue;
  process_ = -1;
}

failure helper_process::stopped(errc code, const std::string& why) {
  kill();
  return {code, name_ + " " + why + " and was stopped"};
}

outcome<void> helper_process::check_wanted() {
  if (options_.cancel != nullptr && options_.cancel->cancelled()) {
    return stopped(errc::stopping, "is no longer wanted");
  }
  if (deadline_ && steady_clock::now() >= *deadline_) {
    return stopped(errc::helper_failed,
                   "was not done after " + std::to_string(options_.run_max->count() / 1000) + " s");
  }
  return {};
}

milliseconds helper_process::before_deadline(milliseconds slice) const {
  if (!deadline_) return slice;
  const auto left = std::chrono::ceil<milliseconds>(*deadline_ - steady_clock::now());
  return std::clamp(left, milliseconds{0}, slice);
}

outcome<void> helper_process::await(int descriptor, short events, milliseconds silence_max) {
  waiting_time silence{silence_max};
  for (;;) {
    if (const outcome<void> wanted = check_wanted(); !wanted) return wanted.error();
    const auto began = steady_clock::now();
    const int cancelled = options_.cancel == nullptr ? -1 : options_.cancel->descriptor();
    pollfd watched[] = {{descriptor, events, 0}, {cancelled, POLLIN, 0}};
    const auto slice = before_deadline(silence.slice());
    const int ready = poll(watched, std::size(watched), static_cast<int>(slice.count()));
    if (ready < 0 && errno != EINTR) return failure{errc::helper_failed, with_errno(name_, errno)};
    if (ready > 0 && watched[0].revents != 0) return {};
    silence.count(steady_clock::now() - began);
    if (silence.is_over()) {
      return stopped(errc::helper_failed,
                     "got nowhere for " + std::to_string(silence_max.count() / 1000) + " s");
    }
  }
}

outcome<void> helper_process::write(std::span<const std::byte> bytes, milliseconds silence_max) {
  REPRISE_ASSERT(input_ >= 0);
  while (!bytes.empty()) {
    const outcome<void> ready = await(input_, POLLOUT, silence_max);
    if (!ready) return ready.error();
    const ssize_t sent = send(input_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (sent < 0) return failure{errc::output_closed, name_ + " reads no more"};
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return {};
}

outcome<std::size_t> helper_process::read(std::span<std::byte> buffer, milliseconds silence_max) {
  for (;;) {
    const outcome<void> ready = await(output_, POLLIN, silence_max);
    if (!ready) return ready.error();
    const ssize_t got = ::read(output_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure{errc::helper_failed, with_errno(name_, errno)};
    return static_cast<std::size_t>(got);
  }
}

outcome<void> helper_process::finish(milliseconds silence_max) {
  constexpr milliseconds pause{5};
  waiting_time silence{silence_max};
  int status = 0;
  REPRISE_ASSERT(process_ >= 0);  // once stopped there is nothing to wait for
  for (;;) {
    const pid_t ended = waitpid(process_, &status, WNOHANG);
    if (ended == process_) break;
    if (ended < 0 && errno != EINTR) {
      // Reaped behind our back: the number may be another process's by now.
      if (errno == ECHILD) process_ = -1;
      return failure{errc::helper_failed, with_errno(name_, errno)};
    }
    if (const outcome<void> wanted = check_wanted(); !wanted) return wanted.error();
    if (silence.is_over()) return stopped(errc::helper_failed, "did not end");
    const auto began = steady_clock::now();
    std::this_thread::sleep_for(pause);
    silence.count(steady_clock::now() - began);
  }
  process_ = -1;
  if (WIFSIGNALED(status)) {
    const int by = WTERMSIG(status);
    return failure{errc::helper_failed, name_ + " was ended by signal " + std::to_string(by) +
                                            " (" + strsignal(by) + ")"};
  }
  if (WEXITSTATUS(status) != 0) {
    return failure{errc::helper_failed,
                   name_ + " ended with status " + std::to_string(WEXITSTATUS(status))};
  }
  return {};
}

}  // namespace reprise
