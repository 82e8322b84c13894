// What the tests of image sessions share: pictures of one pixel with bytes of a test's own behind
// their end, forms, and an encoder that answers as a test says.
//
// Threads  one
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "host/executor.hpp"
#include "net/http_exchange.hpp"
#include "net/sent_picture.hpp"
#include "tests/numbered_picture.hpp"

namespace reprise {

// Whole by their headers, so that they are taken; nobody decodes them.
inline std::string jpeg_of(const std::string& rest) {
  return std::string{"\xff\xd8\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0\xff\xd9", 17} + rest;
}
inline std::string png_of(const std::string& rest) {
  return numbered_picture(0) + rest;
}
inline std::string webp_of(const std::string& rest) {
  std::string file{"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0", 20};
  return file.append(10, '\0') + rest;
}

inline picture_ptr sent_picture_of(const std::string& bytes) {
  const auto made =
      std::make_shared<sent_picture>(std::make_shared<picture_room>(picture_bytes_max));
  EXPECT_TRUE(made->append(bytes));
  made->type = check_picture(std::as_bytes(std::span{bytes})).value().type;
  made->hash = sha256_of(bytes);
  return made;
}

inline const std::string picture_form_type = "multipart/form-data; boundary=edge";

// As `curl -F 'file=@me.jpg'` sends it.
inline std::string picture_form(const std::string& picture, const std::string& type = "image/jpeg",
                                const std::string& field = "file") {
  return "--edge\r\nContent-Disposition: form-data; name=\"" + field +
         "\"; filename=\"me.jpg\"\r\nContent-Type: " + type + "\r\n\r\n" + picture +
         "\r\n--edge--\r\n";
}

// Answers in the order in which it was told to, or is late; one that was not told fails the test.
class scripted_encoder final : public http_exchange {
 public:
  static constexpr std::chrono::milliseconds takes{20};

  explicit scripted_encoder(scheduler& time) : time_{time} {}
  void answer(unsigned status, std::string body, std::optional<std::string> retry_after = {},
              std::chrono::milliseconds span = takes) {
    exchange_answer made;
    made.status = status;
    made.body = std::move(body);
    made.retry_after = std::move(retry_after);
    script_.push_back({std::move(made), span});
  }
  void fail(gap_reason reason) {
    script_.push_back({exchange_failure{reason, "it failed"}, takes});
  }
  // Until its deadline has passed, and so much longer.
  void hang(std::chrono::milliseconds longer = {}) {
    script_.push_back({exchange_failure{gap_reason::timeout, "too late"}, longer, true});
  }

  void start(exchange_request request, std::function<void(exchange_result)> done) override {
    const steady_time now = time_.clock().steady();
    asked.push_back(request);
    begun.push_back(now);
    ASSERT_FALSE(script_.empty()) << "nobody expected this";
    step next = std::move(script_.front());
    script_.pop_front();
    most_at_once = std::max(most_at_once, ++at_once_);
    steady_time end = (next.hangs ? request.deadline : now) + next.span;
    if (!next.hangs && end > request.deadline) {
      next.result = exchange_failure{gap_reason::timeout, "too late"};
      end = request.deadline;
    }
    (void)time_.at(end, [this, result = std::move(next.result), done = std::move(done)] {
      --at_once_;
      done(result);
    });
  }

  std::vector<exchange_request> asked;
  std::vector<steady_time> begun;
  std::size_t most_at_once = 0;

 private:
  struct step {
    exchange_result result;
    std::chrono::milliseconds span;
    bool hangs = false;
  };

  scheduler& time_;
  std::deque<step> script_;
  std::size_t at_once_ = 0;
};

}  // namespace reprise
