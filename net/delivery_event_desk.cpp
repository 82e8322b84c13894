#include "net/delivery_event_desk.hpp"

#include <algorithm>
#include <utility>

namespace reprise {
namespace {

// Between two steps of an expiry others may write.
constexpr std::chrono::milliseconds expire_again{10};

}  // namespace

delivery_event_desk::delivery_event_desk(delivery_event_parts parts)
    : parts_{std::move(parts)},
      writer_{make_delivery_writer(parts_.file, parts_.windows)},
      reader_{make_delivery_reader(parts_.file)},
      journal_{parts_.core, parts_.writer, *writer_, figures_},
      teller_{parts_.core, parts_.writer, parts_.reader, *reader_, parts_.events, parts_.windows},
      link_{parts_.core} {}

void delivery_event_desk::start() {
  teller_.start();
  expire();
}

void delivery_event_desk::reconfigure(std::chrono::seconds keep, bool own_reports) {
  // The windows stay those of the start, and their averages whole.
  const auto& windows = parts_.windows;
  const std::chrono::minutes longest{*std::max_element(windows.begin(), windows.end())};
  parts_.keep = std::max<std::chrono::seconds>(keep, longest);
  parts_.own_reports = own_reports;
}

void delivery_event_desk::take(const delivered_report& delivered) {
  if (!parts_.own_reports) return;
  journal_.add(delivered.channel_name, delivered.time, delivered.at);
}

void delivery_event_desk::drain(steady_time deadline, std::function<void()> drained) {
  journal_.drain(deadline, std::move(drained));
}

event_time delivery_event_desk::now() const {
  return std::chrono::floor<std::chrono::microseconds>(parts_.core.clock().wall());
}

outcome<void> delivery_event_desk::store(const event_batch& events, event_way way) {
  auto stored = writer_->add(events, now());
  if (stored) figures_.note_stored(way, events.size());
  return stored;
}

// The first one brings the averages up to the configured windows, too.
void delivery_event_desk::expire() {
  const auto work = [&writer = *writer_, before = now() - parts_.keep]() -> outcome<std::uint64_t> {
    if (const auto prepared = writer.prepare(); !prepared) return prepared.error();
    return writer.expire(before);
  };
  link_.ask(parts_.writer, work, [this](const outcome<std::uint64_t>& ended) { expired(ended); });
}

void delivery_event_desk::expired(const outcome<std::uint64_t>& ended) {
  if (!ended && !std::exchange(fault_told_, true)) {
    parts_.log(log_level::warning, "old delivery events cannot be removed, tried again each minute",
               {{"why", ended.error().what}});
  }
  if (ended) {
    fault_told_ = false;
    figures_.expired += *ended;
  }
  const bool has_more = ended && *ended > 0;
  (void)link_.after(has_more ? std::chrono::nanoseconds{expire_again} : expire_each,
                    [this] { expire(); });
}

void delivery_event_desk::write_metrics(metric_writer& into) const {
  figures_.write_metrics(into);
  into.gauge("reprise_delivery_events_waiting", "Own reports that wait to be stored as events.", {},
             static_cast<double>(journal_.waiting()));
  into.gauge("reprise_delivery_events_waiting_limit", "How many may.", {},
             static_cast<double>(report_journal::waiting_max));
}

void delivery_event_desk::write_api_metrics(metric_writer& into) const {
  into.gauge("reprise_delivery_events_bytes",
             "Bytes of requests and messages whose delivery events are being stored.", {},
             static_cast<double>(bytes));
  into.gauge("reprise_delivery_events_bytes_limit", "How many may be.", {},
             static_cast<double>(event_bytes_max));
}

}  // namespace reprise
