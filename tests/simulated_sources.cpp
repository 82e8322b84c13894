#include "tests/simulated_sources.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

constexpr std::string_view url_head = "http://source/";
enum purpose : std::uint64_t { jitter_chance = 1, delay_chance, moment_chance };

// SplitMix64's finisher.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::chrono::nanoseconds span_of(double seconds) {
  return std::chrono::nanoseconds{std::llround(seconds * 1e9)};
}

}  // namespace

double simulated_chance(std::uint64_t seed, std::uint64_t purpose, std::int64_t n) {
  const std::uint64_t drawn =
      mixed(mixed(seed * 64 + purpose) ^ static_cast<std::uint64_t>(n) * 0x2545f4914f6cdd1d);
  return static_cast<double>(drawn >> 11) * 0x1p-53;
}

double source_grid::change_at(std::int64_t k) const {
  const double off = jitter * (2 * simulated_chance(seed, jitter_chance, k) - 1);
  return phase + static_cast<double>(k) * (1 + drift_ppm * 1e-6) + off;
}

std::int64_t source_grid::content_at(double moment) const {
  auto k = static_cast<std::int64_t>(std::floor((moment - phase) / (1 + drift_ppm * 1e-6))) + 1;
  while (change_at(k) > moment) --k;
  return k;
}

simulated_sources::simulated_sources(scheduler& time)
    : time_{time},
      beginning_{time.clock().steady()},
      beginning_tick_{tick_of(time.clock().wall())} {}

std::size_t simulated_sources::add(simulated_source added) {
  sources_.push_back({std::move(added), {}, 0, 0});
  return sources_.size() - 1;
}

std::string simulated_sources::url(std::size_t source) {
  return std::string{url_head} + std::to_string(source);
}

double simulated_sources::now() const {
  return std::chrono::duration<double>(time_.clock().steady() - beginning_).count();
}

fingerprint simulated_sources::bits(std::size_t source, std::int64_t content) {
  std::array<std::uint64_t, fingerprint_bytes / 8> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = mixed(mixed(source * 16 + i) ^ static_cast<std::uint64_t>(content));
  }
  words[words.size() - 2] = source;
  words[words.size() - 1] = static_cast<std::uint64_t>(content);
  fingerprint made;
  std::memcpy(made.data(), words.data(), made.size());
  return made;
}

std::int64_t simulated_sources::content_of(const fingerprint& bits) {
  std::int64_t content = 0;
  std::memcpy(&content, bits.data() + bits.size() - sizeof content, sizeof content);
  return content;
}

std::vector<served_answer> simulated_sources::served_at(std::size_t source,
                                                        std::int64_t tick) const {
  std::vector<served_answer> found;
  for (const served_answer& one : sources_[source].served) {
    if (one.tick == tick) found.push_back(one);
  }
  return found;
}

const source_fault* simulated_sources::fault_at(const simulated_source& model, double moment,
                                                fault_kind kind) {
  for (const source_fault& fault : model.faults) {
    if (fault.kind == kind && moment >= fault.from && moment < fault.to) return &fault;
  }
  return nullptr;
}

exchange_answer simulated_sources::answer_of(std::size_t at, double asked, double answered) {
  state& of = sources_[at];
  const source_grid& grid = of.model.grid;
  // The content is that of any moment between asking and answer.
  double seen = asked + (answered - asked) * simulated_chance(grid.seed, moment_chance, of.asks);
  const source_fault* still = fault_at(of.model, seen, fault_kind::still);
  if (still != nullptr) seen = still->from;
  const std::int64_t content = grid.content_at(seen);
  of.served.back().content = content;
  exchange_answer made;
  made.status = fault_at(of.model, asked, fault_kind::status) != nullptr ? 503 : 200;
  const fingerprint served = bits(at, content);
  made.body.assign(reinterpret_cast<const char*>(served.data()), served.size());
  if (!of.model.frame_time) return made;
  std::int64_t frame = beginning_tick_ + content;
  const source_fault* shift = fault_at(of.model, asked, fault_kind::frame_shift);
  if (shift != nullptr) frame += std::llround(shift->amount);
  const bool text = fault_at(of.model, asked, fault_kind::frame_text) != nullptr;
  made.frame_time = text ? "12:00:01" : std::to_string(frame);
  return made;
}

void simulated_sources::start(exchange_request request, std::function<void(exchange_result)> done) {
  REPRISE_ASSERT(request.url.starts_with(url_head));
  std::size_t at = 0;
  std::from_chars(request.url.data() + url_head.size(), request.url.data() + request.url.size(),
                  at);
  REPRISE_ASSERT(at < sources_.size());
  state& of = sources_[at];
  const double asked = now();
  of.served.push_back({tick_of(time_.clock().wall()), asked, -1});
  if (of.served.size() > served_max) of.served.pop_front();
  ++of.asks;
  ++in_flight_;
  if (++of.in_flight > 1) crowded_ = true;

  const source_grid& grid = of.model.grid;
  double delay = 1e-4 + grid.delay_max * simulated_chance(grid.seed, delay_chance, of.asks);
  const source_fault* slow = fault_at(of.model, asked, fault_kind::slow);
  if (slow != nullptr) delay += slow->amount;
  const steady_time when = time_.clock().steady() + span_of(delay);
  const bool hangs = fault_at(of.model, asked, fault_kind::hang) != nullptr;
  if (hangs || when > request.deadline) {
    finish(at, request.deadline, exchange_failure{gap_reason::timeout, "no answer in time"},
           std::move(done));
  } else if (fault_at(of.model, asked, fault_kind::refuse) != nullptr) {
    finish(at, when, exchange_failure{gap_reason::connect, "connection refused"}, std::move(done));
  } else {
    exchange_answer made = answer_of(at, asked, asked + delay);
    made.received = when;
    finish(at, when, std::move(made), std::move(done));
  }
}

void simulated_sources::finish(std::size_t at, steady_time when, exchange_result result,
                               std::function<void(exchange_result)> done) {
  (void)time_.at(when, [this, at, result = std::move(result), done = std::move(done)] {
    --in_flight_;
    --sources_[at].in_flight;
    done(result);
  });
}

}  // namespace reprise
