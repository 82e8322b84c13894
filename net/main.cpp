// The program `reprise`: the table of its commands, its version and its standard streams.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "net/command_line.hpp"
#include "net/config_commands.hpp"
#include "net/demo_command.hpp"
#include "net/describe_command.hpp"
#include "net/devices_command.hpp"
#include "net/encoder_command.hpp"
#include "net/fingerprint_command.hpp"
#include "net/healthcheck_command.hpp"
#include "net/keys_commands.hpp"
#include "net/moving_average_command.hpp"
#include "net/scan_command.hpp"
#include "net/serve_command.hpp"
#include "net/simulate_command.hpp"
#include "net/version.hpp"
#include "net/videos_commands.hpp"

#if REPRISE_WITH_CUDA
#include "cuda/cuda_device.hpp"
#include "cuda/cuda_matcher.hpp"
#include "cuda/devices.hpp"
#endif

namespace {

#if REPRISE_WITH_CUDA
constexpr auto list_devices = reprise::list_cuda_devices;

// What the driver said of each device that was lost, by name; each is written by its own thread.
using losses = std::map<std::string, std::string, std::less<>>;

void add_device(const reprise::compute_device& device, const reprise::rule& by,
                const reprise::device_options& options, const std::shared_ptr<losses>& lost,
                reprise::made_devices& into) {
  using namespace reprise;
  const std::string name = "cuda:" + std::to_string(device.index);
  const std::string title = name + " (" + device.name + "): ";
  if (device.compute_major < compute_major_min) {
    into.left_out.push_back(title + "compute " + std::to_string(device.compute_major) + "." +
                            std::to_string(device.compute_minor) + ", at least " +
                            std::to_string(compute_major_min) + ".0 is needed");
    return;
  }
  std::string& why = (*lost)[name];
  auto made = make_cuda_device(
      by,
      {.device = device.index, .told_lost = [lost, &why](std::string_view said) { why = said; }});
  auto engine = made ? make_cuda_matcher(by, std::move(*made), options)
                     : result<std::unique_ptr<matcher>>{made.error()};
  if (engine) {
    into.engines.push_back({name, std::move(*engine)});
  } else {
    const std::string refused = title + std::string{to_string(engine.error())};
    into.left_out.push_back(why.empty() ? refused : refused + ": " + why);
  }
}

reprise::made_devices make_devices(const reprise::rule& by,
                                   const reprise::device_options& options) {
  const reprise::device_list listed = reprise::list_cuda_devices();
  reprise::made_devices made;
  if (!listed.why.empty()) made.why_none = "cuda: " + listed.why;
  const auto lost = std::make_shared<losses>();
  for (const reprise::compute_device& device : listed.found)
    add_device(device, by, options, lost, made);
  made.why_lost = [lost](std::string_view device) {
    const auto found = lost->find(device);
    return found == lost->end() ? std::string{} : found->second;
  };
  return made;
}

reprise::made_devices make_live_devices(const reprise::rule& by) {
  return make_devices(by, {});
}

// Of one recording: many of its seconds in one launch.
reprise::made_devices make_scan_devices(const reprise::rule& by) {
  return make_devices(by, {.ahead_seconds = 1'024});
}

#else
constexpr std::nullptr_t list_devices = nullptr;
constexpr std::nullptr_t make_live_devices = nullptr;
constexpr std::nullptr_t make_scan_devices = nullptr;
#endif

// A standard stream that the caller has closed must not be the number of the next file we open.
void hold_standard_streams() {
  for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number) {
    if (::fcntl(number, F_GETFD) != -1) continue;
    if (::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY) != number) std::abort();
  }
}

// As many files as the system lets us have: each source has a connection.
void raise_file_limit() {
  ::rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &files);  // the old limit stays
}

int run(std::span<const char* const> arguments) {
  using namespace reprise;
  std::unique_ptr<command> commands[] = {
      make_serve_command(make_live_devices),
      make_demo_command(),
      make_scan_command(make_scan_devices),
      make_fingerprint_command(),
      make_moving_average_command(),
      make_describe_command(),
      make_encoder_command(),
      make_simulate_run_command(),
      make_simulate_sources_command(),
      make_simulate_sink_command(),
      make_videos_import_command(),
      make_videos_export_command(),
      make_videos_report_command(),
      make_keys_create_command(),
      make_keys_list_command(),
      make_keys_revoke_command(),
      make_config_check_command(),
      make_config_show_command(),
      make_healthcheck_command(),
      make_devices_command(list_devices),
  };
  const command_group groups[] = {simulate_group, videos_group, keys_group, config_group};
  const auto output = create_byte_sink("-");
  const auto messages = make_message_sink();
  const char* const no_color = std::getenv("NO_COLOR");
  const process_streams streams{
      .output = **output,
      .messages = *messages,
      .output_terminal = ::isatty(STDOUT_FILENO) == 1,
      .messages_terminal = ::isatty(STDERR_FILENO) == 1,
      .colour_allowed = no_color == nullptr || *no_color == '\0',
  };
  const std::string version = version_line(), json = version_json();
  return run_program({version, json, commands, groups}, arguments, streams);
}

}  // namespace

int main(int count, char** values) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed output is an error of write(2), told there
  std::signal(SIGCHLD, SIG_DFL);  // where our caller ignores it, helpers would leave no status
  hold_standard_streams();
  raise_file_limit();
  try {
    return run({values, static_cast<std::size_t>(count)});
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "reprise: %s\n", failed.what());
    return 1;
  }
}
