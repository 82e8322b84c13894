// The gaps of a channel at the beginning of its account.
#include <gtest/gtest.h>

#include <numeric>

#include "tests/service_fixture.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

class ServiceGaps : public service_test {
 protected:
  // Five seconds of it, from so long after its making on.
  void poll_behind(const std::string& name, std::int64_t behind) {
    const std::int64_t from = entry(name).created_at + behind;
    poll(name, from, from + 5);
  }
  gap_counts gaps_of(const std::string& name) {
    std::optional<outcome<gap_counts>> read;
    world_.service->read_gaps(world_.number_of(name),
                              [&](auto got) { read.emplace(std::move(got)); });
    world_.run_for(1s);
    return read.value().value();
  }
  static std::uint64_t of(const gap_counts& gaps, gap_reason reason) {
    return gaps[static_cast<std::size_t>(reason)];
  }
  static std::uint64_t sum(const gap_counts& gaps) {
    return std::accumulate(gaps.begin(), gaps.end(), std::uint64_t{0});
  }
};

// A channel is on disk a moment after it was asked for: its second may be over by then.
TEST_F(ServiceGaps, LeaveOutTheSecondOfItsMakingUnlessSomethingCameOfIt) {
  add("later");
  poll_behind("later", 1);
  EXPECT_EQ(sum(gaps_of("later")), 0U);

  add("at-once");
  poll_behind("at-once", 0);
  EXPECT_EQ(sum(gaps_of("at-once")), 0U);

  add("failed");
  world_.poll("failed", entry("failed").created_at, nullptr, gap_reason::status);
  poll_behind("failed", 1);
  const gap_counts failed = gaps_of("failed");
  EXPECT_EQ(of(failed, gap_reason::status), 1U);
  EXPECT_EQ(sum(failed), 1U);
}

TEST_F(ServiceGaps, HoldTheSecondsBehindThat) {
  add("missed");
  poll_behind("missed", 4);
  const gap_counts missed = gaps_of("missed");
  EXPECT_EQ(of(missed, gap_reason::absent), 3U);
  EXPECT_EQ(sum(missed), 3U);
}

}  // namespace
}  // namespace reprise
