#include "bench/channels.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/sizes.hpp"
#include "host/match/cpu_matcher.hpp"
#include "host/match/reference_matcher.hpp"

namespace reprise::bench {
namespace {

search_settings settings_of_all() {
  return {.window_seconds = chosen.window_seconds,
          .threshold = threshold_of_similarity(0.8, rule{})};
}

}  // namespace

full_channels::full_channels(content_kind kind, std::uint32_t seconds, std::string_view kernel)
    : engine_{std::move(*make_cpu_matcher(rule{}, {.kernel = kernel, .threads = 1}))} {
  bits_.resize(chosen.channels);
  results_.resize(chosen.channels);
  const search_settings settings = settings_of_all();
  for (std::uint32_t i = 0; i < chosen.channels; ++i) {
    contents_.emplace_back(kind, chosen.window_seconds, i + 1);
    tick made;
    made.channel = engine_->add_channel(settings).value();
    made.fingerprint = bits_[i];
    batch_.push_back(made);
  }
  load(seconds);
}

void full_channels::next_second(bool search) {
  ++time_;
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    bits_[i] = contents_[i].next();
    batch_[i].time = time_;
    batch_[i].search = search;
  }
  first_past_.push_back(bits_[0]);
}

void full_channels::load(std::uint32_t seconds) {
  for (std::uint32_t i = 0; i < seconds; ++i) {
    next_second(false);
    engine_->step(batch_, results_);
  }
}

void full_channels::turn_to(content_kind kind) {
  for (day_content& content : contents_) content.turn_to(kind);
}

void full_channels::step_batch(samples& timed) {
  next_second(true);
  timed.time([&] { engine_->step(batch_, results_); });
}

void full_channels::step_each(samples& timed) {
  next_second(true);
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    timed.time([&] { engine_->step({&batch_[i], 1}, {&results_[i], 1}); });
  }
}

std::size_t full_channels::bytes_a_channel() const {
  std::size_t most = 0;
  for (const tick& each : batch_) most = std::max(most, engine_->channel_bytes(each.channel));
  return most;
}

void full_channels::check() const {
  const auto reference = std::move(*make_reference_matcher(rule{}));
  tick replayed = batch_[0];
  replayed.channel = reference->add_channel(settings_of_all()).value();
  replayed.search = false;
  tick_result expected;
  replayed.time = time_ - static_cast<std::int64_t>(first_past_.size());
  for (const fingerprint_bits& bits : first_past_) {
    replayed.fingerprint = bits;
    ++replayed.time;
    replayed.search = replayed.time == time_;
    reference->step({&replayed, 1}, {&expected, 1});
  }
  if (std::ranges::equal(expected.best, results_[0].best)) return;
  std::fputs("reprise-bench: the engine's answer is not the reference's\n", stderr);
  std::exit(1);
}

}  // namespace reprise::bench
