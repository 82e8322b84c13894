#include "net/resolver.hpp"

#include <algorithm>
#include <utility>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

constexpr std::chrono::seconds sweep_pause{1};  // between searches for names nobody asks for

exchange_failure blocked_by(std::string_view block) {
  return {gap_reason::blocked, "the address lies in " + std::string{block} +
                                   ", which is not public: egress.allow can allow it"};
}

}  // namespace

resolver::resolver(scheduler& core, name_lookup& lookup, egress_guard guard,
                   resolver_options options)
    : core_{core},
      lookup_{lookup},
      guard_{std::move(guard)},
      options_{options},
      self_{std::make_shared<resolver*>(this)} {
  REPRISE_ASSERT(options_.fresh_for <= options_.usable_for);
}

resolver::~resolver() {
  *self_ = nullptr;
  for (auto& [host, known] : entries_) {
    for (const waiter& each : known.waiters) core_.cancel(each.timer);
  }
}

void resolver::resolve(const std::string& host, steady_time deadline,
                       std::function<void(resolved)> done) {
  error_code no_literal;
  const auto literal = net::ip::make_address(host, no_literal);
  if (!no_literal) return done(judge({literal}));

  entry* const known = entry_of(host);
  if (known == nullptr) {
    return done(exchange_failure{gap_reason::overload, "too many names are in use"});
  }
  const steady_time now = core_.clock().steady();
  const bool fresh = !known->addresses.empty() && now < known->found + options_.fresh_for;
  if (!fresh && may_look_up(*known)) look_up(host, *known);
  if (const auto* const addresses = usable(*known)) return done(*addresses);
  if (known->lookup == 0) return done(known->failed);
  wait(host, *known, deadline, std::move(done));
}

const std::vector<net::ip::address>* resolver::usable(const entry& known) const {
  if (known.addresses.empty()) return nullptr;
  if (core_.clock().steady() >= known.found + options_.usable_for) return nullptr;
  return &known.addresses;
}

resolved resolver::judge(std::vector<net::ip::address> answers) const {
  const std::string_view block = guard_.judge_all(answers);
  if (!block.empty()) return blocked_by(block);
  for (net::ip::address& each : answers) each = unmapped(each);
  return answers;
}

resolver::entry* resolver::entry_of(const std::string& host) {
  const auto found = entries_.find(host);
  if (found != entries_.end()) return &found->second;
  if (entries_.size() >= options_.names_max) make_room();
  if (entries_.size() >= options_.names_max) return nullptr;
  return &entries_[host];
}

void resolver::make_room() {
  const steady_time now = core_.clock().steady();
  if (now < swept_ + sweep_pause) return;
  swept_ = now;
  std::erase_if(entries_, [&](const auto& each) {
    const entry& known = each.second;
    return known.lookup == 0 && usable(known) == nullptr && now >= known.failed_until;
  });
}

bool resolver::may_look_up(const entry& known) const {
  const steady_time now = core_.clock().steady();
  if (known.lookup != 0) return now >= known.asked + options_.hangs_after;
  return now >= known.failed_until;
}

void resolver::look_up(const std::string& host, entry& into) {
  into.lookup = next_lookup_++;
  into.asked = core_.clock().steady();
  ++lookups_;
  lookup_.start(host, !into.addresses.empty(),
                [self = self_, host, number = into.lookup](lookup_result answer) {
                  if (*self != nullptr) (*self)->take(host, number, std::move(answer));
                });
}

void resolver::take(const std::string& host, std::uint64_t lookup, lookup_result answer) {
  const auto found = entries_.find(host);
  if (found == entries_.end() || found->second.lookup != lookup) return;
  entry& known = found->second;
  known.lookup = 0;
  const steady_time now = core_.clock().steady();
  resolved verdict = answer ? judge(std::move(*answer))
                            : resolved{exchange_failure{gap_reason::dns, answer.error().what}};
  if (verdict) {
    known.failed_until = {};
    known.found = now;
    // An address that has worked stays the first.
    const auto first = known.addresses.empty()
                           ? verdict->end()
                           : std::find(verdict->begin(), verdict->end(), known.addresses.front());
    if (first != verdict->end()) std::rotate(verdict->begin(), first, verdict->end());
    known.addresses = *verdict;
  } else {
    known.failed = verdict.error();
    known.failed_until = now + options_.failed_for;
    if (known.failed.reason == gap_reason::blocked) {
      ++blocked_;
      known.addresses.clear();
    } else {
      ++failures_;
      // So that dead names wait with the unknown ones.
      if (usable(known) == nullptr) known.addresses.clear();
    }
  }
  auto waiters = std::exchange(known.waiters, {});
  waiters_ -= waiters.size();
  for (waiter& each : waiters) {
    core_.cancel(each.timer);
    each.done(verdict);  // may add and remove names
  }
}

void resolver::wait(const std::string& host, entry& at, steady_time deadline,
                    std::function<void(resolved)> done) {
  if (waiters_ >= options_.waiters_max) {
    return done(exchange_failure{gap_reason::overload, "too many wait for names"});
  }
  ++waiters_;
  const std::uint64_t number = next_waiter_++;
  const timer_id timer = core_.at(deadline, [this, host, number] { give_up(host, number); });
  at.waiters.push_back({number, timer, std::move(done)});
}

void resolver::give_up(const std::string& host, std::uint64_t number) {
  auto& waiters = entries_.at(host).waiters;  // a name with a lookup in flight is never removed
  const auto found = std::find_if(waiters.begin(), waiters.end(),
                                  [&](const waiter& each) { return each.number == number; });
  REPRISE_ASSERT(found != waiters.end());
  const auto done = std::move(found->done);
  waiters.erase(found);
  --waiters_;
  done(exchange_failure{gap_reason::timeout, "the name was not looked up before the deadline"});
}

void resolver::distrust(const std::string& host, const net::ip::address& address) {
  const auto found = entries_.find(host);
  if (found == entries_.end()) return;
  auto& addresses = found->second.addresses;
  if (addresses.size() < 2 || addresses.front() != address) return;
  std::rotate(addresses.begin(), addresses.begin() + 1, addresses.end());
}

void resolver::reload(egress_guard guard) {
  guard_ = std::move(guard);
  for (auto& [host, known] : entries_) {
    known.addresses.clear();
    known.failed_until = {};
    known.lookup = 0;  // the answer under way is dropped: who waits for it waits for a new one
    if (!known.waiters.empty()) look_up(host, known);
  }
}

void resolver::write_metrics(metric_writer& into) const {
  into.counter("reprise_dns_lookups_total", "Names looked up.", {}, static_cast<double>(lookups_));
  into.counter("reprise_dns_failures_total", "Lookups that failed.", {},
               static_cast<double>(failures_));
  into.counter("reprise_dns_blocked_total", "Lookups whose answer the egress guard forbids.", {},
               static_cast<double>(blocked_));
  into.gauge("reprise_dns_names", "Names kept with their addresses.", {},
             static_cast<double>(entries_.size()));
  into.gauge("reprise_dns_names_limit", "Names that can be kept.", {},
             static_cast<double>(options_.names_max));
  into.gauge("reprise_dns_waiters", "Requests that wait for a name.", {},
             static_cast<double>(waiters_));
  into.gauge("reprise_dns_waiters_limit", "How many may wait.", {},
             static_cast<double>(options_.waiters_max));
}

}  // namespace reprise
