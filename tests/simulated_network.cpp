#include "tests/simulated_network.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

enum purpose : std::uint64_t { post_delay = 40, post_loss };

std::chrono::nanoseconds span_of(double seconds) {
  return std::chrono::nanoseconds{std::llround(seconds * 1e9)};
}

// Raw bytes, hex digits with a newline, or the bits.
std::string body_of(const fingerprint& bits, std::uint32_t form) {
  if (form == 0) return {reinterpret_cast<const char*>(bits.data()), bits.size()};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string made;
  for (const std::byte each : bits) {
    const auto value = std::to_integer<unsigned>(each);
    if (form == 1) {
      made += {digits[value / 16], digits[value % 16]};
      continue;
    }
    for (unsigned bit = 0x80; bit != 0; bit /= 2) made += (value & bit) == 0 ? '0' : '1';
  }
  if (form == 1) made += '\n';
  return made;
}

bool is_within(double moment, double from, double to) {
  return moment >= from && moment < to;
}

}  // namespace

simulated_network::simulated_network(simulated_scheduler& time, std::uint64_t seed)
    : time_{time}, seed_{seed}, sources_{time}, broadcast_{{.seed = seed}} {}

void simulated_network::add(simulated_source added) {
  sources_.add(std::move(added));
  served_.emplace_back();
}

void simulated_network::hang_up() {
  asker_ = std::make_shared<const bool>(true);
}

void simulated_network::start(exchange_request request, std::function<void(exchange_result)> done) {
  auto to_living = [asker = std::weak_ptr{asker_}, done = std::move(done)](exchange_result result) {
    if (!asker.expired()) done(std::move(result));
  };
  if (request.post) return post(request, std::move(to_living));
  fetch(std::move(request), std::move(to_living));
}

void simulated_network::fetch(exchange_request request, std::function<void(exchange_result)> done) {
  std::uint32_t source = 0;
  const std::size_t digits = request.url.rfind('/') + 1;
  std::from_chars(request.url.data() + digits, request.url.data() + request.url.size(), source);
  const std::int64_t asked = tick_of(time_.clock().wall());
  sources_.start(std::move(request),
                 [this, source, asked, done = std::move(done)](const exchange_result& result) {
                   done(shown(source, asked, result));
                 });
}

// The sources' own pictures tell which second they are; what is shown is the broadcast's.
exchange_result simulated_network::shown(std::uint32_t source, std::int64_t asked,
                                         const exchange_result& of) {
  if (!of || of->status != 200) return of;
  exchange_answer made = *of;
  fingerprint clear;
  REPRISE_ASSERT(made.body.size() == clear.size());
  std::memcpy(clear.data(), made.body.data(), clear.size());
  const std::int64_t content = simulated_sources::content_of(clear);
  const auto picture = broadcast_.at(source, content + 1);  // content 0 may begin before the day
  if (!picture) {
    made.status = 503;
    made.body = "no picture";
    return made;
  }
  made.body = body_of(*picture, source % 3);
  std::int64_t tick = asked;
  if (made.frame_time) {
    const char* const end = made.frame_time->data() + made.frame_time->size();
    if (std::from_chars(made.frame_time->data(), end, tick).ptr != end) return made;
  }
  served_[source].push_back({tick, content});
  return made;
}

bool simulated_network::served(std::uint32_t source, std::int64_t tick,
                               const fingerprint& bits) const {
  // Ticks come in order but for those that a fault has shifted.
  constexpr std::int64_t shift_max = 16;
  const auto& all = served_[source];
  const auto is_before = [](const served_second& one, std::int64_t than) {
    return one.tick < than;
  };
  auto at = std::partition_point(all.begin(), all.end(), [&](const served_second& one) {
    return is_before(one, tick - shift_max);
  });
  for (; at != all.end() && at->tick <= tick + shift_max; ++at) {
    if (at->tick == tick && broadcast_.at(source, at->content + 1) == bits) return true;
  }
  return false;
}

void simulated_network::post(const exchange_request& request,
                             std::function<void(exchange_result)> done) {
  REPRISE_ASSERT(request.url == sink_url);
  ++posts_;
  const double now = std::fmod(sources_.now(), sink_period);
  const double delay = 1e-3 + 0.05 * simulated_chance(seed_, post_delay, posts_);
  exchange_answer answer;
  answer.status = 200;
  if (is_within(now, 400, 520)) {  // down
    ++refusals_;
    return answer_in(delay, exchange_failure{gap_reason::connect, "connection refused"},
                     std::move(done));
  }
  if (is_within(now, 1'000, 1'030)) {  // busy
    ++refusals_;
    answer.status = 503;
    answer.retry_after = "20";
    return answer_in(delay, std::move(answer), std::move(done));
  }
  const auto id = std::find_if(request.headers.begin(), request.headers.end(),
                               [](const header_field& one) { return one.name == "webhook-id"; });
  REPRISE_ASSERT(id != request.headers.end());
  accepted_.push_back({time_.clock().steady(), id->value, request.body});
  // Slow: it takes the report and answers too late. Now and then its answer is lost.
  const bool slow = is_within(now, 1'600, 1'620);
  if (slow || simulated_chance(seed_, post_loss, posts_) < 0.005) {
    ++refusals_;
    const double left =
        std::chrono::duration<double>(request.deadline - time_.clock().steady()).count();
    return answer_in(slow ? left : delay, exchange_failure{gap_reason::timeout, "no whole answer"},
                     std::move(done));
  }
  answer_in(delay, std::move(answer), std::move(done));
}

void simulated_network::answer_in(double seconds, exchange_result result,
                                  std::function<void(exchange_result)> done) {
  const steady_time when = time_.clock().steady() + span_of(seconds);
  if (result) result->received = when;
  (void)time_.at(when, [result = std::move(result), done = std::move(done)] { done(result); });
}

}  // namespace reprise
