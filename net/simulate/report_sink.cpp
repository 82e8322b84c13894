#include "net/simulate/report_sink.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/channel_name.hpp"
#include "host/failure.hpp"
#include "host/match/rule.hpp"
#include "net/simulate/byte_server.hpp"

namespace reprise {
namespace {

constexpr std::size_t sink_connections_max = 1'024;
constexpr std::size_t webhook_id_bytes_max = 256;

struct report {
  std::string channel;
  std::int64_t time = 0;
  std::vector<std::int64_t> match_times;
};

// Only what is written exactly as the design says: its keys in their order, compact.
std::optional<report> parse_report(std::string_view body) {
  const auto json = nlohmann::ordered_json::parse(body, nullptr, false);
  if (!json.is_object() || json.size() != 3 || json.dump() != body) return {};
  auto at = json.begin();
  const auto& channel = *at;
  const bool named = at.key() == "channel" && channel.is_string();
  const auto& time = *++at;
  const bool timed = at.key() == "time" && time.is_number_integer();
  const auto& times = *++at;
  if (!named || !timed || at.key() != "match_times" || !times.is_array()) return {};
  report read{channel.get<std::string>(), time.get<std::int64_t>(), {}};
  if (!is_channel_name(read.channel) || read.time < 0 || read.time > time_max) return {};
  if (times.size() > top_k_max) return {};
  for (const auto& one : times) {
    if (!one.is_number_integer()) return {};
    read.match_times.push_back(one.get<std::int64_t>());
  }
  return read;
}

std::int64_t milliseconds_of(wall_time moment) {
  return std::chrono::floor<std::chrono::milliseconds>(moment).time_since_epoch().count();
}

}  // namespace

delay_percentiles percentiles_of(std::vector<std::int64_t> delays_ms) {
  delay_percentiles made;
  if (delays_ms.empty()) return made;
  std::sort(delays_ms.begin(), delays_ms.end());
  const auto rank = [&](std::size_t percent) {
    return delays_ms[(delays_ms.size() * percent + 99) / 100 - 1];
  };
  return {static_cast<std::int64_t>(delays_ms.size()), rank(50), rank(90), rank(99),
          delays_ms.back()};
}

unsigned report_log::take(std::string_view body, std::string_view webhook_id, wall_time now) {
  auto read = parse_report(body);
  if (!read || webhook_id.empty() || webhook_id.size() > webhook_id_bytes_max) {
    ++counts_.malformed;
    return 422;
  }
  if (reports_ >= sink_reports_max) {
    ++counts_.overflowed;
    return 507;
  }
  ++counts_.accepted;
  const ticked of{read->channel, read->time};
  const auto [id, id_is_new] = ids_.try_emplace(std::string{webhook_id}, of);
  if (id->second != of) ++counts_.ids_reused;
  reports_ += id_is_new ? 1 : 0;  // what takes memory: reports whose tick or id is new

  channel_reports& channel = channels_[read->channel];
  const bool later_is_there =
      !channel.by_time.empty() && channel.by_time.rbegin()->first > read->time;
  const auto [at, is_new] = channel.by_time.try_emplace(read->time);
  received_report& first = at->second;
  if (!is_new) {
    const bool same = first.match_times == read->match_times && first.webhook_id == webhook_id;
    ++(same ? channel.duplicates : channel.contradictions);
    return 204;
  }
  reports_ += id_is_new ? 0 : 1;
  if (later_is_there) ++channel.out_of_order;
  first = {std::move(read->match_times), std::string{webhook_id}, milliseconds_of(now)};
  return 204;
}

std::vector<std::int64_t> report_log::delays_ms() const {
  std::vector<std::int64_t> delays;
  for (const auto& [name, channel] : channels_) {
    for (const auto& [time, received] : channel.by_time) {
      delays.push_back(received.arrived_ms - time * 1'000);
    }
  }
  return delays;
}

struct report_sink::state {
  state(const clock_source& now, const report_sink_options& taken)
      : clock{now}, options{taken}, started{now.steady()} {}

  [[nodiscard]] bool is_down() const {
    const auto since = std::chrono::floor<std::chrono::seconds>(clock.steady() - started).count();
    return options.down && since >= options.down->begin && since < options.down->end;
  }
  // The status that it answers whatever comes; nothing where reports are taken.
  [[nodiscard]] std::optional<unsigned> refusal() const {
    if (!options.status || (options.down && !is_down())) return {};
    return confirms() ? std::nullopt : options.status;
  }
  [[nodiscard]] bool confirms() const { return options.status && *options.status / 100 == 2; }

  net::awaitable<bool> answer(byte_peer& to, request_head head, std::string body) {
    ++log.counts_.attempts;
    const wall_time arrived = clock.wall();
    if (options.slow.count() > 0 && !co_await to.wait(options.slow)) co_return false;
    if (is_down() && !options.status) {
      ++log.counts_.turned_away;
      to.reset();
      co_return false;
    }
    unsigned status = 405;
    if (const auto refused = refusal()) {
      ++log.counts_.turned_away;
      status = *refused;
    } else if (head.method == "POST" && head.header("content-type") == "application/json") {
      status = log.take(body, head.header("webhook-id"), arrived);
      if (status == 204 && confirms()) status = *options.status;
    } else {
      ++log.counts_.malformed;
    }
    co_return co_await to.write(http_answer(status, ""));
  }

  const clock_source& clock;
  report_sink_options options;
  steady_time started;
  report_log log;
  std::unique_ptr<byte_server> server;
};

outcome<std::unique_ptr<report_sink>> report_sink::make(net::io_context& io,
                                                        const clock_source& clock,
                                                        const report_sink_options& options) {
  auto made = std::make_shared<state>(clock, options);
  const std::weak_ptr<state> weak = made;  // the server is the state's own
  auto server = byte_server::listen(
      io,
      {.listen = options.listen,
       .connections_max = sink_connections_max,
       .body_bytes_max = report_bytes_max,
       .refuses =
           [weak] {
             const auto held = weak.lock();
             return held && held->is_down() && !held->options.status;
           }},
      [weak](byte_peer& to, request_head head, std::string body) -> net::awaitable<bool> {
        const auto held = weak.lock();
        if (!held) co_return false;
        co_return co_await held->answer(to, std::move(head), std::move(body));
      });
  if (!server) return server.error();
  made->server = std::move(*server);
  return std::unique_ptr<report_sink>{new report_sink{std::move(made)}};
}

report_sink::~report_sink() {
  stop();
}

std::string report_sink::url() const {
  return http_url(address()) + "/reports";
}

net::ip::tcp::endpoint report_sink::address() const {
  return state_->server->address();
}

const report_log& report_sink::log() const noexcept {
  return state_->log;
}

void report_sink::stop() {
  state_->server->stop();
}

}  // namespace reprise
