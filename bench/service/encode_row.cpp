#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/service/ceilings.hpp"
#include "bench/service/child_service.hpp"
#include "bench/service/rows.hpp"
#include "net/plain_client.hpp"
#include "net/simulate/byte_server.hpp"
#include "net/simulate/network_thread.hpp"
#include "net/simulate/request_head.hpp"

namespace reprise::bench {
namespace {

constexpr std::size_t clients = 32;
constexpr std::size_t uploads = 40'000, quick_uploads = 320;
constexpr std::size_t images_of_session = 5;
constexpr std::size_t picture_bytes = 50'000;  // of a small photograph
constexpr std::size_t encoding_numbers = 128;
constexpr double rate_least = 2'000;
constexpr unsigned good = 200;

using steady = std::chrono::steady_clock;

// A list of one face, as an encoder answers.
std::string encoder_answer() {
  std::string list = "[[0.015625";
  for (std::size_t i = 1; i < encoding_numbers; ++i) list += ",-0.0123456789012345";
  return list + "]]";
}

net::awaitable<bool> answer_face(simulate::byte_peer& peer, simulate::request_head head,
                                 std::string body) {
  (void)body;
  std::string answer = simulate::http_answer(good, encoder_answer());
  co_return co_await peer.write(std::move(answer)) && head.keep_alive;
}

// A JPEG of one pixel by its header, with so many bytes of coded data.
std::string picture() {
  using namespace std::string_literals;
  return "\xff\xd8\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0"
         "\xff\xda\0\x08\x01\x01\0\0\x3f\0"s +
         std::string(picture_bytes, 'x') + "\xff\xd9";
}

std::string form_of_picture() {
  return "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n"
         "Content-Type: image/jpeg\r\n\r\n" +
         picture() + "\r\n--edge--\r\n";
}

// One connection: its sessions, the uploads to them, and how long each took.
class uploading_client {
 public:
  uploading_client(std::string url, std::size_t count) : url_{std::move(url)}, count_{count} {}

  void make_sessions() {
    for (std::size_t i = 0; i < count_; i += images_of_session) {
      const auto made = client_.send({.url = url_ + "/session"});
      if (!made || made->status != good) return fail(made ? made->body : made.error().what);
      keys_.push_back(nlohmann::json::parse(made->body)["key"]);
    }
  }
  void upload_all(const std::string& form) {
    for (std::size_t i = 0; i < count_ && wrong_.empty(); ++i) {
      const auto begun = steady::now();
      const auto answer = client_.send({.method = "POST",
                                        .url = url_ + "/encode",
                                        .headers = {{"key", keys_[i / images_of_session]}},
                                        .content_type = "multipart/form-data; boundary=edge",
                                        .body = form});
      milliseconds_.push_back(
          std::chrono::duration<double, std::milli>{steady::now() - begun}.count());
      if (!answer || answer->status != good) fail(answer ? answer->body : answer.error().what);
    }
  }
  // Whether every session shows all of its images.
  void check() {
    for (const std::string& key : keys_) {
      const auto shown = client_.send({.url = url_ + "/summary", .headers = {{"key", key}}});
      if (!shown || shown->status != good) return fail(shown ? shown->body : shown.error().what);
      const auto images = nlohmann::json::parse(shown->body)["image_encodings"];
      if (images.size() != images_of_session) return fail("a session lacks images");
      for (const auto& image : images) {
        if (image["faces"][0]["encoding"].size() != encoding_numbers) return fail("a wrong face");
      }
    }
  }
  [[nodiscard]] const std::string& wrong() const { return wrong_; }
  [[nodiscard]] const std::vector<double>& milliseconds() const { return milliseconds_; }

 private:
  void fail(const std::string& what) { wrong_ = what; }

  std::string url_;
  std::size_t count_;
  plain_client client_;
  std::vector<std::string> keys_;
  std::vector<double> milliseconds_;
  std::string wrong_;
};

template <typename Work>
void on_all(std::vector<std::unique_ptr<uploading_client>>& all, const Work& work) {
  std::vector<std::thread> threads;
  for (auto& each : all) threads.emplace_back([&work, &each] { work(*each); });
  for (std::thread& each : threads) each.join();
}

// The commits that the clients wait for, each with one picture of every client.
double synced_rate(const time_spread& sync) {
  return static_cast<double>(clients) / (sync.p50_ms / 1'000);
}

}  // namespace

outcome<bench_row> run_encode_row(const row_options& options) {
  net::io_context io{1};
  auto encoder = simulate::byte_server::listen(
      io, {.listen = {net::ip::address_v4::loopback(), 0}, .body_bytes_max = 2 * picture_bytes},
      answer_face);
  if (!encoder) return encoder.error();
  simulate::network_thread network{io};
  ::setenv("REPRISE_ENCODER_URL", (simulate::http_url((*encoder)->address()) + "/").c_str(), 1);
  const auto folder = scratch_folder::make();
  if (!folder) return folder.error();
  const auto sync = sync_ceiling((*folder)->path(), 4'096 * clients, options.quick ? 5 : 100);
  if (!sync) return sync.error();
  auto service = child_service::start(options.program, (*folder)->path() + "/data");
  if (!service) return service.error();
  if (auto ready = (*service)->await_ready(); !ready) return ready.error();

  const std::size_t count = (options.quick ? quick_uploads : uploads) / clients;
  std::vector<std::unique_ptr<uploading_client>> all;
  for (std::size_t i = 0; i < clients; ++i) {
    all.push_back(std::make_unique<uploading_client>((*service)->url(), count));
  }
  const std::string form = form_of_picture();
  on_all(all, [](uploading_client& each) { each.make_sessions(); });
  const auto before = (*service)->sample();
  const auto begun = steady::now();
  on_all(all, [&](uploading_client& each) { each.upload_all(form); });
  const double seconds = std::chrono::duration<double>{steady::now() - begun}.count();
  const auto after = (*service)->sample();
  on_all(all, [](uploading_client& each) { each.check(); });
  if (!before || !after) return failure{errc::io_failed, "the service has ended"};
  if (auto stopped = (*service)->stop(); !stopped) return stopped.error();
  network.finish();

  bench_row row{.name = "encode",
                .parameters = {{"clients", std::to_string(clients)},
                               {"uploads", std::to_string(count * clients)},
                               {"picture_bytes", std::to_string(picture_bytes)}}};
  std::vector<double> taken;
  for (const auto& each : all) {
    if (row.wrong.empty()) row.wrong = each->wrong();
    taken.insert(taken.end(), each->milliseconds().begin(), each->milliseconds().end());
  }
  std::sort(taken.begin(), taken.end());
  const double done = static_cast<double>(taken.size());
  row.figures = {{.name = "cached_pictures_a_second",
                  .value = done / seconds,
                  .bound = rate_least,
                  .bound_is_least = true,
                  .ceiling = synced_rate(*sync),
                  .ceiling_of = "a page of each client appended and synced, over and over"},
                 {.name = "upload_p50_ms", .value = taken[taken.size() / 2]},
                 {.name = "upload_p99_ms", .value = taken[taken.size() * 99 / 100]},
                 {.name = "service_cpu_us_a_picture",
                  .value = (after->cpu_seconds - before->cpu_seconds) / done * 1e6}};
  return row;
}

}  // namespace reprise::bench
