// A server on loopback for tests, with routes of their own, on a thread of its own.
//
// Threads  the server's callbacks run on its thread; in_server() runs there what a test must not
//          run elsewhere
// Owns     the server and its thread; the destructor stops both
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/http_server.hpp"
#include "tests/raw_client.hpp"

namespace reprise {

// Makes a handler of a function that answers at once.
[[nodiscard]] std::function<net::awaitable<api_response>(api_request)> answering(
    std::function<api_response(const api_request&)> answer);

struct told_failure {
  std::string request_id;
  std::string what;
};

class http_test_server {
 public:
  // Besides `extra` there are: GET /hello, POST /echo (a body up to 1,000 bytes of text/plain),
  // GET /items/{name}, PUT /items/{name}, GET /secret (wants the key "good"), GET /loading (until
  // ready), GET /throw.
  explicit http_test_server(const http_limits& limits = {}, std::vector<route> extra = {});
  ~http_test_server();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void in_server(const std::function<void()>& run);
  [[nodiscard]] std::string metrics();  // "name{label} value" lines
  void end_endless();                   // in the server
  void start_stopping();
  void wait_until_stopped();
  [[nodiscard]] std::vector<told_failure> failures();
  net::io_context& context() { return context_; }

  std::atomic<bool> ready = true;
  std::function<void()> judged;  // the server's: called for each key that is judged

 private:
  net::io_context context_{1};
  std::unique_ptr<random_source> random_;
  std::optional<net::executor_work_guard<net::io_context::executor_type>> work_;
  std::optional<http_server> server_;
  std::vector<told_failure> failures_;
  std::promise<void> stopped_;
  std::shared_future<void> ended_ = stopped_.get_future().share();
  bool stopping_ = false;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// A request without a body, on a connection that goes on.
[[nodiscard]] std::string get(const std::string& target);
[[nodiscard]] std::string post(const std::string& target, const std::string& body);
// The answer to these bytes on a connection of their own.
[[nodiscard]] raw_answer answer_to(http_test_server& server, const std::string& bytes);
[[nodiscard]] std::string code_of(const raw_answer& answer);
// Waits for what happens on another thread; false after a minute, which no machine needs.
[[nodiscard]] bool eventually(const std::function<bool()>& happened);

}  // namespace reprise
