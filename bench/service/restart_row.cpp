#include <atomic>
#include <filesystem>
#include <thread>

#include "bench/content.hpp"
#include "bench/service/ceilings.hpp"
#include "bench/service/child_service.hpp"
#include "bench/service/rows.hpp"
#include "host/store/history_store.hpp"
#include "host/store/state_store.hpp"
#include "net/simulate/broadcast.hpp"
#include "net/simulate/byte_server.hpp"
#include "net/simulate/network_thread.hpp"
#include "net/simulate/service_calls.hpp"

namespace reprise::bench {
namespace {

using namespace simulate;

constexpr std::uint32_t restart_channels = 100, quick_channels = 3;
constexpr std::int64_t window_seconds = 86'400, quick_window_seconds = 3'600;
constexpr std::int64_t newest_age_seconds = 300;  // what the first start has polled is younger
constexpr std::int64_t block_seconds = 3'600;
constexpr double first_poll_most = 2, ready_most = 10;
constexpr double engine_mb = 13.6;  // bench/README.md, memory/...
constexpr double memory_over_engine_most = 1.1;
constexpr std::chrono::seconds settled_after{3};
constexpr std::uint64_t content_seed = 1;

// One source for all channels: every answer is a new fingerprint. It notes the first asking.
class noting_source {
 public:
  [[nodiscard]] static outcome<std::unique_ptr<noting_source>> make() {
    std::unique_ptr<noting_source> made{new noting_source};
    auto server = byte_server::listen(
        made->io_, {.listen = {net::ip::address_v4::loopback(), 0}, .connections_max = 4'096},
        [at = made.get()](byte_peer& peer, request_head head, std::string) {
          return at->answer(peer, std::move(head));
        });
    if (!server) return server.error();
    made->server_ = std::move(*server);
    made->url_ = http_url(made->server_->address()) + "/";
    made->thread_ = std::make_unique<network_thread>(made->io_);
    return made;
  }
  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  void forget() { first_ = steady_time::max(); }
  [[nodiscard]] steady_time first() const { return first_; }

 private:
  noting_source() = default;
  net::awaitable<bool> answer(byte_peer& peer, request_head head) {
    if (first_.load() == steady_time::max()) first_ = std::chrono::steady_clock::now();
    std::string body(fingerprint_bytes, '\0');
    ++asked_;
    for (std::size_t i = 0; i < body.size(); ++i) {
      body[i] = static_cast<char>(seeded_draw(content_seed, asked_, i));
    }
    co_return co_await peer.write(http_answer(200, body)) && head.keep_alive;
  }

  net::io_context io_{1};
  std::unique_ptr<byte_server> server_;
  std::string url_;
  std::atomic<steady_time> first_{steady_time::max()};
  std::uint64_t asked_ = 0;
  std::unique_ptr<network_thread> thread_;
};

// The channels are made as users make them; what they take in memory before is the base.
outcome<double> make_channels(const row_options& options, const std::string& data,
                              std::uint32_t channels, const std::string& source) {
  auto service = child_service::start(options.program, data);
  if (!service) return service.error();
  service_calls calls{(*service)->url(), ""};
  if (auto ready = (*service)->await_ready(); !ready) return ready.error();
  const auto base = (*service)->sample();
  if (!base) return base.error();
  for (std::uint32_t channel = 0; channel < channels; ++channel) {
    const std::string name = "restarted-" + std::to_string(channel);
    auto put = calls.put_channel(name, simulated_settings(source, ""));
    if (!put) return put.error();
  }
  if (auto stopped = (*service)->stop(); !stopped) return stopped.error();
  return base->resident_bytes;
}

// As the service leaves them behind: in chunks.
outcome<void> fill_histories(const std::string& data, std::int64_t window) {
  const auto state = open_state(data);
  if (!state) return state.error();
  const auto channels = state->reader->channels();
  if (!channels) return channels.error();
  const auto history = open_history(data);
  if (!history) return history.error();
  const std::int64_t now = tick_of(std::chrono::system_clock::now());
  const std::int64_t end = now - newest_age_seconds;
  for (const stored_channel& channel : *channels) {
    day_content shown{content_kind::adverts, window_seconds, content_seed + channel.number};
    for (std::int64_t begin = end - window; begin < end; begin += block_seconds) {
      std::vector<recorded_second> block;
      for (std::int64_t time = begin; time < std::min(begin + block_seconds, end); ++time) {
        block.push_back({time, shown.next()});
      }
      const auto stored = history->writer->insert(channel.number, block);
      if (!stored) return stored.error();
    }
  }
  for (;;) {
    const auto more = history->writer->maintain(now, now - window_seconds);
    if (!more) return more.error();
    if (!*more) return {};
  }
}

double seconds_between(steady_time from, steady_time to) {
  return std::chrono::duration<double>{to - from}.count();
}

// Into `row`: the start with what is in `data`.
outcome<void> measure_start(const row_options& options, const std::string& data,
                            std::uint32_t channels, double base_bytes, noting_source& source,
                            bench_row& row) {
  const auto read = read_ceiling_seconds(data + "/history.db");
  if (!read) return read.error();
  source.forget();
  auto service = child_service::start(options.program, data);
  if (!service) return service.error();
  const steady_time begun = (*service)->started();
  service_calls calls{(*service)->url(), ""};
  if (auto ready = (*service)->await_ready(); !ready) return ready;
  const steady_time ready_at = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(settled_after);
  const auto settled = (*service)->sample();
  if (!settled) return settled.error();
  const auto seen = calls.channel("restarted-0");
  if (!seen) return seen.error();
  if (source.first() == steady_time::max()) row.wrong = "no source was asked after the start";
  if (auto stopped = (*service)->stop(); !stopped) return stopped;

  row.figures.push_back({.name = "first_poll_seconds",
                         .value = seconds_between(begun, source.first()),
                         .bound = first_poll_most});
  row.figures.push_back({.name = "ready_seconds",
                         .value = seconds_between(begun, ready_at),
                         .bound = ready_most,
                         .ceiling = *read,
                         .ceiling_of = "reading history.db from the system's cache"});
  row.figures.push_back({.name = "resident_mb_a_channel",
                         .value = (settled->resident_bytes - base_bytes) / channels / 1e6,
                         .bound = engine_mb * memory_over_engine_most,
                         .ceiling = engine_mb,
                         .ceiling_of = "the engine's history of a whole day, all counted"});
  row.figures.push_back({.name = "resident_mb_without_channels", .value = base_bytes / 1e6});
  return {};
}

}  // namespace

outcome<bench_row> run_restart_row(const row_options& options) {
  const std::uint32_t channels =
      options.channels.value_or(options.quick ? quick_channels : restart_channels);
  const std::int64_t window =
      (options.quick ? quick_window_seconds : window_seconds) - newest_age_seconds;
  const auto folder = scratch_folder::make();
  if (!folder) return folder.error();
  const std::string data = (*folder)->path() + "/data";
  auto source = noting_source::make();
  if (!source) return source.error();
  const auto base = make_channels(options, data, channels, (*source)->url());
  if (!base) return base.error();
  if (auto filled = fill_histories(data, window); !filled) return filled.error();
  std::error_code ignored;
  bench_row row{
      .name = "restart",
      .parameters = {
          {"channels", std::to_string(channels)},
          {"window_seconds", std::to_string(window)},
          {"history_mb",
           std::to_string(std::filesystem::file_size(data + "/history.db", ignored) / 1'000'000)}}};
  auto measured = measure_start(options, data, channels, *base, **source, row);
  if (!measured) return measured.error();
  return row;
}

}  // namespace reprise::bench
