// The simulator's sink: takes reports, as a user's service would, keeps what is needed to judge
// them, and can be slow, down, or answer anything.
//
// Shapes   POST of any path with a report as docs/design.md fixes it, byte for byte. Delays are
//          milliseconds from the beginning of the reported tick to the report's arrival
// Errors   make: io_failed where it cannot listen. What is no report is answered 422 and counted
// Threads  that of the io_context, and no other
// Owns     its sockets and the reports, at most sink_reports_max; what comes behind them is
//          answered 507 and counted
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "host/clock.hpp"
#include "host/failure.hpp"
#include "net/asio.hpp"

namespace reprise {

inline constexpr std::size_t sink_reports_max = 2'000'000;
inline constexpr std::size_t report_bytes_max = 64 * 1024;

struct sink_period {
  std::int64_t begin = 0;  // seconds since the start
  std::int64_t end = 0;    // exclusive
};

struct report_sink_options {
  net::ip::tcp::endpoint listen{net::ip::address_v4::loopback(), 0};
  std::chrono::milliseconds slow{0};     // before every answer
  std::optional<unsigned> status = {};   // what it answers instead of 204
  std::optional<sink_period> down = {};  // then it answers `status` if that is set, else it resets
};

struct received_report {
  std::vector<std::int64_t> match_times;
  std::string webhook_id;
  std::int64_t arrived_ms = 0;  // since 1970
};

// What one channel's reports came to, apart from what they say.
struct channel_reports {
  std::map<std::int64_t, received_report> by_time;  // what came first
  std::uint64_t duplicates = 0;                     // the same once more, under the same id
  std::uint64_t contradictions = 0;  // another report of that tick, or the same under another id
  std::uint64_t out_of_order = 0;    // a new report of a tick before one that was there
};

struct sink_counts {
  std::uint64_t attempts = 0;
  std::uint64_t accepted = 0;     // duplicates too
  std::uint64_t turned_away = 0;  // while it was down, or by `status`
  std::uint64_t malformed = 0;
  std::uint64_t overflowed = 0;
  std::uint64_t ids_reused = 0;  // a webhook-id that stood for another report
};

struct delay_percentiles {
  std::int64_t count = 0;
  std::int64_t p50_ms = 0;
  std::int64_t p90_ms = 0;
  std::int64_t p99_ms = 0;
  std::int64_t greatest_ms = 0;
};
// The nearest ranks.
[[nodiscard]] delay_percentiles percentiles_of(std::vector<std::int64_t> delays_ms);

// What was received, apart from how: tested without sockets.
class report_log {
 public:
  // The status to answer: 204, 422 or 507.
  [[nodiscard]] unsigned take(std::string_view body, std::string_view webhook_id, wall_time now);

  [[nodiscard]] const std::map<std::string, channel_reports, std::less<>>& channels() const {
    return channels_;
  }
  [[nodiscard]] const sink_counts& counts() const noexcept { return counts_; }
  [[nodiscard]] std::vector<std::int64_t> delays_ms() const;

 private:
  friend class report_sink;
  struct ticked {
    std::string channel;
    std::int64_t time = 0;
    friend bool operator==(const ticked&, const ticked&) = default;
  };
  std::map<std::string, channel_reports, std::less<>> channels_;
  std::unordered_map<std::string, ticked> ids_;
  std::size_t reports_ = 0;
  sink_counts counts_;
};

class report_sink {
 public:
  [[nodiscard]] static outcome<std::unique_ptr<report_sink>> make(
      net::io_context& io, const clock_source& clock, const report_sink_options& options);
  report_sink(const report_sink&) = delete;
  report_sink& operator=(const report_sink&) = delete;
  ~report_sink();  // as stop()

  [[nodiscard]] std::string url() const;
  [[nodiscard]] net::ip::tcp::endpoint address() const;
  [[nodiscard]] const report_log& log() const noexcept;
  void stop();

 private:
  struct state;
  explicit report_sink(std::shared_ptr<state> made) : state_{std::move(made)} {}
  std::shared_ptr<state> state_;
};

}  // namespace reprise
