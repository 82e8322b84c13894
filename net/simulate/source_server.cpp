#include "net/simulate/source_server.hpp"

#include <algorithm>
#include <deque>

#include "host/hex.hpp"
#include "host/number.hpp"
#include "net/simulate/byte_server.hpp"

namespace reprise::simulate {
namespace {

enum purpose : std::uint64_t { of_phase = 0x50, of_drift, of_form, of_kind };

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr double drift_fault_ppm = 20'000;
constexpr std::int64_t flapping_seconds = 10;  // as long well as not
constexpr std::int64_t frame_time_wrong = 3'600;
constexpr std::size_t huge_bytes = 1'048'576;

// An asking that arrives now may have begun in the second before.
constexpr std::chrono::seconds asking_max{1};

struct served_answer {
  std::int64_t tick_first = 0;
  std::int64_t tick_last = 0;
  std::int64_t shown = 0;  // the second of the broadcast
  friend bool operator==(const served_answer&, const served_answer&) = default;
};

std::string body_of(const fingerprint& bits, std::uint64_t form) {
  std::string body;
  switch (form % 4) {
    case 0:
      return {reinterpret_cast<const char*>(bits.data()), bits.size()};
    case 1:
      for (std::size_t bit = 0; bit < bits.size() * 8; ++bit) {
        const unsigned byte = std::to_integer<unsigned>(bits[bit / 8]);
        body += (byte >> (7 - bit % 8) & 1U) != 0 ? '1' : '0';
      }
      return body;
    default:
      append_hex(body, bits);
      if (form % 4 == 3) body += '\n';
      return body;
  }
}

}  // namespace

struct source_server::state {
  state(const clock_source& now, const broadcast& what, const source_server_options& taken)
      : clock{now},
        shown{what},
        options{taken},
        faults{assign_faults(taken.faults, taken.channels, what.seed())},
        log(taken.channels),
        started{now.wall()} {}

  [[nodiscard]] std::uint64_t draw(purpose of, std::uint32_t channel, std::int64_t at = 0) const {
    return seeded_draw(shown.seed(), of, channel, static_cast<std::uint64_t>(at));
  }

  // The second that the channel's own clock is in.
  [[nodiscard]] std::int64_t second_of(std::uint32_t channel, wall_time now) const {
    const auto unit = static_cast<double>(draw(of_drift, channel) >> 11) * 0x1p-53;  // [0, 1)
    double ppm = (2 * unit - 1) * options.drift_ppm;
    if (faults[channel] == source_fault::drift)
      ppm = unit < 0.5 ? -drift_fault_ppm : drift_fault_ppm;
    const auto elapsed = static_cast<double>((now - started).count());
    const auto behind =
        options.in_phase ? 0 : static_cast<std::int64_t>(draw(of_phase, channel) % second_ns);
    return tick_of(now - std::chrono::nanoseconds{behind} +
                   std::chrono::nanoseconds{static_cast<std::int64_t>(elapsed * ppm * 1e-6)});
  }

  void remember(std::uint32_t channel, wall_time now, std::int64_t second) {
    served_answer added{second, second, second};
    if (!options.frame_time) {
      added.tick_first = tick_of(now - asking_max);
      added.tick_last = tick_of(now);
    }
    std::deque<served_answer>& answers = log[channel];
    const auto later = [](const served_answer& a, const served_answer& b) {
      return a.tick_last < b.tick_last;
    };
    const auto place = std::upper_bound(answers.begin(), answers.end(), added, later);
    // A poller asks several times a second to find when the answer changes.
    if (place != answers.begin() && *std::prev(place) == added) return;
    answers.insert(place, added);
    if (answers.size() > served_answers_max) answers.pop_front();
  }

  net::awaitable<bool> answer(byte_peer& to, const request_head& head);
  net::awaitable<bool> answer_wrongly(byte_peer& to, source_fault how, std::string right,
                                      std::uint64_t drawn);

