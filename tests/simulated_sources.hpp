// Many sources over simulated time: each changes its answer on a grid of its own, with drift and
// jitter, answers after a delay, and fails when it is told to.
//
// Shapes   content k of a source stands from change_at(k) to change_at(k + 1), seconds since the
//          beginning of the simulation; a fingerprint holds its source and content in clear, so
//          that an arrival can be traced back
// Errors   those of the faults; asserted: a URL of url()
// Threads  one
// Owns     what was served, the newest served_max answers of each source
//
// Everything is a function of the seed: the same polls get the same answers.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "host/fingerprint.hpp"
#include "host/executor.hpp"
#include "net/http_exchange.hpp"

namespace reprise {

// Evenly from [0, 1): a function of the seed and of what is asked for.
[[nodiscard]] double simulated_chance(std::uint64_t seed, std::uint64_t purpose, std::int64_t n);

// The second of one source.
struct source_grid {
  double phase = 0;      // of change 0
  double drift_ppm = 0;  // greater than 0: its seconds are longer than ours
  double jitter = 0;     // each change lies within this of the grid
  double delay_max = 0;  // of an answer
  std::uint64_t seed = 0;

  [[nodiscard]] double change_at(std::int64_t k) const;
  [[nodiscard]] std::int64_t content_at(double moment) const;
};

enum class fault_kind {
  hang,         // no answer: a timeout at the deadline
  refuse,       // connect
  status,       // an HTTP status other than 200
  slow,         // the answer takes `amount` seconds more
  still,        // the content of the fault's first moment stands
  frame_shift,  // X-Frame-Time is off by `amount`
  frame_text,   // X-Frame-Time is no number
};

struct source_fault {
  double from = 0;  // seconds since the beginning
  double to = 0;
  fault_kind kind = fault_kind::hang;
  double amount = 0;
};

struct simulated_source {
  source_grid grid;
  bool frame_time = false;
  std::vector<source_fault> faults;
};

struct served_answer {
  std::int64_t tick = 0;     // the wall clock's when it was asked
  double asked = 0;          // seconds since the beginning
  std::int64_t content = 0;  // none served: -1
};

class simulated_sources final : public http_exchange {
 public:
  static constexpr std::size_t served_max = 200'000;

  explicit simulated_sources(scheduler& time);
  std::size_t add(simulated_source added);
  [[nodiscard]] static std::string url(std::size_t source);
  [[nodiscard]] simulated_source& source(std::size_t at) { return sources_[at].model; }

  void start(exchange_request request, std::function<void(exchange_result)> done) override;

  [[nodiscard]] static fingerprint bits(std::size_t source, std::int64_t content);
  [[nodiscard]] static std::int64_t content_of(const fingerprint& bits);
  // What the source was asked for at that tick, own polls and probes, in order.
  [[nodiscard]] std::vector<served_answer> served_at(std::size_t source, std::int64_t tick) const;
  [[nodiscard]] const std::deque<served_answer>& served(std::size_t source) const {
    return sources_[source].served;
  }
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
  // More than one at a time of one source.
  [[nodiscard]] bool crowded() const noexcept { return crowded_; }
  [[nodiscard]] double now() const;  // seconds since the beginning

 private:
  struct state {
    simulated_source model;
    std::deque<served_answer> served;
    std::int64_t asks = 0;
    std::size_t in_flight = 0;
  };

  [[nodiscard]] static const source_fault* fault_at(const simulated_source& model, double moment,
                                                    fault_kind kind);
  [[nodiscard]] exchange_answer answer_of(std::size_t at, double asked, double answered);
  void finish(std::size_t at, steady_time when, exchange_result result,
              std::function<void(exchange_result)> done);

  scheduler& time_;
  steady_time beginning_;
  std::int64_t beginning_tick_;
  std::deque<state> sources_;
  std::size_t in_flight_ = 0;
  bool crowded_ = false;
};

}  // namespace reprise
