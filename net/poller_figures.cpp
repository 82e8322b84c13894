#include "net/poller_figures.hpp"

#include <map>
#include <string_view>

namespace reprise {
namespace {

void write_counts(metric_writer& into, std::string_view name, std::string_view help,
                  std::string_view label, const gap_counts& counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto reason = static_cast<gap_reason>(i);
    const std::string_view word = reason == gap_reason::none ? "ok" : to_string(reason);
    if (counts[i] > 0 || i == 0) {
      into.counter(name, help, {{label, word}}, static_cast<double>(counts[i]));
    }
  }
}

}  // namespace

void poller_figures::write(metric_writer& into, channel_book& book) const {
  write_counts(into, "reprise_polls_total", "Polls for a tick, by result.", "result", polls);
  write_counts(into, "reprise_probe_polls_total",
               "Polls that only look for the moment at which a source changes, by result.",
               "result", probes);
  for (std::size_t i = 1; i < missed.size(); ++i) {
    const auto reason = static_cast<gap_reason>(i);
    const bool always = reason == gap_reason::late || reason == gap_reason::clock;
    if (missed[i] > 0 || always) {
      into.counter("reprise_ticks_missed_total", "Ticks of channels that were not asked.",
                   {{"reason", to_string(reason)}}, static_cast<double>(missed[i]));
    }
  }
  into.histogram("reprise_poll_seconds", "From asking a source to the last byte.", {},
                 poll_seconds);
  into.histogram("reprise_tick_lateness_seconds", "How late polls left after their planned moment.",
                 {}, lateness);
  into.gauge("reprise_polls_in_flight", "Polls that wait for an answer.", {},
             static_cast<double>(in_flight));
  into.gauge("reprise_polls_in_flight_limit", "The most of them.", {},
             static_cast<double>(in_flight_max));
  into.counter("reprise_clock_steps_total", "Steps of the wall clock.", {},
               static_cast<double>(clock_steps));
  std::map<std::string_view, std::uint64_t> states{{"pending", 0}, {"live", 0},  {"slow", 0},
                                                   {"down", 0},    {"still", 0}, {"disabled", 0}};
  book.each([&](channel_entry& entry) { ++states[state_of(entry)]; });
  for (const auto& [state, count] : states) {
    into.gauge("reprise_channels", "Channels by state.", {{"state", state}},
               static_cast<double>(count));
  }
}

}  // namespace reprise
