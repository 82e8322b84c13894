#include "bench/service/ceilings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "net/plain_client.hpp"
#include "net/simulate/byte_server.hpp"
#include "net/simulate/network_thread.hpp"

namespace reprise::bench {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t report_bytes = 300;

time_spread spread_of(std::vector<double> milliseconds) {
  std::sort(milliseconds.begin(), milliseconds.end());
  const std::size_t last = milliseconds.size() - 1;
  return {milliseconds[last / 2], milliseconds[last * 99 / 100]};
}

double milliseconds_since(clock::time_point begun) {
  return std::chrono::duration<double, std::milli>{clock::now() - begun}.count();
}

net::awaitable<bool> answer_empty(simulate::byte_peer& peer, simulate::request_head head,
                                  std::string body) {
  (void)body;
  co_return co_await peer.write(simulate::http_answer(204, "")) && head.keep_alive;
}

}  // namespace

outcome<time_spread> exchange_ceiling(std::size_t count) {
  net::io_context io{1};
  const auto server = simulate::byte_server::listen(
      io, {.listen = {net::ip::address_v4::loopback(), 0}, .body_bytes_max = report_bytes},
      answer_empty);
  if (!server) return server.error();
  const std::string url = simulate::http_url((*server)->address()) + "/";
  simulate::network_thread network{io};
  plain_client client;
  const plain_request request{.method = "POST",
                              .url = url,
                              .content_type = "application/json",
                              .body = std::string(report_bytes, 'x')};
  std::vector<double> taken;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begun = clock::now();
    const auto answer = client.send(request);
    if (!answer) return answer.error();
    taken.push_back(milliseconds_since(begun));
  }
  network.finish();
  return spread_of(std::move(taken));
}

outcome<time_spread> sync_ceiling(const std::string& folder, std::size_t bytes, std::size_t count) {
  const std::string path = folder + "/ceiling";
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return failure{errc::io_failed, path + ": cannot be made"};
  const std::string block(bytes, 'x');
  std::vector<double> taken;
  bool written = true;
  for (std::size_t i = 0; written && i < count; ++i) {
    const auto begun = clock::now();
    written = ::write(file, block.data(), block.size()) == static_cast<ssize_t>(block.size()) &&
              ::fdatasync(file) == 0;
    taken.push_back(milliseconds_since(begun));
  }
  ::close(file);
  ::unlink(path.c_str());
  if (!written) return failure{errc::io_failed, path + ": cannot be written"};
  return spread_of(std::move(taken));
}

outcome<double> read_ceiling_seconds(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failure{errc::io_failed, path + ": cannot be read"};
  std::vector<char> block(1U << 20U);
  const auto begun = clock::now();
  ssize_t size = 0;
  while ((size = ::read(file, block.data(), block.size())) > 0) {
  }
  const double seconds = milliseconds_since(begun) / 1'000;
  ::close(file);
  if (size < 0) return failure{errc::io_failed, path + ": cannot be read"};
  return seconds;
}

}  // namespace reprise::bench
