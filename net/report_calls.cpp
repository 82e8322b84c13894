#include "net/report_calls.hpp"

#include <span>
#include <utility>

#include "host/fingerprint.hpp"
#include "host/number.hpp"

namespace reprise {
namespace {

// X-Frame-Time may name a second near the one that was asked in; what is further off is a fault.
constexpr std::int64_t frame_behind_seconds_max = 60;
constexpr std::int64_t frame_ahead_seconds_max = 5;
constexpr std::chrono::milliseconds again_after{20};

struct read_answer {
  arrival arrived;
  std::string what;
};

read_answer gap(arrival at, gap_reason reason, std::string what) {
  at.reason = reason;
  return {at, std::move(what)};
}

read_answer arrival_of(const exchange_result& fetched, channel_number channel, std::int64_t tick,
                       steady_time now) {
  arrival made{.channel = channel, .time = tick, .received = now};
  if (!fetched) return gap(made, fetched.error().reason, fetched.error().what);
  made.received = fetched->received;
  if (fetched->status != 200) {
    return gap(made, gap_reason::status,
               "the source answered with status " + std::to_string(fetched->status));
  }
  const auto decoded = decode_fingerprint(std::as_bytes(std::span{fetched->body}));
  if (!decoded) return gap(made, gap_reason::malformed, decoded.error().what);
  if (fetched->frame_time) {
    const auto named = parse_integer(*fetched->frame_time);
    if (!named || *named < tick - frame_behind_seconds_max ||
        *named > tick + frame_ahead_seconds_max) {
      return gap(made, gap_reason::frame_time, "X-Frame-Time names no second near this one");
    }
    made.time = *named;
  }
  made.bits = *decoded;
  return {made, {}};
}

}  // namespace

report_calls::report_calls(live_service& service, scheduler& core, http_exchange& exchange,
                           std::chrono::milliseconds deadline)
    : service_{service}, core_{core}, exchange_{exchange}, deadline_{deadline} {}

void report_calls::call(report_call asked, done<report_answer> done) {
  const std::int64_t tick = tick_of(core_.clock().wall());
  const channel_entry* entry = service_.book().find(asked.channel);
  if (entry == nullptr) return done(failure{errc::not_found, "there is no such channel", {}});
  const auto known = calls_.find(asked.channel);
  if (known != calls_.end() && known->second->tick == tick &&
      known->second->channel == entry->number) {
    if (known->second->answer) return done(*known->second->answer);
    known->second->waiting.push_back(std::move(done));
    return;
  }
  if (auto taken = service_.answer_of(entry->number, tick)) {
    return done(report_answer{std::move(*taken), gap_reason::none, {}});
  }
  if (!make_room(tick)) return done(failure{errc::overloaded, "too many calls", {}});
  auto started = std::make_shared<tick_call>();
  started->tick = tick;
  started->channel = entry->number;
  started->asked = std::move(asked);
  started->waiting.push_back(std::move(done));
  calls_[started->asked.channel] = started;
  fetch(started, entry->settings);
}

bool report_calls::make_room(std::int64_t tick) {
  if (calls_.size() < calls_max) return true;
  std::erase_if(calls_, [&](const auto& each) {
    return each.second->tick != tick && each.second->waiting.empty();
  });
  return calls_.size() < calls_max;
}

void report_calls::fetch(const std::shared_ptr<tick_call>& of, const channel_settings& settings) {
  exchange_request request;
  // The channel's credentials go to the channel's source and to no other.
  const bool own = of->asked.source_url.empty() || of->asked.source_url == settings.source_url;
  request.url = own ? settings.source_url : of->asked.source_url;
  if (own) request.headers = settings.source_headers;
  request.deadline = core_.clock().steady() + deadline_;
  exchange_.start(std::move(request), [self = shared_from_this(), of](exchange_result fetched) {
    const steady_time now = self->core_.clock().steady();
    auto read = arrival_of(fetched, of->channel, of->tick, now);
    of->arrived = read.arrived;
    of->what = std::move(read.what);
    self->take(of, now + load_wait_max);
  });
}

void report_calls::take(const std::shared_ptr<tick_call>& of, steady_time until) {
  service_.take_now(
      of->arrived, of->asked.overrides,
      [self = shared_from_this(), of, until](outcome<tick_answer> taken) {
        const steady_time again = self->core_.clock().steady() + again_after;
        if (taken) {
          self->finish(of, report_answer{std::move(*taken), of->arrived.reason, of->what});
        } else if (taken.error().code == errc::loading && again < until) {
          (void)self->core_.at(again, [self, of, until] { self->take(of, until); });
        } else {
          self->finish(of, taken.error());
        }
      });
}

void report_calls::finish(const std::shared_ptr<tick_call>& of, outcome<report_answer> answer) {
  if (answer) {
    of->answer = *answer;
  } else if (const auto known = calls_.find(of->asked.channel);
             known != calls_.end() && known->second == of) {
    calls_.erase(known);
  }
  for (auto& each : std::exchange(of->waiting, {})) each(answer);
}

}  // namespace reprise
