// The routes of image sessions, with an encoder that answers as a test says.
//
// Threads  one
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/api_support.hpp"
#include "tests/session_support.hpp"

namespace reprise {

class SessionCalls : public ApiRoutes {
 protected:
  SessionCalls() { EXPECT_TRUE(jobs.open()); }

  // The encoder's next answer.
  void will_answer(unsigned status, const std::string& body) {
    exchange_answer made;
    made.status = status;
    made.body = body;
    exchange.answers.emplace_back(std::move(made));
  }
  std::string make_key() {
    const auto made = call("GET", "/session");
    EXPECT_EQ(made.status, 200U) << made.body;
    return json_of(made).value("key", "");
  }
  api_response encode(const std::string& key, const std::string& picture,
                      const std::string& type = "image/jpeg") {
    return call("POST", "/encode", picture_form(picture, type), upload_fields(key));
  }
  static fields upload_fields(const std::string& key) {
    return {{"Content-Type", picture_form_type}, {"key", key}};
  }
  // All begun before any is answered.
  std::vector<api_response> encode_at_once(
      const std::vector<std::pair<std::string, std::string>>& uploads) {
    const route& encode = *std::find_if(
        table.begin(), table.end(), [](const route& each) { return each.pattern == "/encode"; });
    std::deque<body_in_pieces> bodies;
    std::vector<std::optional<api_response>> answers(uploads.size());
    for (std::size_t i = 0; i < uploads.size(); ++i) {
      api_request request;
      request.method = "POST";
      request.path = "/encode";
      request.headers = upload_fields(uploads[i].first);
      auto& body = bodies.emplace_back(picture_form(uploads[i].second));
      net::co_spawn(api, encode.handle_body(std::move(request), body),
                    [&answers, i](std::exception_ptr thrown, api_response given) {
                      EXPECT_FALSE(thrown);
                      answers[i] = std::move(given);
                    });
    }
    std::vector<api_response> all;
    for (auto& each : answers) {
      for (int i = 0; i < 10'000 && !each; ++i) {
        api.restart();
        api.poll();
        world.run_for(std::chrono::milliseconds{1});
      }
      EXPECT_TRUE(each) << "it hangs";
      all.push_back(each.value_or(api_response{}));
    }
    return all;
  }
  json summary(const std::string& key) {
    const auto answer = call("GET", "/summary", {}, {{"key", key}});
    EXPECT_EQ(answer.status, 200U) << answer.body;
    return json_of(answer)["image_encodings"];
  }
  void expect_refused(const api_response& answer, unsigned status, const std::string& code) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(code_of(answer), code) << answer.body;
  }
  // Of a desk whose cache is empty, and which has its own thread for the file.
  session_desk_parts cold_parts(executor& thread) {
    return {.outside = world.time,
            .writer = thread,
            .reader = thread,
            .api = api.get_executor(),
            .file = jobs,
            .writes = job_writes,
            .exchange = exchange,
            .random = *randomness};
  }
  void set(const std::function<void(session_options&)>& change) {
    session_options options;
    change(options);
    sessions.reconfigure(options);
    world.run_for(std::chrono::milliseconds{1});
  }
};

}  // namespace reprise
