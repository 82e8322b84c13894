#include "net/http_session.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "host/hex.hpp"
#include "net/http_response.hpp"
#include "net/upgrade_request.hpp"

namespace reprise {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::size_t request_id_bytes = 8;
constexpr std::string_view stopping_reason = "the service stops: ask again";

api_request request_of(request_head& head, const std::string& id) {
  api_request request;
  request.method = head.method;
  request.path = head.path;
  request.query = std::move(head.query);
  request.headers = std::move(head.headers);
  request.request_id = id;
  return request;
}

std::string chunk_of(std::string_view piece) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string size;
  for (std::size_t left = piece.size(); left > 0; left /= 16) size += digits[left % 16];
  std::reverse(size.begin(), size.end());
  return size.append("\r\n").append(piece).append("\r\n");
}

// What can be cancelled gives a value.
net::awaitable<bool> run_conversation(const route& chosen, api_request request, web_socket& with) {
  co_await chosen.converse(std::move(request), with);
  co_return true;
}

}  // namespace

http_session::http_session(std::shared_ptr<http_shared> shared, net::ip::tcp::socket connected)
    : shared_{std::move(shared)}, socket_{std::move(connected)} {}

net::awaitable<void> http_session::run(std::shared_ptr<http_session> self) {
  // Not `while (co_await ...) {}`: g++ 12 makes a trap of a loop without a body.
  for (bool more = true; more;) more = co_await self->serve_one();
  self->socket_.close();
}

net::awaitable<void> http_session::turn_away(std::shared_ptr<http_session> self) {
  http_refusal refusal{503, "overloaded", "too many connections; try again"};
  request_facts facts{self->new_request_id()};
  co_await self->refuse(std::move(refusal), std::move(facts));
  self->socket_.close();
}

void http_session::drain() {
  if (idle_) socket_.close();
  if (endless_) cancel_work();
  if (web_) web_->drain(close_code::going_away, stopping_reason);
}

void http_session::end_endless() {
  ending_ = true;
  if (endless_) cancel_work();
  if (web_) {
    web_->drain(close_code::policy_violation, "the keys have changed: ask again with a good one");
  }
}

void http_session::abort() {
  gone_ = true;
  socket_.close();
  if (web_) web_->abort();
  cancel_work();
}

net::awaitable<bool> http_session::serve_one() {
  request_head_reader reader{limits()};
  co_await read_head(reader);
  request_facts facts{new_request_id()};
  switch (reader.state()) {
    case reading::more:  // it ended, or was late
      if (socket_.was_late() && reader.begun()) {
        http_refusal late{408, "request_timeout", "the head of the request came too slowly"};
        co_await refuse(std::move(late), std::move(facts));
      }
      co_return false;
    case reading::refused:
      co_return co_await refuse(reader.refusal(), std::move(facts));
    case reading::done:
      break;
  }
  request_head& head = reader.head();
  facts.keep_alive = head.keep_alive;
  facts.head_only = head.method == "HEAD";
  facts.old_version = head.old_version;
  co_return co_await serve(head, std::move(facts));
}

net::awaitable<bool> http_session::serve(request_head& head, request_facts facts) {
  const auto begun = steady::now();
  const auto count_seconds = [&] {
    shared_->seconds.add(std::chrono::duration<double>(steady::now() - begun).count());
  };
  api_request request = request_of(head, facts.id);
  ending_ = false;
  router::decision decision = shared_->routes.decide(head, request);
  if (decision.chosen == nullptr) {
    facts.keep_alive = facts.keep_alive && !head.has_body();  // which nobody reads
    count_seconds();
    co_return co_await answer(std::move(decision.refusal), std::move(facts));
  }
  const route& chosen = *decision.chosen;
  incoming_body body{
      {socket_, input_, limits(), shared_->bodies_bytes}, head, chosen.body_bytes_max};
  if (!body.refusal() && chosen.converse) {
    count_seconds();
    co_return co_await upgrade(chosen, std::move(request), std::move(facts));
  }
  if (!body.refusal() && chosen.handle) request.body = co_await body.whole();
  if (body.refusal()) co_return co_await refuse(*body.refusal(), std::move(facts));
  api_response response = co_await handle(chosen, std::move(request), body);
  count_seconds();
  if (body.refusal()) co_return co_await refuse(*body.refusal(), std::move(facts));
  facts.keep_alive = facts.keep_alive && body.is_done();
  co_return co_await answer(std::move(response), std::move(facts));
}

net::awaitable<void> http_session::read_head(request_head_reader& reader) {
  bool timed = !std::exchange(begun_, true);  // the first one is awaited no longer than a head
  auto deadline = steady::now() + (timed ? limits().head_time_max : limits().idle_time_max);
  while (reader.state() == reading::more) {
    if (input_.pending().empty()) {
      idle_ = !reader.begun();
      if (idle_ && shared_->draining) co_return;
      const bool filled = co_await input_.fill(deadline);
      idle_ = false;
      if (!filled) co_return;
    }
    input_.take(reader.take(input_.pending()));
    if (!std::exchange(timed, true)) deadline = steady::now() + limits().head_time_max;
  }
}

template <typename T>
net::awaitable<std::tuple<std::exception_ptr, T>> http_session::cancellable(
    net::awaitable<T> work) {
  working_ = true;
  auto result = co_await net::co_spawn(co_await net::this_coro::executor, std::move(work),
                                       net::bind_cancellation_slot(cancel_.slot(), as_result));
  working_ = false;
  co_return result;
}

