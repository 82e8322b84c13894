#include "net/http_server.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <map>
#include <unordered_set>
#include <utility>

#include "host/match/assert.hpp"
#include "net/egress_guard.hpp"
#include "net/http_session.hpp"
#include "net/listen_address.hpp"

namespace reprise {

using tcp = net::ip::tcp;

struct http_server::state : std::enable_shared_from_this<state> {
  state(net::any_io_executor executor, http_server_parts parts, const http_limits& limits)
      : on{std::move(executor)},
        shared{std::make_shared<http_shared>(http_shared{
            limits, std::move(parts.routes), parts.random, std::move(parts.report_failure)})},
        patience{on} {}

  static net::awaitable<void> accept_on(std::shared_ptr<state> self,
                                        std::shared_ptr<tcp::acceptor> listener);
  [[nodiscard]] bool accept_one(tcp::acceptor& listener);
  [[nodiscard]] bool descriptors_are_short(tcp::acceptor& listener) const;
  void admit(tcp::socket socket);
  void leave(const std::shared_ptr<http_session>& session, const net::ip::address& from,
             bool turned_away);
  void abort_all();
  void end();

  net::any_io_executor on;
  std::shared_ptr<http_shared> shared;
  std::vector<std::shared_ptr<tcp::acceptor>> listeners;
  std::unordered_set<std::shared_ptr<http_session>> sessions;  // those turned away, too
  std::map<net::ip::address, std::size_t> served_of;
  std::size_t served = 0;
  std::size_t turning_away = 0;
  std::uint64_t turned_away = 0;
  std::uint64_t accept_pauses = 0;
  net::steady_timer patience;  // of stop()
  std::function<void()> stopped;
};

net::awaitable<void> http_server::state::accept_on(std::shared_ptr<state> self,
                                                   std::shared_ptr<tcp::acceptor> listener) {
  net::steady_timer pause{self->on};
  for (;;) {
    const auto [error] = co_await listener->async_wait(tcp::acceptor::wait_read, as_result);
    if (!listener->is_open()) co_return;
    if (!error && self->accept_one(*listener)) continue;
    ++self->accept_pauses;
    pause.expires_after(self->shared->limits.accept_pause);
    co_await pause.async_wait(as_result);
  }
}

// Whether there is no reason for a pause.
bool http_server::state::accept_one(tcp::acceptor& listener) {
  if (descriptors_are_short(listener)) return false;
  tcp::socket socket{on};
  error_code error;
  listener.accept(socket, error);
  if (error) {  // a client that has gone again is none of our shortages
    return error == net::error::would_block || error == net::error::try_again ||
           error == net::error::connection_aborted || error == net::error::interrupted;
  }
  try {
    admit(std::move(socket));
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

// New descriptors get the lowest free number, so that number tells how many are in use.
bool http_server::state::descriptors_are_short(tcp::acceptor& listener) const {
  ::rlimit limit{};
  REPRISE_ASSERT(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const int lowest = ::dup(listener.native_handle());
  if (lowest < 0) return true;
  ::close(lowest);
  return static_cast<::rlim_t>(lowest) + shared->limits.descriptors_reserve >= limit.rlim_cur;
}

void http_server::state::admit(tcp::socket socket) {
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return;  // it has gone
  const net::ip::address from = unmapped(peer.address());
  const http_limits& limits = shared->limits;
  const auto known = served_of.find(from);
  const bool too_many =
      served >= limits.connections_max ||
      (known != served_of.end() && known->second >= limits.connections_per_address_max);
  if (too_many) ++turned_away;
  if (too_many && turning_away >= limits.refusals_max) return;
  auto session = std::make_shared<http_session>(shared, std::move(socket));
  sessions.insert(session);
  if (too_many) {
    ++turning_away;
  } else {
    ++served;
    ++served_of[from];
  }
  try {
    net::co_spawn(on, too_many ? http_session::turn_away(session) : http_session::run(session),
                  [self = shared_from_this(), session, from, too_many](std::exception_ptr) {
                    // It ran out of memory; its connection is closed with it.
                    self->leave(session, from, too_many);
                  });
  } catch (const std::bad_alloc&) {
    leave(session, from, too_many);
    throw;
  }
}

void http_server::state::leave(const std::shared_ptr<http_session>& session,
                               const net::ip::address& from, bool was_turned_away) {
  sessions.erase(session);
  if (was_turned_away) {
    --turning_away;
  } else {
    --served;
    const auto known = served_of.find(from);
    if (--known->second == 0) served_of.erase(known);
  }
  if (sessions.empty()) end();
}

void http_server::state::abort_all() {
  const std::vector<std::shared_ptr<http_session>> left{sessions.begin(), sessions.end()};
  for (const auto& session : left) session->abort();
}

void http_server::state::end() {
  if (!stopped) return;
  patience.cancel();
  net::post(on, std::exchange(stopped, nullptr));
}

http_server::http_server(net::any_io_executor on, http_server_parts parts,
                         const http_limits& limits)
    : state_{std::make_shared<state>(std::move(on), std::move(parts), limits)} {}

http_server::~http_server() {
  error_code ignored;
  for (const auto& listener : state_->listeners) listener->close(ignored);
  state_->shared->draining = true;
  state_->stopped = nullptr;
  state_->patience.cancel();
  state_->abort_all();
}

outcome<tcp::endpoint> http_server::listen(const tcp::endpoint& at) {
  auto listener = std::make_shared<tcp::acceptor>(state_->on);
  error_code error;
  listener->open(at.protocol(), error);
  if (!error) listener->set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error) listener->bind(at, error);
  if (!error) listener->listen(net::socket_base::max_listen_connections, error);
  if (!error) listener->non_blocking(true, error);
  tcp::endpoint bound;
  if (!error) bound = listener->local_endpoint(error);
  if (error) return failure{errc::io_failed, to_text(at) + ": " + error.message()};
  state_->listeners.push_back(listener);
  net::co_spawn(state_->on, state::accept_on(state_, listener),
                [](std::exception_ptr thrown) { REPRISE_ASSERT(!thrown); });
  return bound;
}

void http_server::stop(std::function<void()> stopped) {
  REPRISE_ASSERT(!state_->shared->draining);
  state_->stopped = std::move(stopped);
  state_->shared->draining = true;
  error_code ignored;
  for (const auto& listener : state_->listeners) listener->close(ignored);
  const std::vector<std::shared_ptr<http_session>> present{state_->sessions.begin(),
                                                           state_->sessions.end()};
  for (const auto& session : present) session->drain();
  if (present.empty()) return state_->end();
  state_->patience.expires_after(state_->shared->limits.shutdown_grace);
  state_->patience.async_wait([self = state_](error_code error) {
    if (error || !self->stopped) return;
    self->abort_all();
    self->patience.expires_after(self->shared->limits.abort_grace);
    self->patience.async_wait([self](error_code again) {
      if (!again) self->end();
    });
  });
}

void http_server::end_endless() {
  const std::vector<std::shared_ptr<http_session>> present{state_->sessions.begin(),
                                                           state_->sessions.end()};
  for (const auto& session : present) session->end_endless();
}

void http_server::write_metrics(metric_writer& into) const {
  const http_shared& shared = *state_->shared;
  static constexpr std::string_view classes[] = {"", "1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 1; i < shared.answers.size(); ++i) {
    into.counter("reprise_http_requests_total", "Requests answered, by class of status.",
                 {{"status", classes[i]}}, static_cast<double>(shared.answers[i]));
  }
  into.histogram("reprise_http_request_seconds", "From the head of a request to its answer.", {},
                 shared.seconds);
  const auto count = [](auto number) { return static_cast<double>(number); };
  into.gauge("reprise_http_connections", "Connections that are served.", {}, count(state_->served));
  into.gauge("reprise_http_connections_limit", "How many may be served.", {},
             count(shared.limits.connections_max));
  into.counter("reprise_http_connections_refused_total", "Connections above a limit.", {},
               count(state_->turned_away));
  into.counter("reprise_http_accept_pauses_total", "Pauses for want of descriptors.", {},
               count(state_->accept_pauses));
  into.gauge("reprise_http_bodies_bytes", "Bodies of requests in progress.", {},
             count(shared.bodies_bytes));
  into.gauge("reprise_http_bodies_bytes_limit", "How many bytes they may have.", {},
             count(shared.limits.bodies_bytes_max));
}

}  // namespace reprise
