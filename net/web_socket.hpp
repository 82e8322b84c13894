// A WebSocket as a handler has it: text messages in, text messages out.
//
// Shapes   a message has at most web_socket_message_bytes_max bytes, and is UTF-8
// Errors   read() gives nothing when the conversation has ended in order, and a failure when it
//          broke: the client has gone or was silent, or sent what is not taken (binary 1003, no
//          UTF-8 1007, too long 1009: these are told to it). write() says whether all was taken
// Threads  the API's executor. One read() and one write() may wait at the same time, and close()
//          beside them
// Source   RFC 6455
//
// Somebody should be reading nearly always: only then pings are answered and heard, and a client
// that is not heard of for web_socket_idle_time_max has gone. While nobody reads it is not cut.
// Where the service stops the client gets close 1001, where the keys have changed 1008, and read()
// gives nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/failure.hpp"
#include "net/asio.hpp"

namespace reprise {

// RFC 6455 section 7.4.1.
enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  unsupported_data = 1003,
  policy_violation = 1008,
  internal_error = 1011,
  try_again_later = 1013,
};

inline constexpr std::size_t close_reason_bytes_max = 123;

class web_socket {
 public:
  virtual ~web_socket() = default;
  virtual net::awaitable<outcome<std::optional<std::string>>> read() = 0;
  virtual net::awaitable<bool> write(std::string text) = 0;
  // The first close counts. It waits for the client's, for a while. The reason is of static
  // storage.
  virtual net::awaitable<void> close(close_code code, std::string_view reason) = 0;
};

}  // namespace reprise
