#include "net/report_calls.hpp"

#include <utility>

#include "net/channel_routes.hpp"
#include "net/source_answer.hpp"

namespace reprise {
namespace {

constexpr std::chrono::milliseconds again_after{20};

// What stands for the failure of another asking than the call's own: a poll of the same tick.
report_answer polled_answer(tick_answer taken) {
  std::string what;
  if (taken.reason != gap_reason::none) what = "this second was asked for already, and has failed";
  return {std::move(taken), std::move(what)};
}

}  // namespace

report_calls::report_calls(live_service& service, scheduler& core, http_exchange& exchange,
                           const std::chrono::milliseconds& deadline)
    : service_{service}, core_{core}, exchange_{exchange}, deadline_{deadline} {}

void report_calls::call(report_call asked, done<report_answer> done) {
  const std::int64_t tick = tick_of(core_.clock().wall());
  const channel_entry* entry = service_.book().find(asked.channel);
  if (entry == nullptr) return done(no_such_channel(service_, asked.channel));
  const auto known = calls_.find(asked.channel);
  if (known != calls_.end() && known->second->tick == tick &&
      known->second->channel == entry->number) {
    if (known->second->answer) return done(*known->second->answer);
    known->second->waiting.push_back(std::move(done));
    return;
  }
  if (auto taken = service_.answer_of(entry->number, tick)) {
    return done(polled_answer(std::move(*taken)));
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
  const steady_time deadline = core_.clock().steady() + deadline_;
  request.deadline = deadline;
  exchange_.start(std::move(request), [self = shared_from_this(), of,
                                       deadline](const exchange_result& fetched) {
    const steady_time now = self->core_.clock().steady();
    source_reading read = read_source_answer(fetched, of->tick, deadline);
    of->arrived = {.channel = of->channel,
                   .time = read.frame_time.value_or(of->tick),
                   .reason = read.reason,
                   .bits = read.bits,
                   .received = read.reason == gap_reason::none ? read.received : now};
    of->what = std::move(read.what);
    self->take(of, now + load_wait_max);
  });
}

void report_calls::take(const std::shared_ptr<tick_call>& of, steady_time until) {
  service_.take_now(of->arrived, of->asked.overrides,
                    [self = shared_from_this(), of, until](outcome<tick_answer> taken) {
                      const steady_time again = self->core_.clock().steady() + again_after;
                      if (taken) {
                        const bool own = !of->what.empty() && taken->reason == of->arrived.reason;
                        self->finish(of, own ? report_answer{std::move(*taken), of->what}
                                             : polled_answer(std::move(*taken)));
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
