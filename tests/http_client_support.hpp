// An HTTP client on an io_context of its own, with scripted names, for tests against servers on
// loopback.
//
// Threads  one: servers, client and test share it
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/core_scheduler.hpp"
#include "net/http_client.hpp"
#include "tests/scripted_lookup.hpp"
#include "tests/scripted_server.hpp"

namespace reprise {

using namespace std::chrono_literals;
using step = server_step::kind;

// What a part says of itself, by name.
struct noted_metrics final : metric_writer {
  void counter(std::string_view name, std::string_view, metric_labels, double value) override {
    values[std::string{name}] = value;
  }
  void gauge(std::string_view name, std::string_view, metric_labels, double value) override {
    values[std::string{name}] = value;
  }
  void histogram(std::string_view, std::string_view, metric_labels,
                 const latency_histogram&) override {}
  std::map<std::string, double> values;
};

class HttpClient : public ::testing::Test {
 protected:
  static constexpr auto patience = 20s;  // a deadline that no test is to meet
  static constexpr auto brief = 200ms;   // a deadline that a test is to miss

  [[nodiscard]] scripted_server serve(server_script script) {
    return scripted_server{io_, {std::move(script)}};
  }
  [[nodiscard]] exchange_request get(const std::string& url,
                                     std::chrono::milliseconds limit = patience) const {
    exchange_request made;
    made.url = url;
    made.deadline = core_.clock().steady() + limit;
    return made;
  }
  [[nodiscard]] exchange_request post(const std::string& url, const std::string& body) const {
    exchange_request made = get(url);
    made.post = true;
    made.content_type = "application/json";
    made.body = body;
    return made;
  }
  exchange_result finish(exchange_request request) {
    std::optional<exchange_result> result;
    client_->start(std::move(request), [&](exchange_result ended) { result = std::move(ended); });
    EXPECT_FALSE(result) << "never inside start()";
    run_until([&] { return result.has_value(); });
    return std::move(*result);
  }
  template <typename Condition>
  void run_until(Condition reached) {
    while (!reached()) {
      ASSERT_GT(io_.run_one_for(60s), 0u) << "nothing happens any more";
    }
  }
  // "200 body", or "timeout: what".
  std::string ask(exchange_request request) {
    const exchange_result result = finish(std::move(request));
    if (result) return std::to_string(result->status) + " " + result->body;
    what_ = result.error().what;
    EXPECT_EQ(what_.find_first_of("\r\n"), std::string::npos);
    return std::string{to_string(result.error().reason)};
  }
  std::string ask(const std::string& url) { return ask(get(url)); }
  std::string ask(const scripted_server& server) { return ask(server.url()); }
  double metric(const std::string& name) const {
    noted_metrics noted;
    client_->write_metrics(noted);
    names_.write_metrics(noted);
    return noted.values.at(name);
  }
  void make(http_client_options options) {
    client_ = nullptr;
    client_ = make_http_client(io_, core_, names_, std::move(options)).value();
  }

  net::io_context io_;
  core_scheduler core_{io_};
  scripted_lookup lookup_{core_};
  resolver names_{core_, lookup_,
                  egress_guard::make(std::vector<std::string>{"127.0.0.0/8", "::1"}).value()};
  std::unique_ptr<http_client> client_ = make_http_client(io_, core_, names_).value();
  std::string what_;  // of the last failure
};

}  // namespace reprise
