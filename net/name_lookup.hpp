// Asks the system for the addresses of names, away from the core thread: a name server that hangs
// must not stop anything else.
//
// Shapes   at most lookups_waiting_max names wait, for the threads; half of these are kept for
//          names that have been found before, so that dead ones do not stand in their way
// Errors   a text for people; "too many names wait" where the queue is full
// Threads  start() from the core executor; `done` is called there, once, never inside start(), and
//          not at all once the lookup is destroyed
// Owns     its threads. One that hangs in the system's resolver is left behind by the destructor
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "host/executor.hpp"
#include "net/asio.hpp"

namespace reprise {

inline constexpr std::size_t lookup_threads = 16;
inline constexpr std::size_t lookups_waiting_max = 4'096;
inline constexpr std::size_t lookup_answers_max = 32;  // of one name; more are a failure

struct lookup_failure {
  std::string what;
};
using lookup_result = boost::system::result<std::vector<net::ip::address>, lookup_failure>;

class name_lookup {
 public:
  virtual ~name_lookup() = default;
  // `known`: it has been found before.
  virtual void start(std::string name, bool known, std::function<void(lookup_result)> done) = 0;
};

// `threads`: two at least.
[[nodiscard]] std::unique_ptr<name_lookup> make_system_lookup(executor& core,
                                                              std::size_t threads = lookup_threads);

// One name, on this thread, as long as it takes.
[[nodiscard]] lookup_result look_up_now(const std::string& name);

[[noreturn]] void throw_exception_from_error(const lookup_failure& failed,
                                             const boost::source_location& place);

}  // namespace reprise
