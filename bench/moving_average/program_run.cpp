#include "bench/moving_average/program_run.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>

namespace reprise::bench {
namespace {

// Which of our descriptors are its standard input and output; -1: none.
outcome<pid_t> spawn(const std::vector<std::string>& words, int input, int output) {
  std::vector<std::string> held = words;
  std::vector<char*> arguments;
  arguments.reserve(held.size() + 1);
  for (std::string& word : held) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (const auto& [given, standard, flags] :
       {std::array{input, STDIN_FILENO, O_RDONLY}, std::array{output, STDOUT_FILENO, O_WRONLY}}) {
    if (given >= 0) {
      ::posix_spawn_file_actions_adddup2(&actions, given, standard);
    } else {
      ::posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", flags, 0);
    }
  }
  pid_t made = 0;
  const int failed =
      ::posix_spawn(&made, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return failure{errc::io_failed, words[0] + ": cannot be started"};
  return made;
}

outcome<void> await(pid_t process, const std::string& program) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return failure{errc::io_failed, program + ": did not end well"};
}

// VmHWM of a process that lives. What wait4(2) tells of one that has ended counts in its parent.
double peak_bytes(pid_t process) {
  std::ifstream lines{"/proc/" + std::to_string(process) + "/status"};
  constexpr std::string_view wanted = "VmHWM:";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(wanted)) return std::stod(line.substr(wanted.size())) * 1024;
  }
  return 0;
}

bool write_all(int into, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(into, text.data(), text.size());
    if (count < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// Until the pipe is empty; its reader then waits for more.
void await_reader(int into) {
  constexpr std::size_t pipe_bytes = 1 << 16;
  const std::string blank(pipe_bytes, '\n');  // blank lines are passed over
  write_all(into, blank);
}

}  // namespace

outcome<double> time_program(const std::vector<std::string>& words, const std::string& output) {
  constexpr mode_t mode = 0600;
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (file < 0) return failure{errc::io_failed, output + ": cannot be made"};
  const auto begin = std::chrono::steady_clock::now();
  const auto process = spawn(words, -1, file);
  ::close(file);
  if (!process) return process.error();
  if (auto ended = await(*process, words[0]); !ended) return ended.error();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

outcome<std::string> output_of_program(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failure{errc::io_failed, "no pipe can be made"};
  const auto process = spawn(words, -1, ends[1]);
  ::close(ends[1]);
  std::string text;
  std::array<char, 4'096> piece{};
  for (ssize_t count = 0; process && (count = ::read(ends[0], piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  if (!process) return process.error();
  if (auto ended = await(*process, words[0]); !ended) return ended.error();
  return text;
}

outcome<double> peak_bytes_of_program(const std::vector<std::string>& words,
                                      const std::function<std::string()>& make) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failure{errc::io_failed, "no pipe can be made"};
  const auto process = spawn(words, ends[0], -1);
  ::close(ends[0]);
  if (!process) {
    ::close(ends[1]);
    return process.error();
  }
  for (std::string piece = make(); !piece.empty() && write_all(ends[1], piece);) piece = make();
  await_reader(ends[1]);
  const double peak = peak_bytes(*process);
  ::close(ends[1]);
  if (auto ended = await(*process, words[0]); !ended) return ended.error();
  return peak;
}

}  // namespace reprise::bench
