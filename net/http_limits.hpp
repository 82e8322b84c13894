// The bounds of our HTTP server, every one of them.
//
// Shapes   times in milliseconds, sizes in bytes
// Source   bad input, HTTP: docs/design.md
#pragma once

#include <chrono>
#include <cstddef>

namespace reprise {

struct http_limits {
  // Connections. What comes above is told 503, refusals_max at once; the rest is closed unheard.
  std::size_t connections_max = 1024;
  std::size_t connections_per_address_max = 64;
  std::size_t refusals_max = 64;
  std::size_t descriptors_reserve = 64;  // with fewer free ones nothing is accepted
  std::chrono::milliseconds accept_pause{100};

  // Requests.
  std::size_t target_bytes_max = 2048;
  std::size_t head_bytes_max = 8192;  // of the header fields
  std::size_t fields_max = 64;
  std::size_t bodies_bytes_max = 256 << 20;  // of all requests together
  std::chrono::milliseconds head_time_max{5'000};
  std::chrono::milliseconds body_time_max{10'000};        // and for each 64 KiB that have come
  std::chrono::milliseconds body_time_per_64_kib{1'000};  // so much more
  std::chrono::milliseconds idle_time_max{60'000};        // between requests

  // Answers.
  std::chrono::milliseconds write_stall_max{10'000};  // without any progress
  std::size_t linger_bytes_max = 256 << 10;  // read and dropped before a connection is closed
  std::chrono::milliseconds linger_time_max{1'000};

  // WebSockets. A message that has begun has the time of a body, and a piece of one that is written
  // has write_stall_max.
  std::size_t web_socket_message_bytes_max = 1 << 20;
  std::chrono::milliseconds web_socket_idle_time_max{60'000};  // a ping goes out after half of it
  std::chrono::milliseconds web_socket_close_time_max{5'000};  // for the client's part of a close

  // The end.
  std::chrono::milliseconds shutdown_grace{10'000};  // for what is in progress
  std::chrono::milliseconds abort_grace{1'000};      // for what was cancelled then
};

}  // namespace reprise
