#include "net/command_line.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

#include "host/match/assert.hpp"
#include "host/printable.hpp"

namespace reprise {
namespace {

// CLI11 takes an argument in brackets for a list, and what stands behind -- for its parent
// command's. A byte in front that no option and no command begins with hides both from it.
constexpr char guard = '\x01';

// As CLI11 wants them: without the program's name, the last one first.
std::vector<std::string> guarded(std::span<const char* const> arguments) {
  std::vector<std::string> taken;
  bool options_ended = false;
  for (const std::string_view argument :
       arguments.subspan(std::min<std::size_t>(1, arguments.size()))) {
    if (!options_ended && argument == "--") {
      options_ended = true;
      continue;
    }
    std::string& text = taken.emplace_back();
    if (options_ended || argument.starts_with('[') || argument.starts_with(guard)) text += guard;
    text += argument;
  }
  std::reverse(taken.begin(), taken.end());
  return taken;
}

std::string unguarded(const std::string& text) {
  return text.starts_with(guard) ? text.substr(1) : text;
}

class cli_options final : public option_set {
 public:
  explicit cli_options(CLI::App& app) : app_{&app} {}

  void add_arguments(std::string_view name, std::vector<std::string>& into,
                     std::string_view help) override {
    const CLI::callback_t take = [&into](const CLI::results_t& texts) {
      for (const std::string& text : texts) into.push_back(unguarded(text));
      return true;
    };
    app_->add_option(std::string{name}, take, std::string{help})
        ->type_size(1)
        ->expected(CLI::detail::expected_max_vector_size)
        ->required()
        ->type_name("");
  }
  void add_value(std::string_view name, std::string_view value, std::optional<std::string>& into,
                 std::string_view help) override {
    app_->add_option_function<std::string>(
            std::string{name}, [&into](const std::string& text) { into = unguarded(text); },
            std::string{help})
        ->type_name(std::string{value});
  }
  void add_list(std::string_view name, std::string_view value, std::vector<std::string>& into,
                std::string_view help) override {
    const CLI::callback_t take = [&into](const CLI::results_t& texts) {
      for (const std::string& text : texts) into.push_back(unguarded(text));
      return true;
    };
    app_->add_option(std::string{name}, take, std::string{help})
        ->type_size(1)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name(std::string{value});
  }
  void add_flag(std::string_view name, bool& into, std::string_view help) override {
    app_->add_flag(std::string{name}, into, std::string{help});
  }

 private:
  CLI::App* app_;
};

void tell(const process_streams& streams, std::string_view where, std::string_view what) {
  std::string text = "reprise: ";
  text.append(where).append(printable(what));  // one line, whatever was typed
  static_cast<void>(streams.messages.write(text += '\n'));
}

int print(const process_streams& streams, std::string_view text) {
  auto written = streams.output.write(text);
  if (written) written = streams.output.finish();
  if (written) return 0;
  if (written.error().code != errc::output_closed) tell(streams, "", written.error().what);
  return exit_status(written.error().code);
}

struct general_options {
  bool version = false;
  bool json = false;
};

CLI::App* add_command(CLI::App& to, std::string_view name, std::string_view summary) {
  CLI::App* const added = to.add_subcommand(std::string{name}, std::string{summary});
  added->set_help_flag("-h,--help", "Print this help and exit");
  // Behind the first command's name, another's is an argument like any other.
  to.require_subcommand(0, 1);
  return added;
}

// The group of a command of two words, made for the first of them; the program itself for others.
CLI::App& group_of(CLI::App& app, const program& run, const command& placed) {
  const std::size_t space = placed.name().find(' ');
  if (space == std::string_view::npos) return app;
  const std::string name{placed.name().substr(0, space)};
  const auto made = app.get_subcommands([&](CLI::App* of) { return of->get_name() == name; });
  if (!made.empty()) return *made.front();
  const auto* const told =
      std::find_if(run.groups.data(), run.groups.data() + run.groups.size(),
                   [&](const command_group& group) { return group.name == name; });
  REPRISE_ASSERT(told != run.groups.data() + run.groups.size());
  CLI::App* const group = add_command(app, name, told->summary);
  group->footer("reprise " + name + " COMMAND --help tells more of each.");
  return *group;
}

void declare(CLI::App& app, const program& run, general_options& general) {
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_flag("--version", general.version, "Print the version and exit");
  app.add_flag("--json", general.json, "With --version: as a JSON object");
  app.footer("reprise COMMAND --help tells more of each.");
  for (const auto& added : run.commands) {
    const std::string_view name = added->name();
    CLI::App* const sub =
        add_command(group_of(app, run, *added), name.substr(name.find(' ') + 1), added->summary());
    sub->footer("Example:\n  " + std::string{added->example()});
    cli_options options{*sub};
    added->declare(options);
  }
}

// The words that were typed: "", "keys", "keys create".
std::string chosen_name(const CLI::App& app) {
  std::string name;
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    if (!name.empty()) name += ' ';
    name += at->get_name();
  }
  return name;
}

// Empty where what was typed has a command, or what it lacks is none.
std::string unknown_command(const CLI::App& app, const program& run) {
  const std::string within = chosen_name(app);
  const bool is_command = std::any_of(run.commands.begin(), run.commands.end(),
                                      [&](const auto& known) { return known->name() == within; });
  const auto typed = app.remaining(true);
  if (is_command || typed.empty() || typed.front().starts_with('-')) return {};
  const std::string group = within.empty() ? "" : within + " ";
  return "there is no command " + group + unguarded(typed.front()) + "; reprise " + group +
         "--help lists them";
}

int run_command(command& chosen, const process_streams& streams) {
  const std::string where = std::string{chosen.name()} + ": ";
  auto status = chosen.run(streams);
  if (status) return *status;
  if (status.error().code != errc::output_closed) tell(streams, where, status.error().what);
  return exit_status(status.error().code);
}

}  // namespace

int run_program(const program& run, std::span<const char* const> arguments,
                const process_streams& streams) {
  CLI::App app{"reprise finds repeated seconds of video, exactly.", "reprise"};
  general_options general;
  declare(app, run, general);
  try {
    app.parse(guarded(arguments));
  } catch (const CLI::CallForHelp&) {
    return print(streams, app.help());
  } catch (const CLI::ParseError& wrong) {
    const std::string within = chosen_name(app);
    std::string what = unknown_command(app, run);
    if (what.empty()) what = wrong.what();
    std::erase(what, guard);
    tell(streams, within.empty() ? "" : within + ": ", what);
    return exit_status(errc::usage);
  }
  const std::string name = chosen_name(app);
  if (general.version && name.empty()) {
    return print(streams, general.json ? run.version_json : run.version);
  }
  if (general.json || general.version) {
    tell(streams, "", "--json goes with --version alone, and --version with no command");
    return exit_status(errc::usage);
  }
  const auto asked = std::find_if(run.commands.begin(), run.commands.end(),
                                  [&](const auto& known) { return known->name() == name; });
  if (asked == run.commands.end()) {
    const std::string group = name.empty() ? "" : name + " ";
    tell(streams, name.empty() ? "" : name + ": ",
         "a command is needed; reprise " + group + "--help lists them");
    return exit_status(errc::usage);
  }
  return run_command(**asked, streams);
}

}  // namespace reprise
