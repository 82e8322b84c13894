// What is counted of the calls of the encoder.
//
// Errors   none
// Threads  any
// Source   host/metrics.hpp
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "host/metrics.hpp"
#include "net/circuit_breaker.hpp"

namespace reprise {

// How a picture was judged, or why it was not.
enum class encoder_end {
  encoded,
  no_face,
  too_many_faces,
  picture_invalid,  // the encoder says so
  failed,
  late,
  resting,     // it has failed too often, and is not asked for a while
  overloaded,  // too many wait, or the encoder has too much to do
  no_memory,   // for it, here
};
inline constexpr std::size_t encoder_ends = 9;
[[nodiscard]] std::string_view to_string(encoder_end end) noexcept;

class encoder_figures {
 public:
  struct load {
    std::size_t running = 0, running_max = 0;
    std::size_t waiting = 0, waiting_max = 0;
    circuit_breaker::state breaker = circuit_breaker::state::closed;
  };

  void note_end(encoder_end end, std::chrono::duration<double> took);
  void note_exchange(bool again);  // a call may take several
  void note_joined();
  void set_load(const load& now);
  void write_metrics(metric_writer& into) const;

 private:
  mutable std::mutex mutex_;
  std::array<std::uint64_t, encoder_ends> ends_{};
  std::uint64_t exchanges_ = 0, retries_ = 0, joined_ = 0;
  latency_histogram seconds_;
  load load_;
};

}  // namespace reprise
