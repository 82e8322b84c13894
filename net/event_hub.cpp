#include "net/event_hub.hpp"

#include <algorithm>
#include <utility>

namespace reprise {
namespace {

bool holds(const std::vector<std::string>& words, std::string_view word) noexcept {
  return words.empty() || std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::string_view overflow_text =
    "event: overflow\ndata: {\"detail\":\"read too slowly: events are missing from here on\"}\n\n";

}  // namespace

bool event_filter::passes(const event& told) const noexcept {
  return holds(kinds, told.kind) && holds(channels, told.channel);
}

// What a stream waits on. It belongs to the API alone.
struct event_hub::bell {
  explicit bell(const net::any_io_executor& api) : timer{api} {}
  net::steady_timer timer;
};

// What publishers and one stream share, without any Asio: its last owner may be on any thread.
struct event_hub::watcher {
  watcher(event_filter passing, std::shared_ptr<link_gate> to, const std::shared_ptr<bell>& ringing)
      : filter{std::move(passing)}, gate{std::move(to)}, rung{ringing} {}

  enum class added { taken, overflowed, ended };
  added add(std::string_view text) {
    const std::lock_guard lock{mutex};
    if (ended) return added::ended;
    overflowed = buffer.size() + text.size() > event_buffer_bytes_max;
    ended = overflowed;
    if (!overflowed) buffer.append(text);
    wake();
    return overflowed ? added::overflowed : added::taken;
  }
  [[nodiscard]] std::size_t bytes() {
    const std::lock_guard lock{mutex};
    return buffer.size();
  }
  void end() {
    const std::lock_guard lock{mutex};
    ended = true;
    wake();
  }
  // Once for all that comes before the stream has looked.
  void wake() {
    if (std::exchange(wake_due, true)) return;
    gate->post([to = rung] {
      if (const auto asleep = to.lock()) asleep->timer.cancel();
    });
  }

  const event_filter filter;
  const std::shared_ptr<link_gate> gate;
  const std::weak_ptr<bell> rung;
  std::mutex mutex;
  std::string buffer;
  bool overflowed = false;
  bool ended = false;
  bool wake_due = false;
};

class event_hub::stream final : public body_stream {
 public:
  stream(std::shared_ptr<watcher> from, std::shared_ptr<bell> rung,
         std::chrono::milliseconds heartbeat)
      : from_{std::move(from)}, bell_{std::move(rung)}, heartbeat_{heartbeat} {}
  ~stream() override { from_->end(); }
  [[nodiscard]] bool is_endless() const override { return true; }

  net::awaitable<std::optional<std::string>> next() override {
    if (!std::exchange(greeted_, true)) co_return "retry: 2000\n\n";
    for (;;) {
      std::string taken;
      if (!take(taken)) co_return std::nullopt;
      if (!taken.empty()) co_return taken;
      bell_->timer.expires_after(heartbeat_);
      const auto [error] = co_await bell_->timer.async_wait(as_result);
      if (!error) co_return ": heartbeat\n\n";
      const auto stopped = co_await net::this_coro::cancellation_state;
      if (stopped.cancelled() != net::cancellation_type::none) co_return std::nullopt;
    }
  }

 private:
  // False at the end; what comes before it is given first.
  bool take(std::string& into) {
    const std::lock_guard lock{from_->mutex};
    from_->wake_due = false;
    into.swap(from_->buffer);
    if (!into.empty() || !from_->ended) return true;
    if (!std::exchange(from_->overflowed, false)) return false;
    into = overflow_text;
    return true;
  }

  std::shared_ptr<watcher> from_;
  std::shared_ptr<bell> bell_;
  std::chrono::milliseconds heartbeat_;
  bool greeted_ = false;
};

event_hub::event_hub(std::chrono::milliseconds heartbeat) : heartbeat_{heartbeat} {}

event_hub::~event_hub() {
  close();
}

void event_hub::publish(event told) {
  const std::lock_guard lock{mutex_};
  ++published_;
  std::string text;
  std::erase_if(watchers_, [&](const std::weak_ptr<watcher>& each) {
    const auto to = each.lock();
    if (!to) return true;
    if (!to->filter.passes(told)) return false;
    if (text.empty()) {
      text.append("event: ").append(told.kind).append("\ndata: ");
      text.append(told.data).append("\n\n");
    }
    const auto added = to->add(text);
    if (added == watcher::added::overflowed) ++overflows_;
    return added != watcher::added::taken;
  });
  watchers_count_ = watchers_.size();
}

outcome<std::shared_ptr<body_stream>> event_hub::subscribe(event_filter filter,
                                                           const api_link& link) {
  const std::lock_guard lock{mutex_};
  if (closed_) return failure{errc::stopping, "the service is stopping"};
  std::erase_if(watchers_, [](const auto& each) { return each.expired(); });
  if (watchers_.size() >= event_watchers_max) {
    return failure{errc::overloaded,
                   "as many watch the events as may: " + std::to_string(event_watchers_max)};
  }
  auto rung = std::make_shared<bell>(link.api());
  auto made = std::make_shared<watcher>(std::move(filter), link.gate(), rung);
  watchers_.push_back(made);
  watchers_count_ = watchers_.size();
  return std::shared_ptr<body_stream>{
      std::make_shared<stream>(std::move(made), std::move(rung), heartbeat_)};
}

void event_hub::close() {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  for (const auto& each : watchers_) {
    if (const auto to = each.lock()) to->end();
  }
  watchers_.clear();
  watchers_count_ = 0;
}

void event_hub::write_metrics(metric_writer& into) const {
  const std::lock_guard lock{mutex_};
  into.gauge("reprise_event_watchers", "Clients that watch the events", {},
             static_cast<double>(watchers_.size()));
  into.gauge("reprise_event_watchers_limit", "Clients that may watch the events", {},
             static_cast<double>(event_watchers_max));
  std::size_t fullest = 0;
  for (const auto& each : watchers_) {
    if (const auto watching = each.lock()) fullest = std::max(fullest, watching->bytes());
  }
  into.gauge("reprise_event_buffer_bytes", "Events that wait for the slowest client", {},
             static_cast<double>(fullest));
  into.gauge("reprise_event_buffer_limit_bytes", "How many may wait for one client", {},
             static_cast<double>(event_buffer_bytes_max));
  into.counter("reprise_events_total", "Events published while anybody watched", {},
               static_cast<double>(published_));
  into.counter("reprise_event_overflows_total", "Clients let go because they read too slowly", {},
               static_cast<double>(overflows_));
}

}  // namespace reprise
