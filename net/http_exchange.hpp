// One HTTP request of ours to a source or a sink, behind an interface: the network, or a simulated
// one.
//
// Shapes   at most answer_bytes_max of the request are read of an answer, headers and body together
// Errors   exchange_failure: the reason in the words of gap_reason.hpp and one line for people,
//          without secrets and without the URL's query
// Threads  the core executor; `done` is called there, once, never inside start()
// Source   faults, egress: docs/design.md
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "host/channel_settings.hpp"
#include "host/clock.hpp"
#include "host/gap_reason.hpp"

namespace reprise {

inline constexpr std::size_t exchange_bytes_max = 16 * 1024;

struct exchange_request {
  bool post = false;  // else GET
  std::string url;    // http or https, checked when it was registered
  std::vector<header_field> headers;
  std::string content_type;  // of the body
  std::string body;
  bool answer_wanted = false;  // of a POST: else its status counts, and its body does not
  std::size_t answer_bytes_max = exchange_bytes_max;
  steady_time deadline;  // from now, the name lookup, to the last byte of the answer
};

struct exchange_answer {
  unsigned status = 0;
  std::string body;
  std::optional<std::string> frame_time;   // X-Frame-Time, as it came
  std::optional<std::string> retry_after;  // Retry-After, as it came
  steady_time received;                    // its last byte
};

struct exchange_failure {
  gap_reason reason = gap_reason::connect;
  std::string what;
};

using exchange_result = boost::system::result<exchange_answer, exchange_failure>;

class http_exchange {
 public:
  virtual ~http_exchange() = default;
  virtual void start(exchange_request request, std::function<void(exchange_result)> done) = 0;
};

[[noreturn]] void throw_exception_from_error(const exchange_failure& failed,
                                             const boost::source_location& place);

}  // namespace reprise
