// A plain HTTP client for programs that may wait: the simulator's, health checks', tests'. What
// fetches fingerprints and posts reports is net/http_exchange.hpp.
//
// Shapes   URLs are http://HOST[:PORT]/...; answers of any status are answers
// Errors   usage: a URL that is none of these; io_failed: no connection, no whole answer in time,
//          or one larger than answer_bytes_max, with host and port
// Threads  one at a time; calls wait
// Owns     one connection, kept for the next request to the same host. A stream's body is read
//          before the client is used again
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "host/byte_stream.hpp"
#include "host/channel_settings.hpp"
#include "host/failure.hpp"

namespace reprise {

struct plain_request {
  std::string method = "GET";
  std::string url;
  std::vector<header_field> headers = {};
  std::string content_type = {};  // of the body
  std::string body = {};
  // For each step: the connection, the request, and each piece of the answer.
  std::chrono::milliseconds timeout{10'000};
  std::size_t answer_bytes_max = std::size_t{16} * 1024 * 1024;  // of send()
};

struct plain_answer {
  unsigned status = 0;
  std::string body;
};
struct plain_stream {
  unsigned status = 0;
  std::unique_ptr<byte_source> body;  // of any length
};

class plain_client {
 public:
  plain_client();
  ~plain_client();
  plain_client(const plain_client&) = delete;
  plain_client& operator=(const plain_client&) = delete;

  [[nodiscard]] outcome<plain_answer> send(const plain_request& request);
  // Its body is valid until the next call, and not longer than the client.
  [[nodiscard]] outcome<plain_stream> open(const plain_request& request);

 private:
  class connection;
  std::unique_ptr<connection> connection_;
};

}  // namespace reprise
