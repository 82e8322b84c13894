#include "net/encoder_figures.hpp"

namespace reprise {
namespace {

constexpr std::array<std::string_view, encoder_ends> words = {
    "encoded", "no_face", "too_many_faces", "picture_invalid", "failed",
    "late",    "resting", "overloaded",     "no_memory"};

}  // namespace

std::string_view to_string(encoder_end end) noexcept {
  return words[static_cast<std::size_t>(end)];
}

void encoder_figures::note_end(encoder_end end, std::chrono::duration<double> took) {
  const std::scoped_lock lock{mutex_};
  ++ends_[static_cast<std::size_t>(end)];
  seconds_.add(took.count());
}

void encoder_figures::note_exchange(bool again) {
  const std::scoped_lock lock{mutex_};
  ++exchanges_;
  retries_ += again ? 1 : 0;
}

void encoder_figures::note_joined() {
  const std::scoped_lock lock{mutex_};
  ++joined_;
}

void encoder_figures::set_load(const load& now) {
  const std::scoped_lock lock{mutex_};
  load_ = now;
}

void encoder_figures::write_metrics(metric_writer& into) const {
  const std::scoped_lock lock{mutex_};
  const auto count = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    into.counter(name, help, {}, static_cast<double>(value));
  };
  const auto gauge = [&](std::string_view name, std::string_view help, std::size_t value) {
    into.gauge(name, help, {}, static_cast<double>(value));
  };
  for (std::size_t i = 0; i < encoder_ends; ++i) {
    into.counter("reprise_encoder_calls_total", "Calls of the encoder, by how they ended.",
                 {{"result", words[i]}}, static_cast<double>(ends_[i]));
  }
  count("reprise_encoder_exchanges_total", "Requests to the encoder.", exchanges_);
  count("reprise_encoder_retries_total", "Of them, those that tried a call again.", retries_);
  count("reprise_encoder_joined_total", "Pictures that were being encoded already.", joined_);
  into.histogram("reprise_encoder_seconds", "What a call took, its waiting with it.", {}, seconds_);
  gauge("reprise_encoder_calls", "Calls under way.", load_.running);
  gauge("reprise_encoder_calls_limit", "How many may be.", load_.running_max);
  gauge("reprise_encoder_waiting", "Calls that wait for one of them.", load_.waiting);
  gauge("reprise_encoder_waiting_limit", "How many may wait.", load_.waiting_max);
  into.gauge("reprise_encoder_breaker", "0: closed, 1: one request decides, 2: open.", {},
             static_cast<double>(load_.breaker));
}

}  // namespace reprise
