// The configuration, read from its three places: a flag beats the environment, that beats the file,
// that beats the default.
//
// Errors   configuration_invalid: "reprise.toml:3:1: [poll] deadlin_ms: unknown; did you mean
//          deadline_ms?", or the variable's or flag's name instead of the place; io_failed where
//          the file cannot be read
// Threads  pure
// Source   configuration, docs/design.md; TOML 1.0, https://toml.io
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/configuration.hpp"
#include "host/failure.hpp"

namespace reprise {

inline constexpr std::size_t configuration_bytes_max = 1 << 20;

struct configuration_places {
  std::optional<std::string> file;                               // --config
  std::vector<std::pair<std::string, std::string>> environment;  // REPRISE_*: name, value
  std::optional<std::string> listen;                             // --listen
  std::optional<std::string> data_dir;                           // --data-dir
  std::optional<std::string> engine;                             // --engine
};

struct configuration_read {
  configuration made;
  std::vector<std::string> warnings;  // one line each
  std::string shown;                  // all settings as TOML, each with the place that it is from
};

[[nodiscard]] outcome<configuration_read> read_configuration(const configuration_places& places);

// The REPRISE_* variables of this process.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> reprise_environment();

}  // namespace reprise
