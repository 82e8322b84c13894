#include <algorithm>

#include "net/reporter.hpp"
#include "net/reporter_sink.hpp"
#include "net/url.hpp"

namespace reprise {
namespace {

// Path and query may hold a secret.
std::string shown(const reporter_sink& sink) {
  const auto url = parse_url(sink.url);
  return url ? url->authority : "?";
}

}  // namespace

void reporter::succeed(reporter_sink& sink) {
  if (sink.state == sink_state::disabled) return;
  if (sink.told) log(log_level::info, "a sink answers again", {{"sink", shown(sink)}});
  sink.state = sink_state::open;
  sink.failures = 0;
  sink.told = false;
}

// Those that were on their way when the first one failed are failures of the same moment; each
// probe that fails is a further one.
void reporter::fail(reporter_sink& sink, bool probe, std::string_view why,
                    std::chrono::seconds asked) {
  if (sink.state == sink_state::disabled) return;
  sink.not_before = std::max(sink.not_before, now() + asked);
  if (sink.state != sink_state::failing || probe) {
    sink.state = sink_state::failing;
    ++sink.failures;
    sink.probe_at = now() + back_off(sink.failures);
  }
  sink.probe_at = std::max(sink.probe_at, sink.not_before);
  sink.sweep_at = std::max(sink.sweep_at, now() + probe_wait_max);
  if (!probe || sink.failures < 2 || sink.told) return;
  // It is down, and no mere hiccup.
  sink.lanes.unload_all(now_ms());
  sink.told = true;
  log(log_level::warning, "a sink fails", {{"sink", shown(sink)}, {"why", std::string{why}}});
}

void reporter::disable(reporter_sink& sink) {
  if (sink.state == sink_state::disabled) return;
  sink.state = sink_state::disabled;
  ++disabled_;
  for (const channel_number channel : sink.lanes.channels()) {
    if (sink.lanes.find(channel)->held) release(sink, channel);
  }
  log(log_level::error,
      "a sink answered 410: its reports end until a channel that reports to it is changed, or a "
      "retry is asked for",
      {{"sink", shown(sink)}});
}

void reporter::enable(reporter_sink& sink, std::string_view why) {
  if (sink.state != sink_state::disabled) return;
  sink.state = sink_state::unproven;
  --disabled_;
  sink.failures = 0;
  sink.told = false;
  sink.probe_at = sink.not_before = now();
  log(log_level::info, "a sink is tried again", {{"sink", shown(sink)}, {"why", std::string{why}}});
}

void reporter::hold(reporter_sink& sink, channel_number channel, std::chrono::nanoseconds span) {
  report_lane& lane = sink.lanes.lane(channel);
  lane.held = true;
  lane.holding = parts_.core.at(now() + span, [this, &sink, channel] {
    sink.lanes.lane(channel).held = false;
    sink.lanes.settle(channel, now_ms());
    wants(sink);
  });
}

void reporter::release(reporter_sink& sink, channel_number channel) {
  report_lane& lane = sink.lanes.lane(channel);
  parts_.core.cancel(lane.holding);
  lane.held = false;
  sink.lanes.settle(channel, now_ms());
}

void reporter::wake_at(reporter_sink& sink, steady_time when) {
  if (sink.wake.number != 0 && sink.wake_when <= when) return;
  parts_.core.cancel(sink.wake);
  sink.wake_when = when;
  sink.wake = parts_.core.at(when, [this, &sink] {
    sink.wake = {};
    wants(sink);
  });
}

// A sink for which nothing waits is remembered while it is open, so that the reports of the next
// tick need no probe, and while it is disabled; until there are too many.
bool reporter::drop_if_idle(reporter_sink& sink) {
  if (!sink.lanes.empty() || sink.sending + sink.loading > 0) return false;
  const bool known = sink.state == sink_state::open || sink.state == sink_state::disabled;
  if (known && sinks_.size() <= sinks_remembered_max) return true;
  if (sink.state == sink_state::disabled) --disabled_;
  parts_.core.cancel(sink.wake);
  sinks_.erase(sinks_.find(sink.url));
  return true;
}

// Doubles from at most 4 s on; between its half and the whole.
std::chrono::nanoseconds reporter::back_off(std::uint32_t failures) {
  const std::uint32_t doublings = std::min(failures, 10U);
  const std::chrono::nanoseconds longest =
      std::min<std::chrono::nanoseconds>(probe_wait_min * (1U << doublings), probe_wait_max);
  const auto spread = static_cast<std::uint64_t>((longest / 2).count());
  return longest / 2 + std::chrono::nanoseconds{parts_.random.below(spread + 1)};
}

}  // namespace reprise
