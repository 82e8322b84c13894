#include "tests/served_program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace reprise {
namespace {

using namespace std::chrono_literals;

constexpr auto start_max = 60s;
constexpr auto look_every = 10ms;

[[noreturn]] void become_service(const std::string& directory, const std::string& log) {
  const int messages = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(messages, STDERR_FILENO);
  ::dup2(messages, STDOUT_FILENO);
  ::setenv("REPRISE_EGRESS_ALLOW", "127.0.0.0/8", 1);
  const std::string data = directory + "/data";
  ::execl(REPRISE_PROGRAM, REPRISE_PROGRAM, "serve", "--listen", "127.0.0.1:0", "--data-dir",
          data.c_str(), "--engine", "cpu", nullptr);
  ::_exit(127);
}

}  // namespace

served_program::~served_program() {
  kill();
  await_end();
}

void served_program::start() {
  log_read_ = log().size();
  const std::string path = directory_ + "/log";
  const pid_t child = ::fork();
  if (child == 0) become_service(directory_, path);
  process_ = child;
  // {"time":...,"event":"listening","address":"127.0.0.1","port":"40123"}
  const auto latest = std::chrono::steady_clock::now() + start_max;
  while (std::chrono::steady_clock::now() < latest) {
    const std::string text = log().substr(log_read_);
    const std::size_t line = text.find(R"("event":"listening")");
    if (line != std::string::npos && text.find('\n', line) != std::string::npos) {
      constexpr std::string_view before = R"("port":")";
      const std::size_t begin = text.find(before, line) + before.size();
      port_ = text.substr(begin, text.find('"', begin) - begin);
      return;
    }
    if (::waitpid(child, nullptr, WNOHANG) == child) {
      process_ = 0;
      break;
    }
    std::this_thread::sleep_for(look_every);
  }
  FAIL() << "the service does not start:\n" << log().substr(log_read_);
}

void served_program::stop() {
  const pid_t process = process_.exchange(0);
  if (process == 0) return;
  ::kill(process, SIGTERM);
  int status = 0;
  ASSERT_EQ(::waitpid(process, &status, 0), process);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << log().substr(log_read_);
}

void served_program::kill() {
  if (const pid_t process = process_; process != 0) ::kill(process, SIGKILL);
}

void served_program::await_end() {
  const pid_t process = process_.exchange(0);
  if (process != 0) ::waitpid(process, nullptr, 0);
}

std::string served_program::url() const {
  return "http://127.0.0.1:" + port_;
}

std::string served_program::log() const {
  std::ifstream file{directory_ + "/log", std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace reprise
