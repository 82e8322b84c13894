// A world for the reporter in simulated time: an outbox in memory behind executors that take their
// time, sinks that answer as they are told, and a book of what was posted.
//
// Errors   what the store or the network must never be asked fails the test
// Threads  one
// Owns     all of it
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/simulated_time.hpp"
#include "net/reporter.hpp"

namespace reprise {

class memory_outbox final : public report_outbox {
 public:
  explicit memory_outbox(simulated_scheduler& time)
      : time_{time},
        state_{time, std::chrono::milliseconds{1}},
        reader_{time, std::chrono::microseconds{50}} {}

  void read_waiting(std::int64_t after, std::size_t count_max,
                    done<std::vector<delivery>> done) override {
    reader_.post([=, this] {
      std::vector<delivery> found;
      for (auto at = rows.upper_bound(after); at != rows.end() && found.size() < count_max; ++at) {
        if (at->second.state == delivery_state::waiting) found.push_back(at->second);
      }
      answer(done, std::move(found));
    });
  }
  void read_waiting_of(std::string sink_url, channel_number channel, std::size_t count_max,
                       done<std::vector<delivery>> done) override {
    reader_.post([=, this] {
      ++lane_reads;
      std::vector<delivery> found;
      for (auto at = lanes[{sink_url, channel}].begin();
           at != lanes[{sink_url, channel}].end() && found.size() < count_max; ++at) {
        found.push_back(rows.at(*at));
      }
      answer(done, std::move(found));
    });
  }
  void read_outbox(done<outbox_figures> done) override {
    reader_.post([=, this] { answer(done, outbox_figures{.waiting = waiting()}); });
  }
  void read_delivery(std::int64_t id, done<std::optional<delivery>> done) override {
    reader_.post([=, this] {
      const auto found = rows.find(id);
      answer(done, found == rows.end() ? std::nullopt : std::optional{found->second});
    });
  }
  void change_deliveries(std::vector<outcome_change> changed, done<void> done) override {
    EXPECT_LE(changed.size(), report_outcomes::batch_outcomes_max);
    state_.post([=, this] {
      if (full) {
        time_.post([done] { done(failure{errc::storage_full, "the disk is full"}); });
        return;
      }
      for (const outcome_change& one : changed) apply(one);
      time_.post([done] { done({}); });
    });
  }

  std::int64_t add(delivery made) {
    made.id = next_id++;
    rows[made.id] = made;
    lanes[{made.sink_url, made.channel}].insert(made.id);
    return made.id;
  }
  [[nodiscard]] std::uint64_t waiting() const {
    std::uint64_t count = 0;
    for (const auto& [lane, ids] : lanes) count += ids.size();
    return count;
  }

  std::map<std::int64_t, delivery> rows;
  std::map<std::pair<std::string, channel_number>, std::set<std::int64_t>> lanes;  // waiting
  bool full = false;
  std::int64_t next_id = 1;
  int lane_reads = 0;

 private:
  template <typename T>
  void answer(const done<T>& done, T value) {
    time_.post([done, value = std::move(value)] { done(value); });
  }
  void apply(const outcome_change& one) {
    delivery& row = rows.at(one.id);
    EXPECT_NE(row.state, delivery_state::delivered) << one.id;
    if (row.state == delivery_state::channel_deleted) return;  // for good, as in the real store
    row.state = one.state;
    row.attempts = one.attempts;
    row.next_attempt_ms = one.next_attempt_ms;
    row.last_error = one.last_error;
    auto& lane = lanes[{row.sink_url, row.channel}];
    one.state == delivery_state::waiting ? (void)lane.insert(one.id) : (void)lane.erase(one.id);
  }

  simulated_scheduler& time_;
  simulated_executor state_, reader_;
};

struct posted {
  steady_time at;
  std::string url, id, timestamp, body;
  std::vector<header_field> headers;
};

// How a sink takes a report.
struct sink_reply {
  unsigned status = 200;  // 0: the connection is refused
  std::chrono::nanoseconds after = std::chrono::milliseconds{10};
  std::optional<std::string> retry_after = {};
};

class scripted_exchange final : public http_exchange {
 public:
  explicit scripted_exchange(simulated_scheduler& time) : time_{time} {}

