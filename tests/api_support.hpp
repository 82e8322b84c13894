// The routes of the API in one process: the real live service in simulated time, its stores in
// memory, sources that answer as a test says.
//
// Threads  one
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "net/api_routes.hpp"
#include "tests/scripted_vision.hpp"
#include "tests/service_support.hpp"
#include "tests/temporary_directory.hpp"

namespace reprise {

class api_exchange final : public http_exchange {
 public:
  explicit api_exchange(scheduler& time) : time_{time} {}
  void start(exchange_request request, std::function<void(exchange_result)> done) override {
    asked.push_back(std::move(request));
    ASSERT_FALSE(answers.empty());
    auto answer = std::move(answers.front());
    answers.pop_front();
    const auto when = time_.clock().steady() + std::chrono::milliseconds{50};
    (void)time_.at(when, [answer = std::move(answer), done = std::move(done)] { done(answer); });
  }
  void will_answer(const fingerprint& bits) {
    exchange_answer answer;
    answer.status = 200;
    answer.body.assign(reinterpret_cast<const char*>(bits.data()), bits.size());
    answers.emplace_back(std::move(answer));
  }
  void will_fail(gap_reason reason) {
    answers.emplace_back(exchange_failure{reason, "the source failed"});
  }

  std::vector<exchange_request> asked;
  std::deque<exchange_result> answers;

 private:
  scheduler& time_;
};

// A body that comes piece by piece, and may break off.
class body_in_pieces final : public request_body {
 public:
  explicit body_in_pieces(std::string body, std::size_t piece_bytes = 1'000)
      : left_{std::move(body)}, piece_bytes_{piece_bytes} {}
  net::awaitable<outcome<std::optional<std::string>>> next() override {
    if (break_at_ && left_.size() <= *break_at_)
      co_return failure{errc::data_malformed, "the body ended early"};
    std::string piece = left_.substr(0, piece_bytes_);
    left_.erase(0, piece.size());
    if (piece.empty()) co_return std::optional<std::string>{};
    co_return std::optional{std::move(piece)};
  }
  void break_off_at(std::size_t bytes_left) { break_at_ = bytes_left; }

 private:
  std::string left_;
  std::size_t piece_bytes_;
  std::optional<std::size_t> break_at_;
};

// Passes on what is posted, and counts it.
class counting_executor final : public executor {
 public:
  explicit counting_executor(executor& to) : to_{to} {}
  void post(task run) override {
    ++posts;
    to_.post(std::move(run));
  }

  int posts = 0;

 private:
  executor& to_;
};

class ApiRoutes : public testing::Test {
 protected:
  using json = nlohmann::json;
  using fields = std::vector<header_field>;

  ApiRoutes() {
    world.run_to(world_begin + 100);
    table = make_api_routes(parts);
  }

  api_response call(std::string method, const std::string& target, std::string body = {},
                    fields headers = {}) {
    api_request request;
    request.method = std::move(method);
    request.path = target.substr(0, target.find('?'));
    request.headers = std::move(headers);
    request.body = std::move(body);
    request.request_id = "id-1";
    for (std::size_t at = target.find('?'); at < target.size();) {
      const std::size_t end = std::min(target.find('&', at + 1), target.size());
      const std::string pair = target.substr(at + 1, end - at - 1);
      const std::size_t equals = std::min(pair.find('='), pair.size());
      request.query.emplace_back(pair.substr(0, equals),
                                 pair.substr(std::min(equals + 1, pair.size())));
      at = end;
    }
    const route* found = nullptr;
    for (const route& each : table) {
      auto parameters = matched(each.pattern, request.path);
      if (each.method != request.method || !parameters) continue;
      found = &each;
      request.parameters = std::move(*parameters);
    }
    if (found == nullptr) {
      ADD_FAILURE() << "no route for " << target;
      return {};
    }
    if (found->handle) return run(found->handle(std::move(request)));
    body_in_pieces pieces{std::exchange(request.body, {})};
    return run(found->handle_body(std::move(request), pieces));
  }
  // Two calls at once: the answers in the order of the calls.
  template <typename T>
  T run(net::awaitable<T> awaited) {
    std::optional<T> answer;
    net::co_spawn(api, std::move(awaited), [&](std::exception_ptr thrown, T given) {
      EXPECT_FALSE(thrown);
      answer = std::move(given);
    });
    for (int i = 0; i < 10'000 && !answer; ++i) {
      api.restart();
      api.poll();
      world.run_for(std::chrono::milliseconds{1});
    }
    EXPECT_TRUE(answer) << "it hangs";
    return answer ? std::move(*answer) : T{};
  }
  std::string body_of(const api_response& answer) {
    std::string all = answer.body;
    while (answer.stream) {
      auto piece = run(answer.stream->next());
      if (!piece) break;
      all += *piece;
    }
    return all;
  }
  json json_of(const api_response& answer) { return json::parse(answer.body); }
  std::string code_of(const api_response& answer) { return json_of(answer).at("code"); }
  std::string field_of(const api_response& answer) { return json_of(answer).value("field", ""); }

