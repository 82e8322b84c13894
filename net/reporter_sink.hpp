// One sink as the reporter sees it: its lanes, and how it does.
//
// Threads  the core executor
// Owns     its lanes
#pragma once

#include <string>
#include <utility>

#include "net/report_lanes.hpp"

namespace reprise {

enum class sink_state {
  unproven,  // has not answered yet: one report at a time
  open,
  failing,   // one probe at a time
  disabled,  // answered 410: what waits for it ends
};

struct reporter_sink {
  reporter_sink(std::string url_, std::size_t& memory) : url{std::move(url_)}, lanes{memory} {}

  std::string url;
  report_lanes lanes;
  sink_state state = sink_state::unproven;
  std::uint32_t failures = 0;  // probes in a row, and the failure before them
  bool told = false;           // that it fails
  std::size_t sending = 0;
  std::size_t loading = 0;
  steady_time not_before{};  // it asked to be left alone
  steady_time probe_at{};
  steady_time sweep_at{};  // when to look for reports that are too old, while it is held for long
  timer_id wake;
  steady_time wake_when{};
  bool queued = false;  // stands in a queue of the reporter
};

}  // namespace reprise