  const clock_source& clock;
  const broadcast& shown;
  source_server_options options;
  std::vector<source_fault> faults;
  std::vector<std::deque<served_answer>> log;  // by tick_last
  wall_time started;
  source_counts counts;
  std::unique_ptr<byte_server> server;
};

namespace {

std::optional<std::uint32_t> channel_of(const request_head& head, std::uint32_t channels) {
  constexpr std::string_view prefix = "/c/";
  if (head.method != "GET" || !head.target.starts_with(prefix)) return {};
  const auto index = parse_integer(std::string_view{head.target}.substr(prefix.size()));
  if (!index || *index < 0 || *index >= channels) return {};
  return static_cast<std::uint32_t>(*index);
}

}  // namespace

net::awaitable<bool> source_server::state::answer(byte_peer& to, const request_head& head) {
  const auto channel = channel_of(head, options.channels);
  if (!channel) co_return co_await to.write(http_answer(404, "no such channel\n"));
  ++counts.asked;
  const wall_time now = clock.wall();
  const std::int64_t second = second_of(*channel, now);
  const std::uint64_t drawn = draw(of_kind, *channel, second);
  source_fault fault = faults[*channel];
  if (fault == source_fault::flapping) {
    const bool well = (tick_of(now) / flapping_seconds + *channel) % 2 == 0;
    fault = well ? source_fault::none : source_fault::reset;
  }
  const auto bits = shown.at(*channel, second);
  if (!bits && fault != source_fault::hang) {
    co_return co_await to.write(http_answer(503, "no picture\n"));
  }
  std::string frame_time;
  if (options.frame_time || fault == source_fault::frame_time) {
    const std::int64_t told =
        fault == source_fault::frame_time ? second + frame_time_wrong : second;
    frame_time = "X-Frame-Time: " + std::to_string(told) + "\r\n";
  }
  const std::string body = bits ? body_of(*bits, draw(of_form, *channel)) : std::string{};
  std::string right = http_answer(200, body, frame_time);
  switch (fault) {
    case source_fault::slow:
    case source_fault::drip:
    case source_fault::leftover:
    case source_fault::drift:
    case source_fault::none:
      remember(*channel, now, second);
      break;
    default:
      break;
  }
  if (fault == source_fault::none || fault == source_fault::drift ||
      fault == source_fault::frame_time) {
    ++counts.served;
    co_return co_await to.write(std::move(right));
  }
  co_return co_await answer_wrongly(to, fault, std::move(right), drawn);
}

// `right` is what a well source would have said.
net::awaitable<bool> source_server::state::answer_wrongly(byte_peer& to, source_fault how,
                                                          std::string right, std::uint64_t drawn) {
  constexpr std::size_t lengths[] = {0, 127, 129, 255};
  constexpr unsigned statuses[] = {404, 500, 502, 503};
  switch (how) {
    case source_fault::slow:
      if (!co_await to.wait(options.slow)) co_return false;
      break;
    case source_fault::hang:
      co_await to.hang();
      co_return false;
    case source_fault::drip:
      for (const char byte : right) {
        if (!co_await to.write(std::string(1, byte)) || !co_await to.wait(options.drip)) {
          co_return false;
        }
      }
      co_return true;
    case source_fault::reset:
      if (drawn % 2 == 0) co_await to.write(right.substr(0, right.size() - 60));
      to.reset();
      co_return false;
    case source_fault::length:
      right = http_answer(200, std::string(lengths[drawn % 4], 'x'));
      break;
    case source_fault::status:
      right = http_answer(statuses[drawn % 4], "out of order\n");
      break;
    case source_fault::chunking:
      right = "HTTP/1.1 200 Simulated\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno chunk\r\n";
      break;
    case source_fault::huge:
      right = http_answer(200, std::string(huge_bytes, 'x'));
      break;
    case source_fault::redirect:
      right = http_answer(302, "", "Location: /c/0\r\n");
      break;
    case source_fault::gzip:
      right.insert(right.find("\r\n") + 2, "Content-Encoding: gzip\r\n");
      break;
    case source_fault::leftover:
      right += right;
      break;
    default:
      break;
  }
  co_return co_await to.write(std::move(right));
}

outcome<std::unique_ptr<source_server>> source_server::make(net::io_context& io,
                                                            const clock_source& clock,
                                                            const broadcast& shown,
                                                            const source_server_options& options) {
  auto made = std::make_shared<state>(clock, shown, options);
  const std::weak_ptr<state> weak = made;  // the server is the state's own
  auto server = byte_server::listen(
      io, {.listen = options.listen, .connections_max = source_connections_max},
      [weak](byte_peer& to, request_head head, std::string) -> net::awaitable<bool> {
        const auto held = weak.lock();
        if (!held) co_return false;
        co_return co_await held->answer(to, head);
      });
  if (!server) return server.error();
  made->server = std::move(*server);
  return std::unique_ptr<source_server>{new source_server{std::move(made)}};
}

source_server::~source_server() {
  stop();
}

std::string source_server::url(std::uint32_t channel) const {
  return http_url(address()) + "/c/" + std::to_string(channel);
}

net::ip::tcp::endpoint source_server::address() const {
  return state_->server->address();
}

std::int64_t source_server::seconds_ahead(std::uint32_t channel) const {
  const wall_time now = state_->clock.wall();
  return state_->second_of(channel, now) - tick_of(now);
}

source_fault source_server::fault(std::uint32_t channel) const {
  return state_->faults.at(channel);
}

source_counts source_server::counts() const noexcept {
  source_counts counted = state_->counts;
  counted.refused_connections = state_->server->refused();
  return counted;
}

bool source_server::served(std::uint32_t channel, std::int64_t tick,
                           const fingerprint& bits) const {
  const std::deque<served_answer>& answers = state_->log.at(channel);
  auto at = std::lower_bound(
      answers.begin(), answers.end(), tick,
      [](const served_answer& answer, std::int64_t asked) { return answer.tick_last < asked; });
  // One answer spans at most two ticks.
  for (; at != answers.end() && at->tick_last <= tick + 1; ++at) {
    if (at->tick_first <= tick && state_->shown.at(channel, at->shown) == bits) return true;
  }
  return false;
}

std::int64_t source_server::remembered_from(std::uint32_t channel) const {
  const std::deque<served_answer>& answers = state_->log.at(channel);
  // Of the oldest answer's first tick, others may have been forgotten.
  return answers.size() < served_answers_max ? 0 : answers.front().tick_last + 1;
}

void source_server::stop() {
  state_->server->stop();
}

}  // namespace reprise::simulate
