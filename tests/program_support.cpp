#include "tests/program_support.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace reprise {
namespace {

struct stream_pipe {
  stream_pipe() { EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0); }
  ~stream_pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(int end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
  int ends[2] = {-1, -1};
};

[[noreturn]] void become_reprise(const std::vector<std::string>& arguments,
                                 const std::map<std::string, std::string>& environment) {
  ::unsetenv("REPRISE_KERNEL");
  ::unsetenv("NO_COLOR");
  ::signal(SIGPIPE, SIG_DFL);
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> values;
  const std::string program = REPRISE_PROGRAM;
  values.push_back(const_cast<char*>(program.c_str()));
  for (const std::string& argument : arguments) {
    values.push_back(const_cast<char*>(argument.c_str()));
  }
  values.push_back(nullptr);
  ::execv(program.c_str(), values.data());
  ::_exit(127);
}

// Moves what a pipe has into `text`; false at its end.
bool gather(int from, std::string& text) {
  char buffer[65'536];
  const ssize_t count = ::read(from, buffer, sizeof buffer);
  if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
  return count > 0;
}

// Feeds and drains all three streams at once, so that none of them can block the others. False
// once nothing has happened for too long.
bool exchange(pid_t child, stream_pipe& in, stream_pipe& out, stream_pipe& messages,
              const program_setting& setting, program_run& run) {
  const std::string& input = setting.input;
  std::size_t fed = 0;
  bool is_interrupted = !setting.interrupts;
  ::fcntl(in.ends[1], F_SETFL, O_NONBLOCK);
  while (out.ends[0] >= 0 || messages.ends[0] >= 0) {
    const bool all_fed = fed == input.size();
    if (all_fed && (!setting.input_ends || setting.input_ends(run))) in.close_end(1);
    if (!is_interrupted && setting.interrupts(run)) {
      is_interrupted = true;
      ::kill(child, SIGINT);
    }
    pollfd polled[] = {{out.ends[0], POLLIN, 0},
                       {messages.ends[0], POLLIN, 0},
                       {all_fed ? -1 : in.ends[1], POLLOUT, 0}};
    if (::poll(polled, 3, setting.patience_ms) <= 0) return false;
    if (polled[0].revents != 0 && !gather(out.ends[0], run.output)) out.close_end(0);
    if (polled[1].revents != 0 && !gather(messages.ends[0], run.messages)) messages.close_end(0);
    if (polled[2].revents != 0) {
      const ssize_t count = ::write(in.ends[1], input.data() + fed, input.size() - fed);
      fed = count < 0 && errno != EAGAIN
                ? input.size()
                : fed + static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
  }
  return true;
}

// Makes of a pipe a terminal that passes every byte as it is.
void make_terminal(stream_pipe& made) {
  made.close_end(0);
  made.close_end(1);
  made.ends[0] = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(made.ends[0], 0);
  ASSERT_EQ(::grantpt(made.ends[0]), 0);
  ASSERT_EQ(::unlockpt(made.ends[0]), 0);
  made.ends[1] = ::open(::ptsname(made.ends[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(made.ends[1], 0);
  termios mode = {};
  ASSERT_EQ(::tcgetattr(made.ends[1], &mode), 0);
  ::cfmakeraw(&mode);
  ASSERT_EQ(::tcsetattr(made.ends[1], TCSANOW, &mode), 0);
}

}  // namespace

program_run run_reprise_so(const std::vector<std::string>& arguments,
                           const program_setting& setting) {
  ::signal(SIGPIPE, SIG_IGN);
  stream_pipe in, out, messages;
  program_run run;
  if (setting.output == stream_kind::terminal) make_terminal(out);
  if (setting.messages == stream_kind::terminal) make_terminal(messages);
  const bool to_path = setting.output == stream_kind::path;
  if (to_path || setting.output == stream_kind::unread) out.close_end(0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(in.ends[0], STDIN_FILENO);
    ::dup2(to_path ? ::open(setting.output_path.c_str(), O_WRONLY) : out.ends[1], STDOUT_FILENO);
    ::dup2(messages.ends[1], STDERR_FILENO);
    become_reprise(arguments, setting.environment);
  }
  in.close_end(0);
  out.close_end(1);
  messages.close_end(1);
  if (!exchange(child, in, out, messages, setting, run)) {
    ADD_FAILURE() << "the program hangs";
    ::kill(child, SIGKILL);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return run;
}

program_run run_reprise(const std::vector<std::string>& arguments, const std::string& input,
                        const std::map<std::string, std::string>& environment) {
  return run_reprise_so(arguments, {.input = input, .environment = environment});
}

program_run run_reprise_into(const std::string& output_path,
                             const std::vector<std::string>& arguments) {
  return run_reprise_so(arguments, {.output = stream_kind::path, .output_path = output_path});
}

program_run run_reprise_unread(const std::vector<std::string>& arguments,
                               const std::string& input) {
  return run_reprise_so(arguments, {.input = input, .output = stream_kind::unread});
}

std::string data_path(const std::string& name) {
  return std::string{REPRISE_TEST_DATA} + "/" + name;
}

temporary_folder::temporary_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "reprise-test-XXXXXX").string();
  EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
  path = pattern;
}

temporary_folder::~temporary_folder() {
  std::filesystem::remove_all(path);
}

std::string temporary_folder::file(const std::string& name, const std::string& text) const {
  const std::string made = path + "/" + name;
  std::ofstream{made, std::ios::binary} << text;
  return made;
}

}  // namespace reprise
