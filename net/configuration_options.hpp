// The options by which commands find the configuration: --config, --data-dir and, for the service,
// --listen and --engine.
//
// Errors   read: as configuration_file.hpp
// Threads  one at a time
#pragma once

#include <optional>
#include <string>

#include "net/command_line.hpp"
#include "net/configuration_file.hpp"

namespace reprise {

class configuration_options {
 public:
  void declare(option_set& options) {
    options.add_value("--config", "FILE", file_, "The configuration, in TOML");
    options.add_value("--data-dir", "DIR", data_dir_,
                      "Where the service keeps its data (default: ./reprise-data)");
  }
  void declare_service(option_set& options) {
    declare(options);
    options.add_value("--listen", "ADDR:PORT", listen_,
                      "Where it listens (default: 127.0.0.1:8080); port 0: any that is free");
    options.add_value("--engine", "auto|cpu|cuda", engine_,
                      "What matches (default: auto: the devices that there are, and the CPU)");
  }
  [[nodiscard]] configuration_places places() const {
    return {.file = file_,
            .environment = reprise_environment(),
            .listen = listen_,
            .data_dir = data_dir_,
            .engine = engine_};
  }
  [[nodiscard]] outcome<configuration_read> read() const { return read_configuration(places()); }

 private:
  std::optional<std::string> file_, data_dir_, listen_, engine_;
};

}  // namespace reprise
