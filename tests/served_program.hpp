// The real program as a service: `reprise serve`, on a free port of loopback and a data directory
// of its own unless it is told otherwise, and what is asked of it over HTTP.
//
// Errors   what does not come within a minute fails the test, with what the program has logged; no
//          test has an upper time of its own
// Threads  one at a time; kill() from any while nothing else than port() and url() is used
// Owns     the process, which dies with it; its log; the data directory, if none was given
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/raw_client.hpp"
#include "tests/temporary_directory.hpp"

namespace reprise {

struct serve_setting {
  std::string directory = {};  // of its data; a new one where it is empty
  std::vector<std::string> arguments = {};
  std::map<std::string, std::string> environment = {};
  std::string listen = "127.0.0.1:0";  // "": as its configuration says
  bool ready = true;                   // is awaited
  std::size_t files_max = 0;           // that it may open; 0: as many as this process
};

// A setting whose sources and sinks may be on loopback.
[[nodiscard]] serve_setting loopback_allowed();

struct service_request {
  std::string method = "GET";
  std::string target = "/";
  std::string body = {};
  std::string content_type = "application/json";  // of a body that is not empty
  std::vector<std::string> headers = {};          // "Name: value"
};

class served_program {
 public:
  explicit served_program(const serve_setting& setting = {});  // it listens then
  ~served_program();
  served_program(const served_program&) = delete;
  served_program& operator=(const served_program&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }  // 0: it did not come to listen
  [[nodiscard]] std::string url() const;
  [[nodiscard]] ::pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] std::string log() const;  // all that it has said so far
  // Every line is JSON, and one of them is this event.
  [[nodiscard]] bool logged(const std::string& event) const;
  void await_logged(const std::string& event) const;

  void signal(int number) const;
  // Ends it by SIGTERM and returns its status: 128 + the signal that ended it, if one did.
  int stop();
  int await_end();  // its status, when it ends of itself
  void kill();      // at once: kill -9

  [[nodiscard]] raw_answer ask(const service_request& request) const;
  [[nodiscard]] raw_answer get(const std::string& target) const;
  [[nodiscard]] raw_answer put(const std::string& target, const nlohmann::json& body) const;
  [[nodiscard]] raw_answer post(const std::string& target, const nlohmann::json& body) const;
  // The answer to these bytes on a connection of their own.
  [[nodiscard]] raw_answer answer_to(const std::string& bytes) const;
  // The body of a GET that is answered 200.
  [[nodiscard]] nlohmann::json read(const std::string& target) const;

 private:
  [[nodiscard]] bool is_running() const;

  temporary_directory own_;  // holds the log, and the data where no other directory was given
  std::string directory_;
  ::pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

[[nodiscard]] std::string bytes_of(const service_request& request);
[[nodiscard]] nlohmann::json json_of(const raw_answer& answer);  // null where it is none

// Waits until this is so, and fails the test after a minute.
void await(const std::string& what, const std::function<bool()>& happened);

}  // namespace reprise
