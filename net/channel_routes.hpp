// /channels and /channels/{name}: what is watched, and how.
//
// Errors   as net/channel_json.hpp; not_found; url_blocked; those of live_service
// Threads  the API's executor
// Source   HTTP, docs/design.md
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

// One change of a channel at a time: a patch is of what it has read.
class channel_changes {
 public:
  explicit channel_changes(const net::any_io_executor& api) : taken_{api, 1} {}

  class turn {
   public:
    explicit turn(channel_changes& of) : of_{&of} {}
    turn(turn&& other) noexcept : of_{std::exchange(other.of_, nullptr)} {}
    turn& operator=(turn&&) = delete;
    ~turn() {
      if (of_ != nullptr) of_->taken_.try_receive([](error_code) {});
    }

   private:
    channel_changes* of_;
  };
  // Nothing where the coroutine is cancelled.
  [[nodiscard]] net::awaitable<std::optional<turn>> take_turn();

 private:
  net::experimental::channel<void(error_code)> taken_;
};

// A URL of a request as the egress guard sees it now; an empty one passes. `field`: its pointer.
[[nodiscard]] net::awaitable<outcome<void>> judge_url(const api_parts& parts, std::string url,
                                                      std::string field);
// The channel's number, or not_found.
[[nodiscard]] net::awaitable<outcome<channel_number>> number_of(const api_parts& parts,
                                                                std::string name);

void add_channel_routes(std::vector<route>& table, const api_parts& parts,
                        std::shared_ptr<channel_changes> changes);

}  // namespace reprise
