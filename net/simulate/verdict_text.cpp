#include <fmt/format.h>

#include <numeric>

#include "host/printable.hpp"
#include "net/simulate/verdict.hpp"

namespace reprise {
namespace {

void append_gaps(std::string& out, const gap_counts& gaps) {
  const auto sum = std::accumulate(gaps.begin(), gaps.end(), std::uint64_t{0});
  out += fmt::format("{} gaps", sum);
  std::string_view before = " (";
  for (std::size_t reason = 0; reason < gap_reasons; ++reason) {
    if (gaps[reason] == 0) continue;
    out += fmt::format("{}{} {}", before, to_string(static_cast<gap_reason>(reason)), gaps[reason]);
    before = ", ";
  }
  out += sum > 0 ? ")\n" : "\n";
}

void append_findings(std::string& out, const simulation_verdict& told) {
  for (const channel_verdict& channel : told.unclean) {
    for (const std::string& finding : channel.findings) {
      out += fmt::format("wrong      {}: {}\n", channel.name, printable(finding));
    }
  }
  const std::uint64_t unclean = told.channels - told.channels_clean;
  if (unclean > told.unclean.size()) {
    out += fmt::format("wrong      and {} channels more\n", unclean - told.unclean.size());
  }
}

}  // namespace

std::string verdict_text(const simulation_verdict& told) {
  const verdict_counts& counts = told.counts;
  const delay_percentiles& delay = told.delay;
  std::string out =
      fmt::format("channels   {}, {} of them clean\n", told.channels, told.channels_clean);
  out += fmt::format("ticks      {} fingerprints, {} of them not served so, ", counts.fingerprints,
                     counts.not_served);
  append_gaps(out, counts.gaps);
  out += fmt::format("accounts   {} channels whose ticks do not add up\n", counts.not_accounted);
  out += fmt::format("reports    {} owed, {} received, {} correct: recall {:.4f}\n", counts.owed,
                     counts.received, counts.correct, told.recall());
  out += fmt::format(
      "           {} missing, {} false, {} with wrong times, {} out of order, {} contradictions, "
      "{} duplicates\n",
      counts.missing, counts.false_reports, counts.wrong_times, counts.out_of_order,
      counts.contradictions, counts.duplicates);
  out += fmt::format(
      "sink       {} attempts, {} accepted, {} turned away, {} malformed, {} over "
      "the limit, {} ids used twice\n",
      told.sink.attempts, told.sink.accepted, told.sink.turned_away, told.sink.malformed,
      told.sink.overflowed, told.sink.ids_reused);
  out += delay.count == 0
             ? std::string{"delay      no report came\n"}
             : fmt::format(
                   "delay      p50 {} ms, p90 {} ms, p99 {} ms, greatest {} ms, from the "
                   "tick's beginning to the report\n",
                   delay.p50_ms, delay.p90_ms, delay.p99_ms, delay.greatest_ms);
  append_findings(out, told);
  out += told.clean()               ? "verdict    clean\n"
         : counts.fingerprints == 0 ? "verdict    not clean: there is nothing to judge\n"
                                    : "verdict    not clean\n";
  return out;
}

}  // namespace reprise
