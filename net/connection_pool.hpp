// Kept-alive connections between two exchanges, found again by whom they lead to.
//
// Shapes   at most idle_max in all and idle_host_max to one host: beyond it the oldest is closed;
//          the one used last is taken first, so that those too many grow old
// Errors   none
// Threads  one
// Owns     the idle connections
#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "host/clock.hpp"
#include "net/connection.hpp"

namespace reprise {

struct connection_key {
  bool tls = false;
  std::string host;
  std::uint16_t port = 0;
  net::ip::address address;
  friend bool operator<(const connection_key& left, const connection_key& right) {
    return std::tie(left.port, left.tls, left.host, left.address) <
           std::tie(right.port, right.tls, right.host, right.address);
  }
};

class connection_pool {
 public:
  connection_pool(std::size_t idle_max, std::size_t idle_host_max)
      : idle_max_{idle_max}, idle_host_max_{idle_host_max} {}

  // Null: there is none that is still quiet.
  [[nodiscard]] std::unique_ptr<connection> take(const connection_key& key);
  void keep(const connection_key& key, std::unique_ptr<connection> idle, steady_time now);
  // Closes those that have been here since then or longer.
  void sweep(steady_time since);
  bool drop_oldest();  // false: there is none
  void clear();
  [[nodiscard]] std::size_t size() const noexcept { return by_age_.size(); }

 private:
  struct idle_connection {
    connection_key key;
    std::unique_ptr<connection> open;
    steady_time since;
  };
  using place = std::list<idle_connection>::iterator;

  void drop(place dropped);

  std::size_t idle_max_, idle_host_max_;
  std::list<idle_connection> by_age_;                   // the oldest first
  std::map<connection_key, std::deque<place>> by_key_;  // likewise
};

}  // namespace reprise
