// /channels and /channels/{name}: what is watched, and how.
//
// Errors   as net/channel_json.hpp; not_found; url_blocked; those of live_service
// Threads  the API's executor
// Source   HTTP, docs/design.md
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

// One change of a channel at a time: a patch is of what it has read. Others do not wait for it.
class channel_changes {
  using gate = net::experimental::channel<void(error_code)>;  // full: somebody has the turn

 public:
  explicit channel_changes(net::any_io_executor api) : api_{std::move(api)} {}

  class turn {
   public:
    explicit turn(std::shared_ptr<gate> taken) : taken_{std::move(taken)} {}
    turn(turn&& other) noexcept = default;
    turn& operator=(turn&&) = delete;
    ~turn() {
      if (taken_) taken_->try_receive([](error_code) {});
    }

   private:
    std::shared_ptr<gate> taken_;
  };
  // Nothing where the coroutine is cancelled.
  [[nodiscard]] net::awaitable<std::optional<turn>> take_turn(std::string name);

 private:
  net::any_io_executor api_;
  std::map<std::string, std::weak_ptr<gate>> gates_;  // of the channels that change now
};

// A URL of a request as the egress guard sees it now; an empty one passes. `field`: its pointer.
[[nodiscard]] net::awaitable<outcome<void>> judge_url(const api_parts& parts, std::string url,
                                                      std::string field);
// Of a name that the book does not have: not_found, or loading while the channels are being read.
[[nodiscard]] failure no_such_channel(const live_service& service, std::string_view name);
// The channel's number; no_such_channel().
[[nodiscard]] net::awaitable<outcome<channel_number>> number_of(const api_parts& parts,
                                                                std::string name);

void add_channel_routes(std::vector<route>& table, const api_parts& parts,
                        std::shared_ptr<channel_changes> changes);

}  // namespace reprise
