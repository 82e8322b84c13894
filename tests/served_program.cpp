#include "tests/served_program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

using json = nlohmann::json;

constexpr auto patience = std::chrono::minutes{1};  // a hang, not a slow machine
constexpr auto look_again = std::chrono::milliseconds{5};

std::vector<std::string> arguments_of(const serve_setting& setting, const std::string& directory) {
  std::vector<std::string> all = {REPRISE_PROGRAM, "serve", "--data-dir", directory};
  if (!setting.listen.empty()) all.insert(all.end(), {"--listen", setting.listen});
  all.insert(all.end(), setting.arguments.begin(), setting.arguments.end());
  return all;
}

[[noreturn]] void become_service(const std::vector<std::string>& arguments,
                                 const serve_setting& setting, const std::string& log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that ends early leaves nothing behind
  ::unsetenv("REPRISE_KERNEL");
  for (const auto& [name, value] : setting.environment) ::setenv(name.c_str(), value.c_str(), 1);
  ::dup2(::open("/dev/null", O_RDWR), STDIN_FILENO);
  ::dup2(STDIN_FILENO, STDOUT_FILENO);
  ::dup2(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
  std::vector<char*> values;
  for (const std::string& each : arguments) values.push_back(const_cast<char*>(each.c_str()));
  values.push_back(nullptr);
  if (setting.files_max > 0) {
    const ::rlimit files{setting.files_max, setting.files_max};
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  ::execv(values.front(), values.data());
  ::_exit(127);
}

// The lines of a log that are whole.
std::vector<json> lines_of(const std::string& log) {
  std::vector<json> lines;
  std::istringstream from{log.substr(0, log.rfind('\n') + 1)};
  for (std::string line; std::getline(from, line);) {
    json read = json::parse(line, nullptr, false);
    EXPECT_TRUE(read.is_object()) << line;
    if (read.is_object()) lines.push_back(std::move(read));
  }
  return lines;
}

}  // namespace

serve_setting loopback_allowed() {
  serve_setting setting;
  setting.environment["REPRISE_EGRESS_ALLOW"] = "127.0.0.0/8";
  return setting;
}

served_program::served_program(const serve_setting& setting)
    : directory_{setting.directory.empty() ? own_.path() + "/data" : setting.directory} {
  const auto arguments = arguments_of(setting, directory_);
  const std::string log = own_.path() + "/log";
  pid_ = ::fork();
  if (pid_ == 0) become_service(arguments, setting, log);
  await("it listens", [&] { return logged("listening") || !is_running(); });
  if (setting.ready && logged("listening")) await_logged("ready");
  for (const json& line : lines_of(this->log())) {
    if (line.value("event", "") != "listening") continue;
    port_ = static_cast<std::uint16_t>(std::stoul(line.value("port", "0")));
  }
  EXPECT_NE(port_, 0) << this->log();
}

served_program::~served_program() {
  kill();
}

std::string served_program::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

std::string served_program::log() const {
  std::ifstream file{own_.path() + "/log"};
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

bool served_program::logged(const std::string& event) const {
  for (const json& line : lines_of(log())) {
    if (line.value("event", "") == event) return true;
  }
  return false;
}

void served_program::await_logged(const std::string& event) const {
  await("the log says: " + event, [&] { return logged(event); });
  if (!logged(event)) ADD_FAILURE() << log();
}

bool served_program::is_running() const {
  ::siginfo_t ended{};
  constexpr int look = WEXITED | WNOHANG | WNOWAIT;
  return ::waitid(P_PID, static_cast<::id_t>(pid_), &ended, look) == 0 && ended.si_pid == 0;
}

void served_program::signal(int number) const {
  ASSERT_GT(pid_, 0);
  ::kill(pid_, number);
}

int served_program::stop() {
  signal(SIGTERM);
  return await_end();
}

void served_program::kill() {
  if (pid_ <= 0) return;
  signal(SIGKILL);
  await_end();
}

int served_program::await_end() {
  int status = 0;
  const auto ended = [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; };
  const auto end = std::chrono::steady_clock::now() + patience;
  bool killed = false;
  while (!ended()) {
    if (!killed && std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "the service does not end: " << log();
      killed = ::kill(pid_, SIGKILL) == 0;
    }
    std::this_thread::sleep_for(look_again);
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

raw_answer served_program::ask(const service_request& request) const {
  raw_client client{port_};
  EXPECT_TRUE(client.send(bytes_of(request)));
  return client.answer(request.method == "HEAD");
}

raw_answer served_program::get(const std::string& target) const {
  return ask({.target = target});
}

raw_answer served_program::put(const std::string& target, const json& body) const {
  return ask({.method = "PUT", .target = target, .body = body.dump()});
}

raw_answer served_program::post(const std::string& target, const json& body) const {
  return ask({.method = "POST", .target = target, .body = body.dump()});
}

raw_answer served_program::answer_to(const std::string& bytes) const {
  raw_client client{port_};
  client.send(bytes);
  return client.answer();
}

json served_program::read(const std::string& target) const {
  const raw_answer answer = get(target);
  EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
  EXPECT_EQ(answer.header("content-type"), "application/json") << target;
  return json_of(answer);
}

std::string bytes_of(const service_request& request) {
  std::string bytes = request.method + " " + request.target + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const std::string& each : request.headers) bytes += each + "\r\n";
  if (!request.body.empty()) {
    bytes += "Content-Type: " + request.content_type + "\r\n";
    bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return bytes + "\r\n" + request.body;
}

json json_of(const raw_answer& answer) {
  json read = json::parse(answer.body, nullptr, false);
  return read.is_discarded() ? json{} : read;
}

void await(const std::string& what, const std::function<bool()>& happened) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "it never comes that " << what;
      return;
    }
    std::this_thread::sleep_for(look_again);
  }
}

}  // namespace reprise
