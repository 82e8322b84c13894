// The whole service in one process: stores, engine, poller, reporter and HTTP interface, on their
// threads.
//
// Shapes   eight threads: the core (polls, reports, order of ticks), the API, the parser of long
//          bodies, the engine, its audit, and one for each of the history's file, the state's file
//          and reads; and those of the library and of the recognition
// Errors   start: configuration_invalid (no key, and not only loopback listened to; the engine cuda
//          without a device that can be used; a model that cannot be used), io_failed,
//          kernel_unsupported; with nothing left behind
// Threads  all calls from one thread, none of its own
// Owns     everything. stop() and the destructor drain: no tick that was taken is lost
// Source   the way of one second, docs/design.md
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "host/configuration.hpp"
#include "host/failure.hpp"
#include "host/log.hpp"

namespace reprise {

struct service_setup {
  configuration made;
  std::string kernel;              // REPRISE_KERNEL
  device_maker make_devices = {};  // empty in a program that is built without CUDA
};

class running_service {
 public:
  virtual ~running_service() = default;
  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  // What cannot change while it runs (listen, dir, engine, library) is told to the log.
  virtual void reload(const configuration& made) = 0;
  // Drains, then ends all threads. Once.
  virtual void stop() = 0;
};

// `fatal` is called on any thread when the process must end: a disk that cannot be trusted.
[[nodiscard]] outcome<std::unique_ptr<running_service>> start_service(
    const service_setup& setup, event_log& log, std::function<void(const failure&)> fatal);

}  // namespace reprise
