#include "tests/film_demo/programs.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

extern char** environ;

namespace reprise::film_demo {
namespace {

failure failed(const words& command, const std::string& why) {
  return {errc::helper_failed, command.front() + ": " + why};
}

std::string read_all(int from) {
  std::string text;
  std::array<char, 65'536> buffer;
  for (;;) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

outcome<std::string> run(const words& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return failed(command, std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t process = -1;
  const int code =
      posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text = code == 0 ? read_all(ends[0]) : "";
  close(ends[0]);
  if (code != 0) return failed(command, std::strerror(code));
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) return failed(command, std::strerror(errno));
  }
  if (!WIFEXITED(status)) return failed(command, "ended by a signal");
  if (WEXITSTATUS(status) != 0) {
    return failed(command, "ended with status " + std::to_string(WEXITSTATUS(status)));
  }
  return text;
}

outcome<void> run_all(const std::vector<words>& commands) {
  std::atomic<std::size_t> next{0};
  std::mutex guard;
  std::optional<failure> first;
  const auto work = [&] {
    for (std::size_t i = next++; i < commands.size(); i = next++) {
      const auto done = run(commands[i]);
      const std::lock_guard lock{guard};
      if (!done && !first) first = done.error();
      if (first) return;
    }
  };
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
      workers.emplace_back(work);
    }
  }
  if (first) return *first;
  return {};
}

words ffmpeg(const words& arguments) {
  words made{"ffmpeg", "-nostdin", "-v", "error", "-y", "-threads", "1"};
  made.insert(made.end(), arguments.begin(), arguments.end());
  return made;
}

scratch_folder::scratch_folder() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "reprise-film-demo-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    std::perror("film-demo: mkdtemp");
    std::exit(74);
  }
  path_ = pattern;
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;  // a folder left behind harms nobody
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace reprise::film_demo
