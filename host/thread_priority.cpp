#include "host/thread_priority.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace reprise {

void lower_priority(pid_t thread) noexcept {
  constexpr int nice_max = 19;
  const ::sched_param idle{};
  if (::sched_setscheduler(thread, SCHED_IDLE, &idle) == 0) return;
  const pid_t numbered = thread == 0 ? ::gettid() : thread;
  (void)::setpriority(PRIO_PROCESS, static_cast<::id_t>(numbered), nice_max);
}

}  // namespace reprise
