#include "host/helper_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

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

  // Output to the pipe, no input, and signals as a new program expects them.
  [[nodiscard]] int prepare(int output) {
    sigset_t defaults, unblocked;
    sigemptyset(&unblocked);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGCHLD);
    int code = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (code == 0) {
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

outcome<helper_process> helper_process::start(const std::string& program,
                                              const std::vector<std::string>& arguments) {
  const std::string name = name_of(program);
  if (access(program.c_str(), X_OK) != 0) {
    return failure{errc::helper_failed,
                   name + " is not installed: there is no program " + program +
                       " (the environment variable REPRISE_LIBEXEC names its folder)"};
  }
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return failure{errc::helper_failed, with_errno(name + " could not be started", errno)};
  }
  std::vector<char*> words{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) {
    words.push_back(const_cast<char*>(argument.c_str()));
  }
  words.push_back(nullptr);
  spawn_settings settings;
  pid_t process = -1;
  int code = settings.prepare(ends[1]);
  if (code == 0) {
    code = posix_spawn(&process, program.c_str(), &settings.actions, &settings.attributes,
                       words.data(), environ);
  }
  close(ends[1]);
  if (code != 0) {
    close(ends[0]);
    return failure{errc::helper_failed, with_errno(name + " could not be started", code)};
  }
  return helper_process{name, process, ends[0]};
}

helper_process::helper_process(helper_process&& other) noexcept
    : name_{std::move(other.name_)},
      process_{std::exchange(other.process_, -1)},
      output_{std::exchange(other.output_, -1)} {}

helper_process::~helper_process() {
  kill();
  if (output_ >= 0) close(output_);
}

void helper_process::kill() noexcept {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) continue;
  process_ = -1;
}

outcome<std::size_t> helper_process::read(std::span<std::byte> buffer, milliseconds silence_max) {
  waiting_time silence{silence_max};
  for (;;) {
    const auto began = steady_clock::now();
    pollfd watched{output_, POLLIN, 0};
    const int ready = poll(&watched, 1, static_cast<int>(silence.slice().count()));
    if (ready < 0 && errno != EINTR) return failure{errc::helper_failed, with_errno(name_, errno)};
    if (ready <= 0) {
      silence.count(steady_clock::now() - began);
      if (!silence.is_over()) continue;
      kill();
      return failure{errc::helper_failed, name_ + " got nowhere for " +
                                              std::to_string(silence_max.count() / 1000) +
                                              " s and was stopped"};
    }
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
  for (;;) {
    const pid_t ended = waitpid(process_, &status, WNOHANG);
    if (ended == process_) break;
    if (ended < 0 && errno != EINTR) {
      // Reaped behind our back: the number may be another process's by now.
      if (errno == ECHILD) process_ = -1;
      return failure{errc::helper_failed, with_errno(name_, errno)};
    }
    if (silence.is_over()) {
      kill();
      return failure{errc::helper_failed, name_ + " did not end and was stopped"};
    }
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
