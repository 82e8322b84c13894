#include "host/cancel_signal.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "host/match/assert.hpp"

namespace reprise {

cancel_signal::~cancel_signal() {
  ::close(opened_);
}

void cancel_signal::cancel() noexcept {
  if (cancelled_.exchange(true)) return;
  REPRISE_ASSERT(::eventfd_write(opened_, 1) == 0);  // the counter holds far more
}

outcome<std::unique_ptr<cancel_signal>> make_cancel_signal() {
  const int opened = ::eventfd(0, EFD_CLOEXEC);
  if (opened < 0) {
    return failure{errc::io_failed, "eventfd: " + std::generic_category().message(errno)};
  }
  return std::make_unique<cancel_signal>(opened);
}

}  // namespace reprise
