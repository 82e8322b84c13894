// The command line: `reprise [--version [--json]] COMMAND ...`, its commands declared one by one.
//
// Shapes   values arrive as the texts that were typed, whatever bytes they hold; a command checks
//          them itself, strictly. Behind -- nothing is an option
// Errors   whatever makes no sense is exit 2 and one line, "reprise: COMMAND: ..."
// Threads  the main one
// Source   the command line, docs/design.md
//
// To add a command: derive from `command` in a file of its own, and put its maker into the table in
// main.cpp. A command whose name is two words ("keys create") is the second word's command of the
// group named by the first, which main.cpp describes in its table of groups.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/byte_stream.hpp"
#include "host/failure.hpp"

namespace reprise {

// What a command declares. The strings and flags that it names must outlive the parsing.
class option_set {
 public:
  virtual void add_arguments(std::string_view name, std::vector<std::string>& into,
                             std::string_view help) = 0;
  // `name` "--window", `value` "SECONDS". It can be given once.
  virtual void add_value(std::string_view name, std::string_view value,
                         std::optional<std::string>& into, std::string_view help) = 0;
  // As add_value, but it can be given any number of times.
  virtual void add_list(std::string_view name, std::string_view value,
                        std::vector<std::string>& into, std::string_view help) = 0;
  virtual void add_flag(std::string_view name, bool& into, std::string_view help) = 0;

 protected:
  ~option_set() = default;
};

// What the process gives to every command.
struct process_streams {
  byte_sink& output;
  byte_sink& messages;
  bool output_terminal = false;
  bool messages_terminal = false;
  bool colour_allowed = false;  // NO_COLOR is not set
};

class command {
 public:
  virtual ~command() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;     // "scan", "keys create"
  [[nodiscard]] virtual std::string_view summary() const noexcept = 0;  // one sentence
  [[nodiscard]] virtual std::string_view example() const noexcept = 0;  // one or more lines
  virtual void declare(option_set& options) = 0;
  // The exit status, or a failure, of which the caller tells.
  [[nodiscard]] virtual outcome<int> run(const process_streams& streams) = 0;
};

struct command_group {
  std::string_view name;
  std::string_view summary;  // one sentence
};

// Parses, runs, prints help or version; the exit status. `version` and `version_json` are lines.
struct program {
  std::string_view version;
  std::string_view version_json;
  std::span<const std::unique_ptr<command>> commands;
  std::span<const command_group> groups = {};
};
[[nodiscard]] int run_program(const program& run, std::span<const char* const> arguments,
                              const process_streams& streams);

}  // namespace reprise
