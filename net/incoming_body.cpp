#include "net/incoming_body.hpp"

#include <utility>

namespace reprise {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::size_t body_step_bytes = 64 << 10;  // the body's time grows with each

http_refusal ended_early() {
  return {400, "bad_framing", "the body ended early"};
}

http_refusal too_slow() {
  return {408, "request_timeout", "the body came too slowly"};
}

}  // namespace

incoming_body::incoming_body(connection from, const request_head& head, std::uint64_t bytes_max)
    : from_{from},
      reader_{head.framing, head.content_length, bytes_max},
      share_{from.bodies_bytes, from.limits.bodies_bytes_max},
      awaits_continue_{head.expects_continue && from.input.pending().empty()} {
  if (reader_.state() == reading::refused) refusal_ = reader_.refusal();
}

net::awaitable<outcome<std::optional<std::string>>> incoming_body::next() {
  share_.drop();
  while (!refusal_ && reader_.state() == reading::more && reader_.body().empty()) {
    co_await read_some();
  }
  if (refusal_) co_return broken();
  std::string piece = reader_.release();
  if (piece.empty()) co_return std::optional<std::string>{};
  hold(piece.capacity());
  if (refusal_) co_return broken();
  co_return std::optional<std::string>{std::move(piece)};
}

net::awaitable<std::string> incoming_body::whole() {
  while (!refusal_ && reader_.state() == reading::more) {
    co_await read_some();
    hold(reader_.body().capacity());
  }
  co_return std::move(reader_.body());
}

net::awaitable<void> incoming_body::read_some() {
  if (from_.input.pending().empty()) {
    co_await wait_for_bytes();
    if (refusal_) co_return;
  }
  // The input's buffer is smaller than a piece may be.
  from_.input.take(reader_.take(from_.input.pending()));
  if (reader_.state() == reading::refused) refusal_ = reader_.refusal();
}

net::awaitable<void> incoming_body::wait_for_bytes() {
  const http_limits& limits = from_.limits;
  if (std::exchange(awaits_continue_, false)) {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const bool heard = co_await from_.socket.write(go_on, limits.write_stall_max);
    if (!heard) {
      refusal_ = ended_early();
      co_return;
    }
  }
  const auto steps = static_cast<std::int64_t>(reader_.bytes() / body_step_bytes);
  const auto time = limits.body_time_max + limits.body_time_per_64_kib * steps;
  const auto begun = steady::now();
  const bool filled = co_await from_.input.fill(begun + time - waited_);
  waited_ += steady::now() - begun;
  if (!filled) refusal_ = from_.socket.was_late() ? too_slow() : ended_early();
}

void incoming_body::hold(std::size_t bytes) {
  if (refusal_ || share_.try_hold(bytes)) return;
  refusal_ = http_refusal{503, "overloaded", "too many bodies at once; try again"};
}

failure incoming_body::broken() const {
  return {errc::data_malformed, refusal_->detail};
}

}  // namespace reprise
