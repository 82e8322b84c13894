// Forwards to the reference engine until the CPU engine is in place.
#include "host/match/cpu_matcher.hpp"

#include "host/match/reference_matcher.hpp"

namespace reprise {

result<std::unique_ptr<matcher>> make_cpu_matcher(const rule& by, const cpu_options&) {
  return make_reference_matcher(by);
}

}  // namespace reprise
