// SIGTERM, SIGINT and SIGHUP as something that is waited for instead of being interrupted by:
// blocked for all threads that are started from now on.
//
// Errors   none
// Threads  the main one, before it starts others
#pragma once

#include <csignal>

namespace reprise {

class awaited_signals {
 public:
  awaited_signals() {
    ::sigemptyset(&set_);
    for (const int each : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set_, each);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  [[nodiscard]] int wait() const {
    int received = 0;
    while (::sigwait(&set_, &received) != 0) {
    }
    return received;
  }
  // From now on a second signal to end does so at once: nothing that was acknowledged is lost.
  void release() const { ::pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }

 private:
  ::sigset_t set_{};
};

}  // namespace reprise
