#include "tests/program_support.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
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

// Feeds and drains all three pipes at once, so that none of them can block the others.
void exchange(stream_pipe& in, stream_pipe& out, stream_pipe& messages, const std::string& input,
              program_run& run) {
  std::size_t fed = 0;
  if (in.ends[1] >= 0) ::fcntl(in.ends[1], F_SETFL, O_NONBLOCK);
  while (out.ends[0] >= 0 || messages.ends[0] >= 0) {
    if (fed == input.size()) in.close_end(1);
    pollfd polled[] = {
        {out.ends[0], POLLIN, 0}, {messages.ends[0], POLLIN, 0}, {in.ends[1], POLLOUT, 0}};
    ASSERT_GT(::poll(polled, 3, 60'000), 0) << "the program hangs";
    if (polled[0].revents != 0 && !gather(out.ends[0], run.output)) out.close_end(0);
    if (polled[1].revents != 0 && !gather(messages.ends[0], run.messages)) messages.close_end(0);
    if (polled[2].revents != 0) {
      const ssize_t count = ::write(in.ends[1], input.data() + fed, input.size() - fed);
      fed = count < 0 && errno != EAGAIN
                ? input.size()
                : fed + static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
  }
}

enum class output_kind { read, unread, path };

program_run run_with(const std::vector<std::string>& arguments, const std::string& input,
                     const std::map<std::string, std::string>& environment, output_kind kind,
                     const std::string& path) {
  ::signal(SIGPIPE, SIG_IGN);
  stream_pipe in, out, messages;
  program_run run;
  if (kind != output_kind::read) out.close_end(0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(in.ends[0], STDIN_FILENO);
    ::dup2(kind == output_kind::path ? ::open(path.c_str(), O_WRONLY) : out.ends[1], STDOUT_FILENO);
    ::dup2(messages.ends[1], STDERR_FILENO);
    become_reprise(arguments, environment);
  }
  in.close_end(0);
  out.close_end(1);
  messages.close_end(1);
  exchange(in, out, messages, input, run);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return run;
}

}  // namespace

program_run run_reprise(const std::vector<std::string>& arguments, const std::string& input,
                        const std::map<std::string, std::string>& environment) {
  return run_with(arguments, input, environment, output_kind::read, {});
}

program_run run_reprise_into(const std::string& output_path,
                             const std::vector<std::string>& arguments) {
  return run_with(arguments, {}, {}, output_kind::path, output_path);
}

program_run run_reprise_unread(const std::vector<std::string>& arguments,
                               const std::string& input) {
  return run_with(arguments, input, {}, output_kind::unread, {});
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
