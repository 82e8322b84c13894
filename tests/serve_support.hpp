// What the tests of the real service share.
//
// Threads  one
// Owns     the one service of a suite
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/served_program.hpp"

namespace reprise {

// The answer is a problem as RFC 9457 says, with this status, code and field ("": none).
void expect_problem(const raw_answer& answer, int status, const std::string& code,
                    const std::string& field = {});

[[nodiscard]] std::int64_t now_seconds();

// A line of a recording.
[[nodiscard]] std::string line_of(std::int64_t time, const std::string& bits);
// 256 hex digits that belong to this number and, but for chance, to no other.
[[nodiscard]] std::string bits_of(std::uint64_t seed);
[[nodiscard]] service_request push_of(const std::string& name, const std::string& lines);
// What /metrics tells under this name, which may have labels.
[[nodiscard]] double figure_of(const served_program& service, const std::string& name);

// One service for all tests of a suite, whose sources and sinks may be on loopback: each test names
// its own channels.
class OneService : public testing::Test {
 protected:
  // Not in SetUpTestSuite: where that fails, its tests are only skipped.
  void SetUp() override {
    if (!started_) started_ = std::make_unique<served_program>(loopback_allowed());
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(started_->stop(), 0);
    EXPECT_TRUE(started_->logged("stopped")) << started_->log();
    started_.reset();
  }
  const served_program& service() const { return *started_; }

 private:
  static inline std::unique_ptr<served_program> started_;
};

}  // namespace reprise
