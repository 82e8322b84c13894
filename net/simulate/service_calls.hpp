// What the simulator asks of a running service, over its HTTP interface.
//
// Errors   io_failed: no answer, or one that refuses, with the call, the status, and the service's
//          code and detail; data_malformed: an answer that is not what docs/design.md says
// Threads  one at a time; calls wait
// Source   HTTP, docs/design.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/channel_settings.hpp"
#include "host/failure.hpp"
#include "host/gap_reason.hpp"
#include "host/recording.hpp"
#include "net/plain_client.hpp"

namespace reprise::simulate {

struct watched_channel {
  std::string name;
  gap_counts gaps{};
  std::optional<std::int64_t> durable_through;
  channel_settings settings;  // what the service shows of them
};

// What the simulator's own channels are searched by, whatever the service's defaults.
[[nodiscard]] channel_settings simulated_settings(std::string source_url,
                                                  std::string reporting_url);
[[nodiscard]] search_settings simulated_search();

class service_calls {
 public:
  // `key` may be empty.
  service_calls(std::string url, std::string_view key);

  // Whether its history is loaded, and it is not ending.
  [[nodiscard]] outcome<bool> ready();
  [[nodiscard]] outcome<void> put_channel(const std::string& name,
                                          const channel_settings& settings);
  [[nodiscard]] outcome<void> disable_channel(const std::string& name);
  [[nodiscard]] outcome<void> remove_channel(const std::string& name);  // or it is not there
  [[nodiscard]] outcome<watched_channel> channel(const std::string& name);
  [[nodiscard]] outcome<std::vector<std::string>> channel_names();
  // All of a channel's fingerprints: one window of them in memory.
  [[nodiscard]] outcome<std::vector<recorded_second>> exported(const std::string& name);
  [[nodiscard]] outcome<bool> deliveries_waiting();

 private:
  [[nodiscard]] plain_request request(std::string method, const std::string& path) const;
  // The body of a 2xx.
  [[nodiscard]] outcome<std::string> call(const plain_request& asked);

  plain_client client_;
  std::string url_;
  std::vector<header_field> headers_;
};

}  // namespace reprise::simulate
