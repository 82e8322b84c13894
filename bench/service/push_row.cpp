#include <thread>

#include "bench/content.hpp"
#include "bench/service/ceilings.hpp"
#include "bench/service/child_service.hpp"
#include "bench/service/metrics_page.hpp"
#include "bench/service/rows.hpp"
#include "host/hex.hpp"

namespace reprise::bench {
namespace {

constexpr std::uint32_t push_channels = 10, quick_channels = 2;
constexpr std::uint32_t day_batches = 23, quick_batches = 2;
constexpr std::int64_t batch_seconds = 3'600;
constexpr std::int64_t window_seconds = 86'400;
constexpr std::int64_t slack_seconds = 600;  // the window goes on while a day is pushed
constexpr double rate_least = 200'000;
constexpr std::chrono::minutes matched_max{10};
constexpr unsigned accepted = 202, overloaded = 503;
constexpr std::uint64_t content_seed = 1;

using steady = std::chrono::steady_clock;

double seconds_since(steady::time_point begun) {
  return std::chrono::duration<double>{steady::now() - begun}.count();
}

// Requests in the order in which they are sent: the first batch of every channel, then the second.
std::vector<plain_request> make_requests(const std::string& url, std::uint32_t channels,
                                         std::uint32_t batches, bool raw) {
  const std::int64_t begin = tick_of(std::chrono::system_clock::now()) - window_seconds;
  std::vector<day_content> shown;
  for (std::uint32_t channel = 0; channel < channels; ++channel) {
    shown.emplace_back(content_kind::adverts, window_seconds, content_seed + channel);
  }
  std::vector<plain_request> made;
  for (std::uint32_t batch = 0; batch < batches; ++batch) {
    const std::int64_t start = begin + slack_seconds + batch * batch_seconds;
    for (std::uint32_t channel = 0; channel < channels; ++channel) {
      plain_request request{.method = "POST"};
      request.url = url + "/channels/pushed-" + std::to_string(channel) + "/fingerprints";
      if (raw) request.url += "?start=" + std::to_string(start);
      request.content_type = raw ? "application/octet-stream" : "application/x-ndjson";
      for (std::int64_t second = start; second < start + batch_seconds; ++second) {
        const fingerprint_bits& bits = shown[channel].next();
        if (raw) {
          request.body.append(reinterpret_cast<const char*>(bits.data()), bits.size());
        } else {
          request.body += "{\"time\": " + std::to_string(second) + ", \"bits\": \"";
          append_hex(request.body, bits);
          request.body += "\"}\n";
        }
      }
      made.push_back(std::move(request));
    }
  }
  return made;
}

outcome<void> put_channels(plain_client& client, const std::string& url, std::uint32_t channels) {
  for (std::uint32_t channel = 0; channel < channels; ++channel) {
    const std::string path = url + "/channels/pushed-" + std::to_string(channel);
    const auto answer = client.send(
        {.method = "PUT", .url = path, .content_type = "application/json", .body = "{}"});
    if (!answer) return answer.error();
    if (answer->status / 100 != 2) return failure{errc::io_failed, path + ": " + answer->body};
  }
  return {};
}

// How often the service asked to wait.
outcome<std::uint64_t> push_all(plain_client& client, const std::vector<plain_request>& requests) {
  std::uint64_t waited = 0;
  for (const plain_request& request : requests) {
    for (;;) {
      const auto answer = client.send(request);
      if (!answer) return answer.error();
      if (answer->status == accepted) break;
      if (answer->status != overloaded) {
        return failure{errc::io_failed, request.url + ": " + answer->body};
      }
      ++waited;
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }
  return waited;
}

// Until the engine has stepped so many seconds.
outcome<void> await_matched(plain_client& client, const std::string& url, double count) {
  const auto latest = steady::now() + matched_max;
  for (;;) {
    const auto page = metrics_page::fetch(client, url);
    if (!page) return page.error();
    const double done = page->value(R"(reprise_ticks_total{result="searched"})");
    if (done >= count) return {};
    if (steady::now() >= latest) return failure{errc::io_failed, "the engine does not follow"};
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

outcome<void> measure(const row_options& options, bool raw, double synced_rate, bench_row& row) {
  const std::uint32_t channels =
      options.channels.value_or(options.quick ? quick_channels : push_channels);
  const std::uint32_t batches = options.quick ? quick_batches : day_batches;
  const auto folder = scratch_folder::make();
  if (!folder) return folder.error();
  auto service = child_service::start(options.program, (*folder)->path() + "/data");
  if (!service) return service.error();
  if (auto ready = (*service)->await_ready(); !ready) return ready;
  const std::string& url = (*service)->url();
  plain_client client, watching;
  if (auto put = put_channels(client, url, channels); !put) return put;
  const auto requests = make_requests(url, channels, batches, raw);

  const double count = static_cast<double>(requests.size()) * batch_seconds;
  const auto before = (*service)->sample();
  const auto begun = steady::now();
  const auto waited = push_all(client, requests);
  if (!waited) return waited.error();
  const double pushed_seconds = seconds_since(begun);
  if (auto matched = await_matched(watching, url, count); !matched) return matched;
  const double seconds = seconds_since(begun);
  const auto after = (*service)->sample();
  if (!before || !after) return failure{errc::io_failed, "the service has ended"};
  if (auto stopped = (*service)->stop(); !stopped) return stopped;

  const std::string format = raw ? "raw_" : "ndjson_";
  row.figures.push_back({.name = format + "fingerprints_a_second",
                         .value = count / seconds,
                         .bound = rate_least,
                         .bound_is_least = true,
                         .ceiling = synced_rate,
                         .ceiling_of = "their bytes appended and synced, batch by batch"});
  row.figures.push_back(
      {.name = format + "durable_fingerprints_a_second", .value = count / pushed_seconds});
  row.figures.push_back({.name = format + "service_cpu_us_a_fingerprint",
                         .value = (after->cpu_seconds - before->cpu_seconds) / count * 1e6});
  row.figures.push_back({.name = format + "asked_to_wait", .value = static_cast<double>(*waited)});
  return {};
}

}  // namespace

outcome<bench_row> run_push_row(const row_options& options) {
  const auto folder = scratch_folder::make();
  if (!folder) return folder.error();
  const auto sync = sync_ceiling((*folder)->path(), batch_seconds * fingerprint_bits{}.size(),
                                 options.quick ? 5 : 100);
  if (!sync) return sync.error();
  const double synced_rate = batch_seconds / (sync->p50_ms / 1'000);
  const std::uint32_t channels =
      options.channels.value_or(options.quick ? quick_channels : push_channels);
  bench_row row{
      .name = "push",
      .parameters = {{"channels", std::to_string(channels)},
                     {"batch_seconds", std::to_string(batch_seconds)},
                     {"batches", std::to_string(options.quick ? quick_batches : day_batches)}}};
  for (const bool raw : {false, true}) {
    if (auto measured = measure(options, raw, synced_rate, row); !measured) {
      return measured.error();
    }
  }
  return row;
}

}  // namespace reprise::bench
