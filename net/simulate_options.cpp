#include "net/simulate_options.hpp"

#include <chrono>
#include <csignal>
#include <thread>

#include "host/number.hpp"
#include "net/listen_address.hpp"
#include "net/option_values.hpp"

namespace reprise::simulate {
namespace {

constexpr std::uint32_t slow_ms_max = 600'000;
constexpr std::uint32_t period_seconds_max = 604'800;
constexpr double drift_ppm_max = 100'000;
constexpr std::size_t key_bytes_max = 4'096;

std::atomic<bool> interrupted_by_signal{false};
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace

void source_option_texts::declare(option_set& options) {
  options.add_value("--channels", "COUNT", channels_, "Channels, 1 to 20000 (default: 50)");
  options.add_value("--seed", "NUMBER", seed_,
                    "What is shown and what fails follows from it alone (default: 1)");
  options.add_list("--recording", "FILE", recordings_,
                   "Play this recording instead of made-up content; more of them are dealt out "
                   "to the channels in turn");
  options.add_value("--faults", "KIND=SHARE,...", faults_,
                    "Shares of the channels that fail: slow, hang, drip, length, status, reset, "
                    "chunking, huge, redirect, gzip, leftover, frame-time, drift, flapping");
  options.add_value("--frame-time", "yes|no", frame_time_,
                    "Whether answers tell their second in X-Frame-Time (default: yes)");
  options.add_value("--phase", "zero|any", phase_,
                    "Whether each source's second begins with the clock's, or lags by any part of "
                    "one (default: any)");
  options.add_value("--drift", "PPM", drift_,
                    "How far each source's clock may be off, in millionths (default: 0)");
}

outcome<broadcast_options> source_option_texts::read_broadcast() const {
  broadcast_options made;
  const auto seed = seed_ ? parse_integer(*seed_) : 1;
  if (!seed || *seed < 0) return bad_option("--seed", *seed_, "a whole number of at least 0");
  made.seed = static_cast<std::uint64_t>(*seed);
  for (const std::string& path : recordings_) {
    auto played = load_recording(path);
    if (!played) return played.error();
    made.recordings.push_back(std::move(*played));
  }
  return made;
}

outcome<source_server_options> source_option_texts::read_sources() const {
  source_server_options made;
  const auto channels = whole_option("--channels", channels_, 1, simulated_channels_max, 50);
  if (!channels) return channels.error();
  made.channels = *channels;
  if (faults_) {
    auto faults = parse_faults(*faults_);
    if (!faults) return faults.error();
    made.faults = std::move(*faults);
  }
  const std::string frame_time = frame_time_.value_or("yes");
  if (frame_time != "yes" && frame_time != "no") {
    return bad_option("--frame-time", frame_time, "yes or no");
  }
  const std::string phase = phase_.value_or("any");
  if (phase != "zero" && phase != "any") return bad_option("--phase", phase, "zero or any");
  made.in_phase = phase == "zero";
  made.frame_time = frame_time == "yes";
  const auto drift = drift_ ? parse_real(*drift_) : 0;
  if (!drift || *drift < 0 || *drift > drift_ppm_max) {
    return bad_option("--drift", *drift_, "a number from 0 to 100000");
  }
  made.drift_ppm = *drift;
  return made;
}

void sink_option_texts::declare(option_set& options) {
  options.add_value("--slow", "MS", slow_, "Wait so long before each answer (default: 0)");
  options.add_value("--status", "CODE", status_,
                    "Answer this status, 200 to 599, during --down or else always; a report that "
                    "is answered 2xx is taken");
  options.add_value("--down", "A-B", down_,
                    "From second A to second B, reset connections, or answer --status");
}

outcome<report_sink_options> sink_option_texts::read() const {
  report_sink_options made;
  const auto slow = whole_option("--slow", slow_, 0, slow_ms_max, 0);
  if (!slow) return slow.error();
  made.slow = std::chrono::milliseconds{*slow};
  if (status_) {
    const auto status = whole_option("--status", status_, 200, 599, 204);
    if (!status) return status.error();
    made.status = *status;
  }
  if (down_) {
    const std::string_view text = *down_;
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return bad_option("--down", text, "seconds A-B");
    const auto begin = parse_integer(text.substr(0, dash));
    const auto end = parse_integer(text.substr(dash + 1));
    if (!begin || !end || *begin < 0 || *end <= *begin || *end > period_seconds_max) {
      return bad_option("--down", text, "seconds A-B, A below B, B at most 604800");
    }
    made.down = sink_period{*begin, *end};
  }
  return made;
}

outcome<net::ip::tcp::endpoint> listen_option(const std::optional<std::string>& typed,
                                              const std::string& otherwise) {
  const std::string text = typed.value_or(otherwise);
  const auto parsed = parse_listen_address(text);
  if (!parsed) return bad_option("--listen", text, "ADDRESS:PORT, as 127.0.0.1:9000");
  return net::ip::tcp::endpoint{net::ip::make_address(parsed->address), parsed->port};
}

outcome<std::string> read_key_file(const std::optional<std::string>& path) {
  if (!path) return std::string{};
  const auto opened = open_byte_source(*path);
  if (!opened) return opened.error();
  std::string text(key_bytes_max, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto read = (*opened)->read(std::span{text}.subspan(size));
    if (!read) return read.error();
    if (*read == 0) break;
    size += *read;
  }
  text.resize(size);
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.pop_back();
  if (text.empty() || text.find_first_of("\r\n ") != std::string::npos) {
    return failure{errc::data_malformed, source_name(*path) + ": must hold one line, the key"};
  }
  return text;
}

const std::atomic<bool>& catch_interruption() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted_by_signal = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int number : {SIGINT, SIGTERM}) {
    static_cast<void>(::sigaction(number, &action, nullptr));
  }
  return interrupted_by_signal;
}

void wait_interrupted(std::optional<std::uint32_t> seconds, const std::atomic<bool>& interrupted) {
  constexpr std::chrono::milliseconds step{100};
  const auto begin = std::chrono::steady_clock::now();
  while (!interrupted &&
         (!seconds || std::chrono::steady_clock::now() - begin < std::chrono::seconds{*seconds})) {
    std::this_thread::sleep_for(step);
  }
}

}  // namespace reprise::simulate
