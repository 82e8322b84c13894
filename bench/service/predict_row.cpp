#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "bench/service/ceilings.hpp"
#include "bench/service/child_service.hpp"
#include "bench/service/made_library.hpp"
#include "bench/service/metrics_page.hpp"
#include "bench/service/rows.hpp"
#include "host/base64.hpp"
#include "host/helper_process.hpp"
#include "net/plain_client.hpp"
#include "net/simulate/byte_server.hpp"
#include "net/simulate/network_thread.hpp"

namespace reprise::bench {
namespace {

constexpr std::size_t library_videos = 10'000, quick_videos = 500;
constexpr std::size_t pictures = 4'000, quick_pictures = 60;
constexpr std::size_t clients = 8;
constexpr double rate_least = 200;
constexpr double half_rate = rate_least / 2;
constexpr double p99_ms_most = 100;
constexpr std::size_t queued_before = 1'000, queued_jobs = 10'000, quick_queued = 200;
constexpr double growth_bytes_most = 16e6;
constexpr unsigned good = 200, accepted = 202;
constexpr std::chrono::minutes patience{10};

using steady = std::chrono::steady_clock;

double seconds_since(steady::time_point begun) {
  return std::chrono::duration<double>{steady::now() - begun}.count();
}

std::string request_body() {
  std::ifstream file{REPRISE_BENCH_PICTURE, std::ios::binary};
  const std::string picture{std::istreambuf_iterator<char>{file}, {}};
  std::string body = "{\"name\":\"coffee.jpg\",\"data\":\"";
  append_base64(body, std::as_bytes(std::span{picture}));
  return body + "\"}";
}

outcome<void> send_picture(plain_client& client, const std::string& url, const std::string& body) {
  const auto taken = client.send({.method = "POST",
                                  .url = url + "/inference/image",
                                  .content_type = "application/json",
                                  .body = body});
  if (!taken) return taken.error();
  if (taken->status != accepted) return failure{errc::io_failed, taken->body};
  return {};
}

// From several connections; `pause` between two of one.
outcome<void> send_pictures(const std::string& url, const std::string& body, std::size_t count,
                            std::chrono::duration<double> pause) {
  std::vector<outcome<void>> ended(clients);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < clients; ++i) {
    threads.emplace_back([&, i] {
      plain_client client;
      const auto begun = steady::now();
      const std::size_t own = count / clients + (i < count % clients ? 1 : 0);
      for (std::size_t sent = 0; sent < own && ended[i]; ++sent) {
        const auto due = pause * (static_cast<double>(sent) + static_cast<double>(i) / clients);
        std::this_thread::sleep_until(begun + std::chrono::duration_cast<steady::duration>(due));
        ended[i] = send_picture(client, url, body);
      }
    });
  }
  for (std::thread& each : threads) each.join();
  for (const auto& each : ended) {
    if (!each) return each;
  }
  return {};
}

outcome<metrics_page> await_done(const std::string& url, double count) {
  plain_client client;
  for (const auto begun = steady::now(); steady::now() - begun < patience;) {
    auto page = metrics_page::fetch(client, url);
    if (!page) return page;
    if (page->value("reprise_predictions_total{result=\"done\"}") >= count) return page;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return failure{errc::io_failed, "the predictions do not end"};
}

outcome<void> measure_looks(const row_options& options, bench_row& row) {
  const auto folder = scratch_folder::make();
  if (!folder) return folder.error();
  auto service = child_service::start(options.program, (*folder)->path() + "/data");
  if (!service) return service.error();
  if (auto ready = (*service)->await_ready(); !ready) return ready;
  const std::string& url = (*service)->url();
  const std::size_t videos = options.quick ? quick_videos : library_videos;
  plain_client client;
  if (auto imported = import_form(client, url, form_of_videos(videos, 2)); !imported) {
    return imported.error();
  }
  const std::string body = request_body();
  // The helpers start, and the library is read, with the first pictures.
  if (auto sent = send_pictures(url, body, clients, {}); !sent) return sent;
  if (auto done = await_done(url, clients); !done) return done.error();

  const std::size_t count = options.quick ? quick_pictures : pictures;
  const auto before = (*service)->sample();
  auto begun = steady::now();
  if (auto sent = send_pictures(url, body, count, {}); !sent) return sent;
  const auto full = await_done(url, static_cast<double>(clients + count));
  if (!full) return full.error();
  const double seconds = seconds_since(begun);
  const auto after = (*service)->sample();
  if (!before || !after) return failure{errc::io_failed, "the service has ended"};

  const std::chrono::duration<double> pause{static_cast<double>(clients) / half_rate};
  if (auto sent = send_pictures(url, body, count, pause); !sent) return sent;
  const auto half = await_done(url, static_cast<double>(clients + 2 * count));
  if (!half) return half.error();
  const metrics_page calm = half->since(*full);
  if (auto stopped = (*service)->stop(); !stopped) return stopped;

  row.parameters = {{"videos", std::to_string(videos)}, {"pictures", std::to_string(count)}};
  const double done = static_cast<double>(count);
  row.figures = {{.name = "pictures_a_second",
                  .value = done / seconds,
                  .bound = rate_least,
                  .bound_is_least = true},
                 {.name = "half_load_p50_ms",
                  .value = calm.quantile("reprise_prediction_seconds", 0.5) * 1'000},
                 {.name = "half_load_p99_ms",
                  .value = calm.quantile("reprise_prediction_seconds", 0.99) * 1'000,
                  .bound = p99_ms_most},
                 {.name = "look_p50_ms",
                  .value = calm.quantile("reprise_prediction_work_seconds", 0.5) * 1'000},
                 {.name = "service_cpu_us_a_picture",
                  .value = (after->cpu_seconds - before->cpu_seconds) / done * 1e6}};
  return {};
}

// A model that is ready, and never answers.
net::awaitable<bool> answer_as_model(simulate::byte_peer& peer, simulate::request_head head,
                                     std::string body) {
  (void)body;
  if (head.method == "POST") {
    co_await peer.hang();
    co_return false;
  }
  std::string answer = simulate::http_answer(
      good, R"({"name":"m","inputs":[{"name":"i","datatype":"BYTES","shape":[1]}],)"
            R"("outputs":[{"name":"o","datatype":"BYTES","shape":[1]}]})");
  co_return co_await peer.write(std::move(answer)) && head.keep_alive;
}

// What the process takes more with ten times as many pictures waiting.
outcome<void> measure_queue(const row_options& options, bench_row& row) {
  net::io_context io{1};
  auto model = simulate::byte_server::listen(
      io, {.listen = {net::ip::address_v4::loopback(), 0}, .body_bytes_max = 4'000'000},
      answer_as_model);
  if (!model) return model.error();
  simulate::network_thread network{io};
  ::setenv("REPRISE_PREDICTIONS_PREDICTOR", "http", 1);
  ::setenv("REPRISE_PREDICTIONS_MODEL", "m", 1);
  ::setenv("REPRISE_PREDICTIONS_URL", simulate::http_url((*model)->address()).c_str(), 1);
  const auto folder = scratch_folder::make();
  if (!folder) return folder.error();
  auto service = child_service::start(options.program, (*folder)->path() + "/data");
  for (const char* name : {"PREDICTOR", "MODEL", "URL"}) {
    ::unsetenv((std::string{"REPRISE_PREDICTIONS_"} + name).c_str());
  }
  if (!service) return service.error();
  if (auto ready = (*service)->await_ready(); !ready) return ready;
  const std::string body = request_body();
  const std::size_t most = options.quick ? quick_queued : queued_jobs;
  const std::size_t some = std::min(queued_before, most / 2);
  if (auto sent = send_pictures((*service)->url(), body, some, {}); !sent) return sent;
  const auto before = (*service)->sample();
  if (auto sent = send_pictures((*service)->url(), body, most - some, {}); !sent) return sent;
  const auto after = (*service)->sample();
  if (!before || !after) return failure{errc::io_failed, "the service has ended"};
  if (auto stopped = (*service)->stop(); !stopped) return stopped;
  network.finish();
  row.parameters.emplace_back("queued", std::to_string(most));
  row.figures.push_back({.name = "queued_resident_bytes", .value = after->resident_bytes});
  row.figures.push_back({.name = "queued_growth_bytes",
                         .value = after->resident_bytes - before->resident_bytes,
                         .bound = growth_bytes_most});
  return {};
}

}  // namespace

outcome<bench_row> run_predict_row(const row_options& options) {
  bench_row row{.name = "predict"};
  if (::access(helper_path("reprise-vision").c_str(), X_OK) != 0) {
    row.parameters = {{"left_out", "reprise-vision is not installed"}};
  } else if (const auto measured = measure_looks(options, row); !measured) {
    return measured.error();
  }
  if (const auto measured = measure_queue(options, row); !measured) return measured.error();
  return row;
}

}  // namespace reprise::bench
