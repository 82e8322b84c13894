#include "net/http_client.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <new>
#include <set>
#include <utility>

#include "host/match/assert.hpp"
#include "net/client_exchange.hpp"
#include "net/tls_client.hpp"

namespace reprise {
namespace {

constexpr std::chrono::seconds sweep_pause{1};
constexpr std::size_t exchanges_max = 65'536;

using done_callback = std::function<void(exchange_result)>;

std::size_t connections_allowed(std::size_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return wanted;
  const auto limit = static_cast<std::size_t>(files.rlim_cur);
  return std::min(wanted, limit > files_reserved ? limit - files_reserved : 1);
}

// Shared with the coroutines, which may end after the client.
struct running_client {
  client_state common;
  std::chrono::milliseconds idle_for;
  std::size_t in_flight = 0;
  std::set<client_exchange*> running{};
  timer_id sweep{};  // number 0: no connection waits to grow old
  bool ended = false;
};
using running_ptr = std::shared_ptr<running_client>;

void sweep_later(running_client& on) {
  if (on.sweep.number != 0 || on.common.pool.size() == 0) return;
  scheduler& core = on.common.core;
  on.sweep = core.at(core.clock().steady() + sweep_pause, [&on] {
    on.sweep = {};
    on.common.pool.sweep(on.common.core.clock().steady() - on.idle_for);
    sweep_later(on);
  });
}

void tell(const done_callback& done, exchange_result result) {
  try {
    done(std::move(result));
  } catch (const std::bad_alloc&) {  // what this one led to is lost; the others go on
  }
}

net::awaitable<void> run_exchange(running_ptr on, exchange_request request, done_callback done) {
  scheduler& core = on->common.core;
  const steady_time deadline = request.deadline;
  client_exchange exchange{on->common, std::move(request)};
  on->running.insert(&exchange);
  const timer_id timer = core.at(deadline, [&exchange] { exchange.expire(); });
  exchange_result result = exchange_failure{gap_reason::overload, "out of memory"};
  try {
    result = co_await exchange.run();
  } catch (const std::exception&) {  // std::bad_alloc; the other exchanges go on
  }
  core.cancel(timer);
  on->running.erase(&exchange);
  --on->in_flight;
  if (on->ended) co_return;
  sweep_later(*on);
  tell(done, std::move(result));
}

class client final : public http_client {
 public:
  explicit client(running_ptr shared) : shared_{std::move(shared)} {}
  ~client() override {
    shared_->ended = true;
    shared_->common.core.cancel(shared_->sweep);
    shared_->common.pool.clear();
    for (client_exchange* const each : shared_->running) each->expire();
  }

  void start(exchange_request request, done_callback done) override {
    net::io_context& io = shared_->common.io;
    if (shared_->in_flight >= exchanges_max) {
      net::post(io, [done = std::move(done)] {
        tell(done, exchange_failure{gap_reason::overload, "too many exchanges are under way"});
      });
      return;
    }
    ++shared_->in_flight;
    net::post(io, [on = shared_, request = std::move(request), done = std::move(done)]() mutable {
      const auto ended = [](std::exception_ptr broken) { REPRISE_ASSERT(!broken); };
      net::co_spawn(on->common.io, run_exchange(on, std::move(request), std::move(done)), ended);
    });
  }

  [[nodiscard]] outcome<void> reload(const std::string& ca_file) override {
    auto tls = make_tls_client(ca_file);
    if (!tls) return tls.error();
    shared_->common.tls = std::move(*tls);
    shared_->common.pool.clear();
    ++shared_->common.generation;
    return {};
  }

  void write_metrics(metric_writer& into) const override {
    const client_state& now = shared_->common;
    into.gauge("reprise_connections_open", "Connections to sources and sinks.", {},
               static_cast<double>(now.open_count));
    into.gauge("reprise_connections_limit", "Connections that may be open.", {},
               static_cast<double>(now.connections_max));
    into.gauge("reprise_connections_idle", "Connections kept for the next exchange.", {},
               static_cast<double>(now.pool.size()));
    into.counter("reprise_connections_opened_total", "Connections begun.", {},
                 static_cast<double>(now.opened));
    into.counter("reprise_connections_reused_total", "Exchanges begun on a kept connection.", {},
                 static_cast<double>(now.reused));
    into.gauge("reprise_exchanges_in_flight", "Exchanges under way.", {},
               static_cast<double>(shared_->in_flight));
    into.gauge("reprise_exchanges_limit", "Exchanges that may be under way.", {},
               static_cast<double>(exchanges_max));
  }

 private:
  running_ptr shared_;
};

}  // namespace

outcome<std::unique_ptr<http_client>> make_http_client(net::io_context& io, scheduler& core,
                                                       resolver& names,
                                                       http_client_options options) {
  auto tls = make_tls_client(options.ca_file);
  if (!tls) return tls.error();
  const std::size_t connections_max = connections_allowed(options.connections_max);
  client_state common{.io = io,
                      .core = core,
                      .names = names,
                      .connections_max = connections_max,
                      .tls = std::move(*tls),
                      .pool{connections_max, options.idle_host_max}};
  return std::make_unique<client>(
      std::make_shared<running_client>(running_client{std::move(common), options.idle_for}));
}

}  // namespace reprise
