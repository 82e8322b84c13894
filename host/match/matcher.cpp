#include "host/match/matcher.hpp"

namespace reprise {

void matcher::step_run(std::span<const tick> run, run_visitor& answered) {
  for (const tick& each : run) {
    answered.begin(each);
    tick_result result;
    step({&each, 1}, {&result, 1});
    answered.finish(each, result);
  }
}

}  // namespace reprise
