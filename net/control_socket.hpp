// The way in which a command speaks with the service that holds a data directory: a local socket
// beside its files, which only their owner can open.
//
// Shapes   a request is one line, and so is its answer; both without their newline here, at most
//          control_line_bytes_max long
// Errors   make: io_failed; ask: not_found where no service listens, else io_failed
// Threads  the server: those that run its io_context, one; ask_control blocks, at most 10 s a step
// Owns     the server: its socket file, removed with it
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "host/failure.hpp"
#include "net/asio.hpp"

namespace reprise {

inline constexpr std::size_t control_line_bytes_max = 1 << 20;
inline constexpr std::size_t control_clients_max = 8;  // more wait

class control_server {
 public:
  virtual ~control_server() = default;
};

// `answer` may be called on any thread, once, also after the server has gone.
using control_handler =
    std::function<void(std::string request, std::function<void(std::string)> answer)>;

[[nodiscard]] outcome<std::unique_ptr<control_server>> make_control_server(
    net::io_context& context, const std::string& directory, control_handler handle);

[[nodiscard]] outcome<std::string> ask_control(const std::string& directory,
                                               const std::string& request);

}  // namespace reprise
