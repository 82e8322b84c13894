// Two engines, one content: what every engine's tests share to hold it to the reference.
//
// Shapes   content, settings and the coming and going of channels are drawn from a seed
// Threads  one at a time
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <random>
#include <vector>

#include "host/match/matcher.hpp"
#include "tests/hostile_content.hpp"

namespace reprise {

std::ostream& operator<<(std::ostream& out, const match& shown);

// What an environment variable asks for, or the usual.
[[nodiscard]] std::uint64_t asked_count(const char* variable, std::uint64_t usual);
// REPRISE_TEST_FIRST_SEED and REPRISE_TEST_SEEDS make a long run of what is usually a short one.
[[nodiscard]] std::uint64_t first_seed(std::uint64_t usual);
[[nodiscard]] std::uint64_t seeds_count(std::uint64_t usual);

class recorder final : public match_visitor {
 public:
  [[nodiscard]] bool wants_all_when_still() const noexcept override { return wants_all; }
  [[nodiscard]] std::span<const std::uint32_t> watched_lags() const noexcept override {
    return watched;
  }
  void visit(std::span<const match> piece) noexcept override {
    seen.insert(seen.end(), piece.begin(), piece.end());
  }
  void begin_again() noexcept override { seen.clear(); }
  std::vector<match> seen;
  std::vector<std::uint32_t> watched;
  bool wants_all = false;
};

// One channel in two engines.
struct pair_of_channels {
  pair_of_channels(const rule& by, const search_settings& settings, std::uint64_t seed,
                   matcher& expected, matcher& tested)
      : content{by, settings.window_seconds, seed},
        expected_id{expected.add_channel(settings).value()},
        tested_id{tested.add_channel(settings).value()} {}

  hostile_content content;
  channel_id expected_id, tested_id;
  made_second second;
  recorder expected_all, tested_all;
  bool wants_all = false;
  std::uint64_t loading = 0;  // ticks that join the history without a search
};

using compared_channels = std::vector<std::unique_ptr<pair_of_channels>>;

// Steps both engines by one batch, a random subset of the channels, one in `left_out` left out (0:
// none), and expects equal answers: a fatal failure where they are not.
void step_channels(compared_channels& channels, matcher& expected, matcher& tested,
                   std::mt19937_64& random, std::uint64_t left_out);

// So many ticks of a few channels that come and go.
void compare_engines(matcher& expected, matcher& tested, std::uint64_t seed, std::uint32_t ticks);

// Some hundred seconds of one channel, gaps and a tick out of order among them, as step_run().
void compare_runs(matcher& expected, matcher& tested, std::uint64_t seed);

}  // namespace reprise
