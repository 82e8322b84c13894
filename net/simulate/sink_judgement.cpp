#include "net/simulate/sink_judgement.hpp"

#include <set>

namespace reprise {

outcome<simulation_verdict> judge_sink(service_calls& service, const report_log& log,
                                       std::int64_t from, std::int64_t to, matcher& exact) {
  const auto names = service.channel_names();
  if (!names) return names.error();
  std::set<std::string> sinks;
  std::vector<watched_channel> channels;
  for (const std::string& name : *names) {
    auto seen = service.channel(name);
    if (!seen) return seen.error();
    if (log.channels().contains(name)) sinks.insert(seen->settings.reporting_url);
    channels.push_back(std::move(*seen));
  }
  simulation_verdict verdict;
  for (const watched_channel& seen : channels) {
    if (!sinks.contains(seen.settings.reporting_url)) continue;
    auto exported = service.exported(seen.name);
    if (!exported) return exported.error();
    const auto reports = log.channels().find(seen.name);
    auto judged = judge({.name = seen.name,
                         .settings = search_settings_of(seen.settings, {}, rule{}),
                         .report_empty = seen.settings.report_empty,
                         .from = from,
                         .to = to,
                         .exported = std::move(*exported),
                         .reports = reports == log.channels().end() ? nullptr : &reports->second},
                        exact);
    if (!judged) return judged.error();
    verdict.add(std::move(*judged));
  }
  verdict.delay = percentiles_of(log.delays_ms());
  verdict.sink = log.counts();
  return verdict;
}

}  // namespace reprise
