#include "net/healthcheck_command.hpp"

#include <fmt/format.h>

#include "host/printable.hpp"
#include "net/configuration_options.hpp"
#include "net/listen_address.hpp"
#include "net/plain_client.hpp"

namespace reprise {
namespace {

constexpr auto patience = std::chrono::seconds{3};
constexpr std::size_t answer_bytes_shown_max = 512;

// A service that listens on every address is asked on loopback.
std::string url_of(const listen_address& at) {
  std::string host = at.address;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("http://{}:{}/readyz", host, at.port);
}

class healthcheck_command final : public command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "healthcheck"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Ask the service of this configuration whether it is ready";
  }
  [[nodiscard]] std::string_view example() const noexcept override { return "reprise healthcheck"; }
  void declare(option_set& options) override { options_.declare_service(options); }

  [[nodiscard]] outcome<int> run(const process_streams&) override {
    const auto read = options_.read();
    if (!read) return read.error();
    const std::string url = url_of(*parse_listen_address(read->made.server.listen));
    plain_client client;
    const auto answer = client.send({.url = url, .timeout = patience});
    // Not the status of a failed file: whoever asks wants yes or no.
    if (!answer) return failure{errc::not_found, answer.error().what};
    if (answer->status == 200) return 0;
    return failure{errc::loading,
                   fmt::format("{}: {} {}", url, answer->status,
                               printable(answer->body.substr(0, answer_bytes_shown_max)))};
  }

 private:
  configuration_options options_;
};

}  // namespace

std::unique_ptr<command> make_healthcheck_command() {
  return std::make_unique<healthcheck_command>();
}

}  // namespace reprise
