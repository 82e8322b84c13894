// The benchmarks of reprise-bench, each registered by its own file.
#pragma once

namespace reprise::bench {

void add_agreement_benches();
void add_tick_benches();
void add_switch_benches();
void add_day_benches();

}  // namespace reprise::bench
