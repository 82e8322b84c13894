// What became of delivery events, by the way on which they came.
//
// Threads  any
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "host/metrics.hpp"

namespace reprise {

enum class event_way { post, web_socket, own };
inline constexpr std::array<std::string_view, 3> event_way_names = {"post", "websocket", "own"};

struct delivery_figures {
  std::array<std::atomic<std::uint64_t>, event_way_names.size()> stored{};   // events
  std::array<std::atomic<std::uint64_t>, event_way_names.size()> refused{};  // requests, messages
  std::atomic<std::uint64_t> dropped{0};  // own reports that did not wait or were not taken
  std::atomic<std::uint64_t> expired{0};

  void note_stored(event_way by, std::uint64_t events) noexcept {
    stored[static_cast<std::size_t>(by)] += events;
  }
  void note_refused(event_way by) noexcept { ++refused[static_cast<std::size_t>(by)]; }
  void write_metrics(metric_writer& into) const {
    for (std::size_t i = 0; i < event_way_names.size(); ++i) {
      into.counter("reprise_delivery_events_stored_total", "Delivery events that were stored.",
                   {{"way", event_way_names[i]}}, static_cast<double>(stored[i]));
    }
    for (std::size_t i = 0; i < event_way_names.size(); ++i) {
      into.counter("reprise_delivery_events_refused_total",
                   "Requests, messages and batches of delivery events that were not stored.",
                   {{"way", event_way_names[i]}}, static_cast<double>(refused[i]));
    }
    into.counter("reprise_delivery_events_dropped_total",
                 "Own reports that are no events, since too many waited or the disk failed.", {},
                 static_cast<double>(dropped));
    into.counter("reprise_delivery_events_expired_total", "Delivery events that were kept long.",
                 {}, static_cast<double>(expired));
  }
};

}  // namespace reprise
