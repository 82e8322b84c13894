#include "bench/service/child_service.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "net/plain_client.hpp"

namespace reprise::bench {
namespace {

constexpr std::size_t lines_max = 10;
constexpr std::chrono::seconds listening_max{120};
constexpr std::chrono::minutes ready_max{5};
constexpr std::chrono::milliseconds ready_step{10};

outcome<pid_t> spawn(const std::string& program, const std::string& data_dir, int log) {
  // Its sources and sinks are on this machine.
  ::setenv("REPRISE_EGRESS_ALLOW", "127.0.0.0/8", 1);
  std::array<std::string, 6> words = {program,       "serve",      "--listen",
                                      "127.0.0.1:0", "--data-dir", data_dir};
  std::array<char*, 7> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO);
  pid_t made = 0;
  const int failed =
      ::posix_spawn(&made, program.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return failure{errc::io_failed, program + ": cannot be started"};
  return made;
}

}  // namespace

outcome<std::unique_ptr<scratch_folder>> scratch_folder::make() {
  std::string path = (std::filesystem::temp_directory_path() / "reprise-bench-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) {
    return failure{errc::io_failed, path + ": the folder cannot be made"};
  }
  return std::unique_ptr<scratch_folder>{new scratch_folder{std::move(path)}};
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

outcome<std::unique_ptr<child_service>> child_service::start(const std::string& program,
                                                             const std::string& data_dir) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failure{errc::io_failed, "no pipe can be made"};
  const auto process = spawn(program, data_dir, ends[1]);
  ::close(ends[1]);
  if (!process) {
    ::close(ends[0]);
    return process.error();
  }
  std::unique_ptr<child_service> made{new child_service{*process, ends[0]}};
  auto told = made->port_.get_future();
  if (told.wait_for(listening_max) != std::future_status::ready) {
    return failure{errc::io_failed, program + ": does not listen"};
  }
  const std::string port = told.get();
  if (port.empty()) return failure{errc::io_failed, program + ": ended: " + made->last_lines()};
  made->url_ = "http://127.0.0.1:" + port;
  return made;
}

child_service::child_service(pid_t process, int log)
    : process_{process}, started_{std::chrono::steady_clock::now()}, log_thread_{[this, log] {
        read_log(log);
      }} {}

child_service::~child_service() {
  if (process_ != 0) {
    ::kill(process_, SIGKILL);
    (void)wait();
  }
  log_thread_.join();
}

// Until the process has gone: a pipe that nobody reads would stop it.
void child_service::read_log(int log) {
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t size = ::read(log, piece.data(), piece.size());
    if (size <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(size));
    std::size_t end = 0;
    while ((end = text.find('\n')) != std::string::npos) {
      take_line(text.substr(0, end));
      text.erase(0, end + 1);
    }
  }
  ::close(log);
  if (!port_told_) port_.set_value("");
}

void child_service::take_line(const std::string& line) {
  const auto told = nlohmann::json::parse(line, nullptr, false);
  if (!port_told_ && told.is_object() && told.value("event", "") == "listening") {
    port_told_ = true;
    port_.set_value(told.value("port", ""));
  }
  if (told.is_object() && told.value("level", "") == "info") return;
  const std::lock_guard lock{mutex_};
  lines_.push_back(line);
  if (lines_.size() > lines_max) lines_.pop_front();
}

std::string child_service::last_lines() {
  const std::lock_guard lock{mutex_};
  std::string all;
  for (const std::string& line : lines_) all += (all.empty() ? "" : " | ") + line;
  return all;
}

outcome<process_sample> child_service::sample() const {
  const std::string folder = "/proc/" + std::to_string(process_) + "/";
  std::ifstream stat{folder + "stat"}, statm{folder + "statm"};
  std::string text;
  std::getline(stat, text);
  // The second field is the program's name in brackets, whatever it holds; utime and stime are the
  // 14th and 15th.
  const std::size_t name_end = text.rfind(')');
  double size = 0, resident = 0;
  statm >> size >> resident;
  if (name_end == std::string::npos || !statm) {
    return failure{errc::io_failed, "the service has ended"};
  }
  std::istringstream fields{text.substr(name_end + 1)};
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return process_sample{std::chrono::steady_clock::now(),
                        (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK)),
                        resident * static_cast<double>(::sysconf(_SC_PAGESIZE))};
}

outcome<void> child_service::await_ready() const {
  plain_client client;
  const auto latest = std::chrono::steady_clock::now() + ready_max;
  for (;;) {
    const auto ready = client.send({.url = url_ + "/readyz"});
    if (!ready) return ready.error();
    if (ready->status == 200) return {};
    if (std::chrono::steady_clock::now() >= latest) {
      return failure{errc::loading, "the service does not become ready"};
    }
    std::this_thread::sleep_for(ready_step);
  }
}

int child_service::wait() {
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  return status;
}

outcome<void> child_service::stop() {
  ::kill(process_, SIGTERM);
  const int status = wait();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const std::string how = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                              : "status " + std::to_string(WEXITSTATUS(status));
  return failure{errc::io_failed, "the service did not end well: " + how + ": " + last_lines()};
}

}  // namespace reprise::bench
