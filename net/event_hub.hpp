// Events of the service for those who watch it over HTTP: each watcher has a buffer of its own, and
// whoever reads too slowly is let go.
//
// Shapes   a watcher's stream is text/event-stream: "event: KIND\ndata: JSON\n\n" an event, a
//          comment where nothing has come for a heartbeat. A watcher gets what is published after
//          it subscribed. When its buffer is full it gets what is in it, then "event: overflow",
//          then the end
// Errors   subscribe: overloaded, when event_watchers_max are there
// Threads  subscribe and the streams: the API's executor; all else: any
// Owns     the buffers: at most event_watchers_max of event_buffer_bytes_max each. Streams may live
//          longer than the hub
// Source   https://html.spec.whatwg.org/multipage/server-sent-events.html
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/event.hpp"
#include "host/failure.hpp"
#include "host/metrics.hpp"
#include "net/api_link.hpp"
#include "net/api_types.hpp"

namespace reprise {

inline constexpr std::size_t event_watchers_max = 64;
inline constexpr std::size_t event_buffer_bytes_max = 1'048'576;
inline constexpr std::size_t event_filter_words_max = 64;
inline constexpr std::chrono::seconds event_heartbeat{15};

// Empty lists let everything through. An event of no channel passes only an empty `channels`.
struct event_filter {
  std::vector<std::string> channels;
  std::vector<std::string> kinds;

  [[nodiscard]] bool passes(const event& told) const noexcept;
};

class event_hub final : public event_sink {
 public:
  explicit event_hub(std::chrono::milliseconds heartbeat = event_heartbeat);
  ~event_hub();

  void publish(event told) override;
  [[nodiscard]] bool heard() const noexcept override { return watchers_count_ > 0; }

  [[nodiscard]] outcome<std::shared_ptr<body_stream>> subscribe(event_filter filter,
                                                                const api_link& link);
  // Every stream ends, and none is made any more.
  void close();
  void write_metrics(metric_writer& into) const;

 private:
  struct watcher;
  class stream;
  struct bell;

  std::chrono::milliseconds heartbeat_;
  std::atomic<std::size_t> watchers_count_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<watcher>> watchers_;
  bool closed_ = false;
  std::uint64_t published_ = 0;
  std::uint64_t overflows_ = 0;
};

}  // namespace reprise
