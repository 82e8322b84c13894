// The simulator's sources: an HTTP server that answers for any number of channels with what they
// broadcast now, and fails where it is told to.
//
// Shapes   GET /c/N is channel N, counted from 0. A channel has an own place of its second's
//          beginning, an own drift, and an own form of answer: raw, hex digits or bits. A second
//          without a picture is 503
// Errors   make: io_failed where it cannot listen. What peers do wrong ends their connection
// Threads  that of the io_context, and no other
// Owns     its sockets; at most source_connections_max, further ones are closed at once. Idle ones
//          stay open: a poller keeps them
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/clock.hpp"
#include "net/asio.hpp"
#include "net/simulate/broadcast.hpp"
#include "net/simulate/source_faults.hpp"

namespace reprise::simulate {

inline constexpr std::size_t source_connections_max = 16'384;
inline constexpr std::size_t served_answers_max = 3'600;  // remembered of each channel

struct source_server_options {
  net::ip::tcp::endpoint listen{net::ip::address_v4::loopback(), 0};
  std::uint32_t channels = 1;
  bool frame_time = true;  // whether answers carry X-Frame-Time
  bool in_phase = false;   // every channel's second is the clock's; else each lags by a part of one
  double drift_ppm = 0;    // each channel's clock is off by at most this
  std::vector<fault_share> faults = {};
  std::chrono::milliseconds slow{1'500};
  std::chrono::milliseconds drip{100};  // between two bytes
};

struct source_counts {
  std::uint64_t asked = 0;
  std::uint64_t served = 0;  // whole, right answers
  std::uint64_t refused_connections = 0;
};

class source_server {
 public:
  [[nodiscard]] static outcome<std::unique_ptr<source_server>> make(
      net::io_context& io, const clock_source& clock, const broadcast& shown,
      const source_server_options& options);
  source_server(const source_server&) = delete;
  source_server& operator=(const source_server&) = delete;
  ~source_server();  // as stop()

  [[nodiscard]] std::string url(std::uint32_t channel) const;
  [[nodiscard]] net::ip::tcp::endpoint address() const;
  [[nodiscard]] source_fault fault(std::uint32_t channel) const;
  // Whole seconds by which the channel's own clock is ahead by now; negative: behind.
  [[nodiscard]] std::int64_t seconds_ahead(std::uint32_t channel) const;
  [[nodiscard]] source_counts counts() const noexcept;

  // Whether these bits were served for that tick: with X-Frame-Time the one that it told, without
  // it one in which the asking may have begun, up to a second before it arrived.
  [[nodiscard]] bool served(std::uint32_t channel, std::int64_t tick,
                            const fingerprint& bits) const;
  // Ticks before this one may have been forgotten.
  [[nodiscard]] std::int64_t remembered_from(std::uint32_t channel) const;

  void stop();

 private:
  struct state;
  explicit source_server(std::shared_ptr<state> made) : state_{std::move(made)} {}
  std::shared_ptr<state> state_;
};

}  // namespace reprise::simulate
