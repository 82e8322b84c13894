// Options that the commands of `reprise simulate` share, and how they wait.
//
// Errors   usage: as option_values.hpp; io_failed, data_malformed: files that were named
// Threads  the main one
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "net/command_line.hpp"
#include "net/simulate/report_sink.hpp"
#include "net/simulate/source_server.hpp"

namespace reprise::simulate {

inline constexpr std::uint32_t simulated_channels_max = 20'000;

class source_option_texts {
 public:
  void declare(option_set& options);
  [[nodiscard]] outcome<broadcast_options> read_broadcast() const;
  [[nodiscard]] outcome<source_server_options> read_sources() const;

 private:
  std::optional<std::string> channels_, seed_, faults_, frame_time_, phase_, drift_;
  std::vector<std::string> recordings_;
};

class sink_option_texts {
 public:
  void declare(option_set& options);
  [[nodiscard]] outcome<report_sink_options> read() const;

 private:
  std::optional<std::string> slow_, status_, down_;
};

[[nodiscard]] outcome<net::ip::tcp::endpoint> listen_option(const std::optional<std::string>& typed,
                                                            const std::string& otherwise);

// The key in a file of one line; empty where no file was named.
[[nodiscard]] outcome<std::string> read_key_file(const std::optional<std::string>& path);

// Set by SIGINT or SIGTERM from now on; a second one ends the process as ever.
[[nodiscard]] const std::atomic<bool>& catch_interruption();

// For `seconds`, or without them until interrupted.
void wait_interrupted(std::optional<std::uint32_t> seconds, const std::atomic<bool>& interrupted);

}  // namespace reprise::simulate