  static std::optional<std::vector<std::pair<std::string, std::string>>> matched(
      std::string_view pattern, std::string_view path) {
    std::vector<std::pair<std::string, std::string>> parameters;
    while (!pattern.empty() && !path.empty()) {
      const auto wanted = pattern.substr(1, pattern.find('/', 1) - 1);
      const auto found = path.substr(1, path.find('/', 1) - 1);
      if (wanted.starts_with('{')) {
        parameters.emplace_back(wanted.substr(1, wanted.size() - 2), found);
      } else if (wanted != found) {
        return std::nullopt;
      }
      pattern.remove_prefix(wanted.size() + 1);
      path.remove_prefix(found.size() + 1);
    }
    if (!pattern.empty() || !path.empty()) return std::nullopt;
    return parameters;
  }

  live_service& started() {
    if (!world.service) world.start();
    return *world.service;
  }

  service_world world;
  net::io_context api;
  api_link core{world.time, api.get_executor()};
  counting_executor parser_thread{world.time};
  api_link parser{parser_thread, api.get_executor()};
  api_exchange exchange{world.time};
  event_hub hub;
  temporary_directory directory;
  simulated_executor trainer{world.time, std::chrono::seconds{1}};
  library_desk library{{.core = world.time,
                        .uploads = world.time,
                        .trainer = trainer,
                        .writer = world.time,
                        .reader = world.time,
                        .api = api.get_executor(),
                        .directory = directory.path(),
                        .import_bytes_max = 100'000,
                        .import_rows_max = 1'000,
                        .training_wait_max = std::chrono::seconds{2}},
                       make_cancel_signal().value()};
  delivery_event_desk delivery_events{{.core = world.time,
                                       .writer = world.time,
                                       .reader = world.time,
                                       .file = library.file(),
                                       .events = hub}};
  jobs_file jobs{directory.path() + "/jobs.db", {}};
  grouped_writes<jobs_file> job_writes{world.time, jobs};
  std::unique_ptr<random_source> randomness = make_seeded_random(1);
  session_desk sessions{{.outside = world.time,
                         .writer = world.time,
                         .reader = world.time,
                         .api = api.get_executor(),
                         .file = jobs,
                         .writes = job_writes,
                         .exchange = exchange,
                         .random = *randomness},
                        {}};
  vision_script sees;
  std::optional<failure> vision_missing;
  simulated_executor looking{world.time, std::chrono::milliseconds{5}};
  // Of a test that wants other ones, made anew before the routes.
  std::unique_ptr<prediction_desk> make_predictions(const prediction_settings& chosen = {},
                                                    bool starts = true) {
    EXPECT_TRUE(jobs.open());
    prediction_desk_parts made{
        .home = world.time,
        .exchange = exchange,
        .writer = world.time,
        .reader = world.time,
        .file = jobs,
        .writes = job_writes,
        .workers = {looking},
        .core = world.time,
        .events = hub,
        .api = api.get_executor(),
        .directory = directory.path(),
        .make_vision = [this](const cancel_signal&) -> outcome<std::unique_ptr<vision>> {
          if (vision_missing) return *vision_missing;
          return std::make_unique<scripted_vision>(sees);
        },
        .random = make_seeded_random(1),
        .names = make_seeded_random(2)};
    auto desk = prediction_desk::make(std::move(made), chosen);
    EXPECT_TRUE(desk) << desk.error().what;
    if (starts) (*desk)->start();
    return std::move(*desk);
  }
  std::unique_ptr<prediction_desk> predictions = make_predictions();
  std::vector<std::int64_t> retried;
  std::optional<std::string> clock_problem;
  api_parts parts{
      .core = core,
      .parser = parser,
      .events = hub,
      .library = library,
      .delivery_events = delivery_events,
      .predictions = *predictions,
      .sessions = sessions,
      .service = started(),
      .time = world.time,
      .exchange = exchange,
      .defaults = world.options.defaults,
      .clock_problem = [this] { return clock_problem; },
      .judge_url =
          [](const std::string& url, const done<void>& done) {
            if (url.find("//blocked.") == url.npos) return done(outcome<void>{});
            done(failure{errc::url_blocked, "the address is not public"});
          },
      .retry_delivery =
          [this](std::int64_t id, const done<void>& done) {
            retried.push_back(id);
            if (id > 1'000) return done(failure{errc::not_found, "there is no such delivery"});
            done(outcome<void>{});
          },
      .metrics = {[this](metric_writer& into) { world.service->write_metrics(into); },
                  [this](metric_writer& into) { hub.write_metrics(into); },
                  [this](metric_writer& into) { library.write_metrics(into); },
                  [this](metric_writer& into) { predictions->write_metrics(into); }},
  };
  std::vector<route> table;
};

}  // namespace reprise
