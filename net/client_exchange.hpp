// One exchange of the HTTP client: its steps from the name lookup to the last byte, over what the
// client shares between exchanges.
//
// Errors   as net/http_client.hpp
// Threads  one
// Owns     the connection in use; afterwards the pool has it, or it is closed
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/executor.hpp"
#include "net/connection_pool.hpp"
#include "net/http_exchange.hpp"
#include "net/resolver.hpp"
#include "net/url.hpp"

namespace reprise {

// What all exchanges of a client share.
struct client_state {
  net::io_context& io;
  scheduler& core;
  resolver& names;
  std::size_t connections_max;
  std::shared_ptr<net::ssl::context> tls;
  std::size_t open_count = 0;
  connection_pool pool;          // its connections count themselves in open_count
  std::uint64_t generation = 1;  // of the authorities: older connections are not kept
  std::uint64_t opened = 0, reused = 0;
};

class client_exchange {
 public:
  client_exchange(client_state& shared, exchange_request request);

  // Once; this must live until it returns.
  net::awaitable<exchange_result> run();
  // The deadline has passed: run() ends with a timeout, and its connection is reset.
  void expire() noexcept;

 private:
  struct conversation {
    exchange_result result;
    bool begun = false;  // a byte of the answer has come
  };

  net::awaitable<resolved> look_up();
  net::awaitable<exchange_result> ask(std::vector<net::ip::address> addresses);
  [[nodiscard]] std::unique_ptr<connection> take_idle(
      const std::vector<net::ip::address>& addresses);
  net::awaitable<std::optional<exchange_failure>> open(net::ip::address address);
  net::awaitable<conversation> converse();
  [[nodiscard]] connection_key key_of(const net::ip::address& address) const;
  [[nodiscard]] exchange_failure failed(gap_reason reason, std::string_view what) const;
  [[nodiscard]] exchange_failure connect_failed(error_code failed_code) const;
  void close() noexcept;

  client_state& shared_;
  exchange_request request_;
  checked_url url_;
  std::string text_;  // the request, as it is sent
  net::ip::address address_;
  std::unique_ptr<connection> open_;
  std::string_view step_ = "looking up the name";
  std::uint64_t generation_ = 0;
  bool expired_ = false;
};

}  // namespace reprise
