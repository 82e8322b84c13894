// The encoder's calls in simulated time, to an encoder that answers as a test says.
//
// Threads  one
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/simulated_time.hpp"
#include "net/encoder_client.hpp"
#include "tests/session_support.hpp"

namespace reprise {

class EncoderCalls : public testing::Test {
 protected:
  EncoderCalls() { make({}); }

  void make(const encoder_options& options) {
    client_ = std::make_unique<encoder_client>(
        encoder_parts{
            .outside = time_,
            .exchange = exchange_,
            .random = *random_,
            .figures = figures_,
            .log = [this](log_level, std::string_view what,
                          std::initializer_list<log_field>) { logged_.emplace_back(what); }},
        options);
  }
  // The words of how the calls ended, in that order, stand in ended_.
  void encode(const std::string& picture = "x") {
    client_->encode(sent_picture_of(jpeg_of(picture)), [this](const encoder_answer& answer) {
      ended_.emplace_back(to_string(answer.end));
      last_ = answer;
    });
  }
  std::string ended() {
    std::string all;
    for (const std::string& each : std::exchange(ended_, {}))
      all += (all.empty() ? "" : " ") + each;
    return all;
  }
  // Another picture each time.
  std::string encode_now(std::chrono::nanoseconds within = std::chrono::seconds{10}) {
    return encode_now(within, "number " + std::to_string(++pictures_));
  }
  std::string encode_now(std::chrono::nanoseconds within, const std::string& picture) {
    encode(picture);
    time_.run_for(within);
    return ended();
  }

  simulated_scheduler time_{wall_time{std::chrono::seconds{1'700'000'000}}};
  scripted_encoder exchange_{time_};
  std::unique_ptr<random_source> random_ = make_seeded_random(1);
  encoder_figures figures_;
  std::unique_ptr<encoder_client> client_;
  std::vector<std::string> ended_, logged_;
  encoder_answer last_;
  int pictures_ = 0;
};

}  // namespace reprise
