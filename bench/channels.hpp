// A matcher with many channels whose window is full of made-up content: what the tick benchmarks
// step.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "bench/content.hpp"
#include "bench/samples.hpp"
#include "host/match/matcher.hpp"

namespace reprise::bench {

class full_channels {
 public:
  // Loads `seconds` of content into each channel. One thread: figures are of one core.
  full_channels(content_kind kind, std::uint32_t seconds, std::string_view kernel);

  // Loads more seconds, without a search.
  void load(std::uint32_t seconds);
  void turn_to(content_kind kind);
  // One second of every channel as one batch; its time.
  void step_batch(samples& timed);
  // One second of every channel, each a batch of its own; the time of each.
  void step_each(samples& timed);

  [[nodiscard]] std::size_t bytes_a_channel() const;
  // Ends the program if the last answer of the first channel is not the reference's.
  void check() const;

 private:
  void next_second(bool search);

  std::int64_t time_ = 1'700'000'000;
  std::unique_ptr<matcher> engine_;
  std::vector<day_content> contents_;
  std::vector<fingerprint_bits> bits_;
  std::vector<tick> batch_;
  std::vector<tick_result> results_;
  std::vector<fingerprint_bits> first_past_;  // all seconds of the first channel
};

}  // namespace reprise::bench
