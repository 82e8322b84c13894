// Hosts to addresses that may be connected to: looked up, judged by the egress guard, kept.
//
// Shapes   one lookup in flight a name; a literal needs none. An answer serves for fresh_for; then
//          it is looked up again behind the back of who asks, and goes on to serve until usable_for
//          while lookups fail or hang. An answer that is not allowed ends that at once
// Errors   dns, blocked, timeout, overload, as net/http_exchange.hpp
// Threads  the core executor; `done` is called there, once, maybe inside resolve()
// Owns     at most names_max names, and waiters_max who wait for one
// Source   faults, name lookup: docs/design.md
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/executor.hpp"
#include "host/metrics.hpp"
#include "net/egress_guard.hpp"
#include "net/http_exchange.hpp"
#include "net/name_lookup.hpp"

namespace reprise {

struct resolver_options {
  std::chrono::milliseconds fresh_for{30'000};
  std::chrono::milliseconds usable_for{60'000};
  std::chrono::milliseconds failed_for{1'000};    // a failure is not asked for again before
  std::chrono::milliseconds hangs_after{60'000};  // then a lookup is given up and begun anew
  std::size_t names_max = 40'000;
  std::size_t waiters_max = 65'536;
};

// Allowed addresses, the one to try first at the front; never empty.
using resolved = boost::system::result<std::vector<net::ip::address>, exchange_failure>;

class resolver {
 public:
  resolver(scheduler& core, name_lookup& lookup, egress_guard guard, resolver_options options = {});
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  // `host` as checked_url has it. Without an answer by the deadline: timeout.
  void resolve(const std::string& host, steady_time deadline, std::function<void(resolved)> done);
  // Nothing answered there: the name's other addresses are tried before it from now on.
  void distrust(const std::string& host, const net::ip::address& address);
  // All that was looked up before is judged anew, by being looked up again.
  void reload(egress_guard guard);

  void write_metrics(metric_writer& into) const;

 private:
  struct waiter {
    std::uint64_t number = 0;
    timer_id timer;
    std::function<void(resolved)> done;
  };
  struct entry {
    std::vector<net::ip::address> addresses;  // the last that were allowed; may be empty
    steady_time found;                        // when they came
    exchange_failure failed;                  // the last failure
    steady_time failed_until{};               // while it serves
    std::uint64_t lookup = 0;                 // the one in flight; 0: none
    steady_time asked{};                      // when it began
    std::list<waiter> waiters;
  };

  [[nodiscard]] resolved judge(std::vector<net::ip::address> answers) const;
  // What an entry can say now, without waiting.
  [[nodiscard]] const std::vector<net::ip::address>* usable(const entry& known) const;
  entry* entry_of(const std::string& host);
  void make_room();
  void look_up(const std::string& host, entry& into);
  [[nodiscard]] bool may_look_up(const entry& known) const;
  void take(const std::string& host, std::uint64_t lookup, lookup_result answer);
  void wait(const std::string& host, entry& at, steady_time deadline,
            std::function<void(resolved)> done);
  void give_up(const std::string& host, std::uint64_t number);

  scheduler& core_;
  name_lookup& lookup_;
  egress_guard guard_;
  const resolver_options options_;
  std::unordered_map<std::string, entry> entries_;
  std::size_t waiters_ = 0;
  std::uint64_t next_waiter_ = 1;
  std::uint64_t next_lookup_ = 1;
  steady_time swept_{};
  std::uint64_t lookups_ = 0, failures_ = 0, blocked_ = 0;
  std::shared_ptr<resolver*> self_;  // null inside once this is gone, for answers that come late
};

}  // namespace reprise
