#include "tests/http_server_support.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

constexpr std::string_view text_types[] = {"text/plain"};

api_response text(std::string body) {
  api_response made;
  made.content_type = "text/plain";
  made.body = std::move(body);
  return made;
}

std::vector<route> usual_routes() {
  std::vector<route> routes;
  const auto add = [&](std::string_view method, std::string_view pattern, auto answer) -> route& {
    routes.push_back({method, pattern, route_access::open, true, true, 0, {}, answering(answer)});
    return routes.back();
  };
  add("GET", "/hello", [](const api_request&) { return text("hello"); });
  route& echo = add("POST", "/echo", [](const api_request& asked) { return text(asked.body); });
  echo.body_bytes_max = 1000;
  echo.content_types = text_types;
  add("GET", "/items/{name}", [](const api_request& asked) {
    std::string shown = *asked.parameter("name");
    for (const auto& [name, value] : asked.query)
      shown.append("|").append(name).append("=").append(value);
    return text(shown);
  });
  add("PUT", "/items/{name}", [](const api_request&) { return text("put"); });
  add("GET", "/items/all", [](const api_request&) { return text("all of them"); });
  add("GET", "/secret", [](const api_request&) { return text("secret"); }).access =
      route_access::key;
  add("GET", "/loading", [](const api_request&) { return text("loaded"); }).while_loading = false;
  add("GET", "/throw",
      [](const api_request&) -> api_response { throw std::runtime_error{"an inner secret"}; });
  return routes;
}

class text_metrics final : public metric_writer {
 public:
  void counter(std::string_view name, std::string_view, metric_labels labels,
               double value) override {
    all += std::string{name};
    for (const auto& [key, word] : labels) {
      all.append("{").append(key).append("=").append(word).append("}");
    }
    all += " " + std::to_string(static_cast<std::int64_t>(value)) + "\n";
  }
  void gauge(std::string_view name, std::string_view help, metric_labels labels,
             double value) override {
    counter(name, help, labels, value);
  }
  void histogram(std::string_view name, std::string_view help, metric_labels labels,
                 const latency_histogram& value) override {
    double count = 0;
    for (const std::uint64_t each : value.counts()) count += static_cast<double>(each);
    counter(name, help, labels, count);
  }
  std::string all;
};

}  // namespace

std::function<net::awaitable<api_response>(api_request)> answering(
    std::function<api_response(const api_request&)> answer) {
  // A function object that outlives its coroutines: what a lambda captures would not.
  struct handler {
    static net::awaitable<api_response> run(
        std::shared_ptr<std::function<api_response(const api_request&)>> by, api_request request) {
      co_return (*by)(request);
    }
    net::awaitable<api_response> operator()(api_request request) const {
      return run(answer, std::move(request));
    }
    std::shared_ptr<std::function<api_response(const api_request&)>> answer;
  };
  return handler{
      std::make_shared<std::function<api_response(const api_request&)>>(std::move(answer))};
}

http_test_server::http_test_server(const http_limits& limits, std::vector<route> extra)
    : random_{make_seeded_random(1)}, work_{net::make_work_guard(context_)} {
  std::vector<route> routes = usual_routes();
  for (route& each : extra) routes.push_back(std::move(each));
  api_gate gate;
  gate.check_key = [this](const api_request& asked) {
    if (judged) judged();
    const std::string* given = asked.header("authorization");
    if (given == nullptr) return key_verdict::missing;
    return *given == "Bearer good" ? key_verdict::good : key_verdict::bad;
  };
  gate.ready = [this] { return ready.load(); };
  http_server_parts parts{router{std::move(routes), std::move(gate)}, *random_,
                          [this](std::string_view id, std::string_view what) {
                            failures_.push_back({std::string{id}, std::string{what}});
                          }};
  server_.emplace(context_.get_executor(), std::move(parts), limits);
  const auto bound = server_->listen({net::ip::address_v4::loopback(), 0});
  REPRISE_ASSERT(bound.has_value());
  port_ = bound->port();
  thread_ = std::thread{[this] { context_.run(); }};
}

http_test_server::~http_test_server() {
  if (!stopping_) start_stopping();
  wait_until_stopped();
  work_.reset();
  context_.stop();
  thread_.join();
}

void http_test_server::in_server(const std::function<void()>& run) {
  std::promise<void> done;
  net::post(context_, [&] {
    run();
    done.set_value();
  });
  done.get_future().wait();
}

std::string http_test_server::metrics() {
  text_metrics written;
  in_server([&] { server_->write_metrics(written); });
  return written.all;
}

void http_test_server::end_endless() {
  server_->end_endless();
}

void http_test_server::start_stopping() {
  stopping_ = true;
  in_server([this] { server_->stop([this] { stopped_.set_value(); }); });
}

void http_test_server::wait_until_stopped() {
  ended_.wait();
}

std::vector<told_failure> http_test_server::failures() {
  std::vector<told_failure> copied;
  in_server([&] { copied = failures_; });
  return copied;
}

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

std::string post(const std::string& target, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

raw_answer answer_to(http_test_server& server, const std::string& bytes) {
  raw_client client{server.port()};
  client.send(bytes);
  return client.answer();
}

bool eventually(const std::function<bool()>& happened) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string code_of(const raw_answer& answer) {
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  return body.is_object() ? body.value("code", "") : "";
}

}  // namespace reprise
