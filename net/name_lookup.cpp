#include "net/name_lookup.hpp"

#include <netdb.h>
#include <pthread.h>
#include <resolv.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace reprise {
namespace {

constexpr int answer_seconds_max = 1;  // of one name server, asked twice
constexpr int tries_max = 2;

struct waiting_lookup {
  std::string name;
  std::function<void(lookup_result)> done;
};

// What the threads share. It outlives the lookup for as long as one of them hangs.
struct lookup_pool {
  lookup_pool(executor& core_executor, std::size_t threads)
      : unknown_threads_max{threads / 2}, core{&core_executor} {}

  void run();

  const std::size_t unknown_threads_max;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<waiting_lookup> known, unknown;
  std::size_t unknown_running = 0;
  executor* core;  // null: the lookup is gone
};

void lookup_pool::run() {
  std::unique_lock lock{mutex};
  for (;;) {
    const auto may_take_unknown = [this] {
      return !unknown.empty() && unknown_running < unknown_threads_max;
    };
    wake.wait(lock, [&] { return core == nullptr || !known.empty() || may_take_unknown(); });
    if (core == nullptr) return;
    const bool is_known = !known.empty();
    auto& queue = is_known ? known : unknown;
    waiting_lookup next = std::move(queue.front());
    queue.pop_front();
    if (!is_known) ++unknown_running;
    lock.unlock();
    auto answer = std::make_shared<lookup_result>(look_up_now(next.name));
    lock.lock();
    if (!is_known && unknown_running-- == unknown_threads_max) wake.notify_one();
    if (core == nullptr) return;
    core->post([answer, done = std::move(next.done)] { done(std::move(*answer)); });
  }
}

class system_lookup final : public name_lookup {
 public:
  system_lookup(executor& core, std::size_t threads)
      : core_{core}, pool_{std::make_shared<lookup_pool>(core, threads)} {
    for (std::size_t i = 0; i < threads; ++i) {
      std::thread thread{[pool = pool_] { pool->run(); }};
      ::pthread_setname_np(thread.native_handle(), "reprise-names");
      thread.detach();
    }
  }
  ~system_lookup() override {
    {
      const std::scoped_lock lock{pool_->mutex};
      pool_->core = nullptr;
      pool_->known.clear();
      pool_->unknown.clear();
    }
    pool_->wake.notify_all();
  }

  void start(std::string name, bool known, std::function<void(lookup_result)> done) override {
    {
      const std::scoped_lock lock{pool_->mutex};
      auto& queue = known ? pool_->known : pool_->unknown;
      if (queue.size() < lookups_waiting_max) {
        queue.push_back({std::move(name), std::move(done)});
        pool_->wake.notify_one();
        return;
      }
    }
    core_.post(
        [done = std::move(done)] { done(lookup_failure{"too many names wait to be looked up"}); });
  }

 private:
  executor& core_;
  std::shared_ptr<lookup_pool> pool_;
};

// The system waits 5 s for each try; a poll is over after one. Read anew each time, so that a
// changed resolv.conf counts.
void shorten_waits() {
  if (::res_init() != 0) return;
  _res.retrans = std::min(_res.retrans, answer_seconds_max);
  _res.retry = std::min(_res.retry, tries_max);
}

net::ip::address address_of(const addrinfo& answer) {
  if (answer.ai_family == AF_INET) {
    const auto* const found = reinterpret_cast<const sockaddr_in*>(answer.ai_addr);
    return net::ip::address_v4{ntohl(found->sin_addr.s_addr)};
  }
  const auto* const found = reinterpret_cast<const sockaddr_in6*>(answer.ai_addr);
  net::ip::address_v6::bytes_type bytes;
  std::copy_n(found->sin6_addr.s6_addr, bytes.size(), bytes.begin());
  return net::ip::address_v6{bytes, found->sin6_scope_id};
}

}  // namespace

lookup_result look_up_now(const std::string& name) {
  shorten_waits();
  addrinfo asked{};
  asked.ai_family = AF_UNSPEC;
  asked.ai_socktype = SOCK_STREAM;
  asked.ai_flags = AI_ADDRCONFIG;
  addrinfo* answers = nullptr;
  const int failed = ::getaddrinfo(name.c_str(), nullptr, &asked, &answers);
  if (failed != 0) return lookup_failure{::gai_strerror(failed)};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned{answers, &::freeaddrinfo};
  std::vector<net::ip::address> found;
  for (const addrinfo* each = answers; each != nullptr; each = each->ai_next) {
    if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
    const net::ip::address address = address_of(*each);
    if (std::find(found.begin(), found.end(), address) != found.end()) continue;
    if (found.size() == lookup_answers_max)
      return lookup_failure{"the name has too many addresses"};
    found.push_back(address);
  }
  if (found.empty()) return lookup_failure{"the name has no address"};
  return found;
}

std::unique_ptr<name_lookup> make_system_lookup(executor& core, std::size_t threads) {
  return std::make_unique<system_lookup>(core, threads);
}

void throw_exception_from_error(const lookup_failure& failed, const boost::source_location& place) {
  std::fprintf(stderr, "reprise: unhandled failure at %s:%u: %s\n", place.file_name(),
               static_cast<unsigned>(place.line()), failed.what.c_str());
  std::abort();
}

}  // namespace reprise