void http_session::cancel_work() {
  if (working_) cancel_.emit(net::cancellation_type::terminal);
}

net::awaitable<api_response> http_session::handle(const route& chosen, api_request request,
                                                  incoming_body& body) {
  const std::string id = request.request_id;
  std::exception_ptr thrown;
  try {
    auto work = chosen.handle ? chosen.handle(std::move(request))
                              : chosen.handle_body(std::move(request), body);
    api_response response;
    std::tie(thrown, response) = co_await cancellable(std::move(work));
    if (!thrown) co_return response;
  } catch (...) {  // of a handler that is no coroutine
    thrown = std::current_exception();
  }
  co_return fail(thrown, id);
}

net::awaitable<bool> http_session::upgrade(const route& chosen, api_request request,
                                           request_facts facts) {
  if (auto refused = refuse_upgrade(request, facts.old_version)) {
    co_return co_await answer(*std::move(refused), std::move(facts));
  }
  if (!input_.pending().empty()) {  // before it knows whether we speak WebSocket
    http_refusal hasty{400, "bad_request", "bytes behind a request for an upgrade"};
    co_return co_await refuse(std::move(hasty), std::move(facts));
  }
  ++shared_->answers[1];
  co_await converse(chosen, std::move(request));
  co_return false;
}

net::awaitable<void> http_session::converse(const route& chosen, api_request request) {
  const std::string id = request.request_id;
  web_ = make_websocket_session(socket_.release(), shared_);
  if (!co_await web_->accept(request)) co_return;
  if (shared_->draining) web_->drain(close_code::going_away, stopping_reason);
  auto work = run_conversation(chosen, std::move(request), *web_);
  const auto [thrown, ended] = co_await cancellable(std::move(work));
  if (thrown) (void)fail(thrown, id);
  co_await web_->finish(thrown ? close_code::internal_error : close_code::normal);
}

api_response http_session::fail(const std::exception_ptr& thrown, std::string_view id) const {
  const auto tell = [&](std::string_view what) {
    if (!gone_ && shared_->report_failure) shared_->report_failure(id, what);
    return problem(500, "internal", "something failed inside", {}, id);
  };
  try {
    std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    return problem_of({errc::host_memory, {}}, id);
  } catch (const std::exception& error) {
    return tell(error.what());
  } catch (...) {
    return tell("an exception of no known kind");
  }
}

net::awaitable<bool> http_session::refuse(http_refusal refusal, request_facts facts) {
  api_response response = problem(refusal.status, refusal.code, refusal.detail, {}, facts.id);
  if (refusal.status == 503) response.headers.push_back({"Retry-After", "1"});
  facts.keep_alive = false;
  co_return co_await answer(std::move(response), std::move(facts));
}

net::awaitable<bool> http_session::answer(api_response response, request_facts facts) {
  ++shared_->answers[std::min<std::size_t>(response.status / 100, 5)];
  answer_framing framing;
  framing.close = !facts.keep_alive || shared_->draining;
  framing.chunked = response.stream != nullptr && !facts.old_version;
  std::string bytes = response_head(response, facts.id, framing);
  const bool bodiless = facts.head_only || has_no_body(response.status);
  if (!bodiless && !response.stream) bytes += response.body;
  bool sent = co_await socket_.write(bytes, limits().write_stall_max);
  if (sent && !bodiless && response.stream) {
    sent = co_await send_stream(*response.stream, framing.chunked, facts.id);
  }
  response.stream.reset();
  if (!sent) co_return false;
  if (!framing.close && !shared_->draining) co_return true;
  co_await linger();
  co_return false;
}

net::awaitable<bool> http_session::send_stream(body_stream& stream, bool chunked,
                                               std::string_view id) {
  socket_.watch_for_close([session = weak_from_this()] {
    const auto held = session.lock();
    if (!held) return;
    held->gone_ = true;
    held->cancel_work();
  });
  endless_ = stream.is_endless();
  const auto is_ended = [this] { return endless_ && (shared_->draining || ending_); };
  bool whole = false;
  for (;;) {
    whole = is_ended();
    if (whole || gone_) break;
    std::exception_ptr thrown;
    std::optional<std::string> piece;
    try {
      std::tie(thrown, piece) = co_await cancellable(stream.next());
    } catch (...) {
      thrown = std::current_exception();
    }
    if (thrown && is_ended()) continue;  // it was cancelled
    if (thrown) (void)fail(thrown, id);
    whole = !thrown && !piece;
    if (!piece) break;
    if (piece->empty()) continue;
    const std::string bytes = chunked ? chunk_of(*piece) : *std::move(piece);
    if (!co_await socket_.write(bytes, limits().write_stall_max)) break;
  }
  endless_ = false;
  socket_.stop_watching();
  if (!whole || gone_) co_return false;  // without its last chunk nobody takes it for whole
  if (chunked) co_return co_await socket_.write("0\r\n\r\n", limits().write_stall_max);
  co_return true;
}

// A socket that is closed with bytes unread is reset, and the reset may overtake the answer.
net::awaitable<void> http_session::linger() {
  socket_.shutdown_send();
  const auto deadline = steady::now() + limits().linger_time_max;
  std::size_t dropped = 0;
  while (dropped < limits().linger_bytes_max && co_await input_.fill(deadline)) {
    dropped += input_.pending().size();
  }
  input_.take(input_.pending().size());
}

std::string http_session::new_request_id() {
  std::array<std::byte, request_id_bytes> bytes;
  shared_->random.fill(bytes);
  std::string id;
  append_hex(id, bytes);
  return id;
}

}  // namespace reprise