  void start(exchange_request request, std::function<void(exchange_result)> done) override {
    EXPECT_TRUE(request.post);
    EXPECT_EQ(request.content_type, "application/json");
    EXPECT_EQ(request.deadline, time_.clock().steady() + std::chrono::seconds{5});
    posted made{.at = time_.clock().steady(), .url = request.url, .body = request.body};
    for (const header_field& header : request.headers) {
      if (header.name == "webhook-id") made.id = header.value;
      if (header.name == "webhook-timestamp") made.timestamp = header.value;
      made.headers.push_back(header);
    }
    const sink_reply reply = replies(made);
    sends.push_back(made);
    in_flight_max[request.url] = std::max(in_flight_max[request.url], ++in_flight[request.url]);
    const auto after = std::min<std::chrono::nanoseconds>(reply.after, std::chrono::seconds{5});
    (void)time_.at(time_.clock().steady() + after, [=, this] {
      --in_flight[made.url];
      if (reply.status == 0) return done(exchange_failure{gap_reason::connect, "refused"});
      if (reply.after > after) return done(exchange_failure{gap_reason::timeout, "too slow"});
      if (reply.status / 100 == 2) taken.push_back(made);
      done(exchange_answer{.status = reply.status, .retry_after = reply.retry_after});
    });
  }

  std::function<sink_reply(const posted&)> replies = [](const posted&) { return sink_reply{}; };
  std::vector<posted> sends;  // begun
  std::vector<posted> taken;  // answered with 2xx
  std::map<std::string, int> in_flight, in_flight_max;

 private:
  simulated_scheduler& time_;
};

class told_events final : public event_sink {
 public:
  void publish(event told) override { all.push_back(std::move(told)); }
  [[nodiscard]] bool heard() const noexcept override { return true; }
  std::vector<event> all;
};

class reporter_fixture : public ::testing::Test {
 protected:
  reporter_fixture() { restart(); }

  // As a new process would be, with the same store.
  void restart() {
    if (reporter_ != nullptr) {
      reporter_->drain(time_.clock().steady(), [] {});
      ended_.push_back(std::move(reporter_));  // tasks of it still wait
    }
    reporter_ = std::make_unique<reporter>(reporter_parts{
        time_, exchange_, *random_, events_,
        [this](log_level level, std::string_view event, std::initializer_list<log_field> fields) {
          lines_.push_back(log_line(log_format::text, {}, level, event, fields)
                               .substr(std::string_view{"00:00:00.000 "}.size()));
        },
        [this](const delivered_report& of) { delivered_.push_back(of); }});
  }
  void start() {
    reporter_->start(outbox_, book_);
    time_.run_for(std::chrono::milliseconds{5});
  }
  delivery made(channel_number channel, const std::string& url) {
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(time_.clock().wall());
    delivery of{.channel = channel, .sink_url = url, .created_ms = ms.time_since_epoch().count()};
    of.channel_name = std::string{"c"} += std::to_string(channel);
    of.webhook_id = std::string{"rpt_"} += std::to_string(outbox_.next_id);
    of.body = std::string{"{\"n\":"} += std::to_string(outbox_.next_id) += '}';
    return of;
  }
  // Into the store alone.
  std::int64_t store(channel_number channel, const std::string& url) {
    return outbox_.add(made(channel, url));
  }
  std::int64_t report(channel_number channel, const std::string& url) {
    const std::int64_t id = store(channel, url);
    reporter_->enqueue(outbox_.rows.at(id));
    return id;
  }
  delivery_state state_of(std::int64_t id) { return outbox_.rows.at(id).state; }
  static std::int64_t id_of(const posted& of) { return std::stoll(of.id.substr(4)); }
  static std::vector<std::int64_t> ids_of(const std::vector<posted>& all) {
    std::vector<std::int64_t> ids;
    for (const posted& one : all) ids.push_back(id_of(one));
    return ids;
  }
  [[nodiscard]] double since_start(const posted& of) const {
    return std::chrono::duration<double>(of.at.time_since_epoch()).count() - 3'600;
  }

  simulated_scheduler time_{start_of_tick(1'700'000'000)};
  memory_outbox outbox_{time_};
  scripted_exchange exchange_{time_};
  std::unique_ptr<random_source> random_ = make_seeded_random(7);
  told_events events_;
  channel_book book_;
  std::vector<std::string> lines_;
  std::vector<delivered_report> delivered_;
  std::unique_ptr<reporter> reporter_;
  std::vector<std::unique_ptr<reporter>> ended_;
};

}  // namespace reprise
