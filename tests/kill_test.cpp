// kill -9 of the real program at moments drawn by a seed, over and over on one data directory,
// while it polls, is pushed to, and reports. What it acknowledged is there at the end, byte for
// byte, what it owed has come, and the seconds without it are gaps.
//
// The suite kills 20 times; REPRISE_SOAK=COUNT so often, from REPRISE_SOAK_SEED.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <thread>

#include "host/match/cpu_matcher.hpp"
#include "net/simulate/network_thread.hpp"
#include "net/simulate/report_sink.hpp"
#include "net/simulate/service_calls.hpp"
#include "net/simulate/source_server.hpp"
#include "net/simulate/verdict.hpp"
#include "tests/served_program.hpp"
#include "tests/temporary_directory.hpp"

namespace reprise::simulate {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t polled_channels = 6;
constexpr std::uint32_t pushed_channel = 100;    // of the broadcast: the present, second by second
constexpr std::uint32_t backfill_channel = 101;  // the past, in pieces of up to backfill_max
constexpr std::size_t backfill_max = 60;
constexpr std::int64_t backfill_reach = 80'000;  // seconds before the beginning

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string polled_name(std::uint32_t channel) {
  return std::string{"polled-"} += std::to_string(channel);
}

serve_setting simulated(const std::string& directory) {
  serve_setting setting = loopback_allowed();
  setting.directory = directory;
  setting.arguments = {"--engine", "cpu"};
  return setting;
}

class KilledService : public testing::Test {
 protected:
  using seconds_pushed = std::map<std::int64_t, fingerprint>;

  void SetUp() override {
    sources_ = source_server::make(io_, clock_, shown_, {.channels = polled_channels}).value();
    sink_ = report_sink::make(io_, clock_, {}).value();
    network_ = std::make_unique<network_thread>(io_);
    begun_ = now();
    backfilled_through_ = begun_ - backfill_reach;
    pushed_through_ = begun_;
  }

  [[nodiscard]] std::int64_t now() const { return tick_of(clock_.wall()); }

  void start() {
    program_ = std::make_unique<served_program>(setting_);
    ASSERT_TRUE(program_->logged("ready")) << program_->log();
  }

  void put_channels() {
    service_calls service{program_->url(), ""};
    for (std::uint32_t i = 0; i < polled_channels; ++i) {
      ASSERT_TRUE(
          service.put_channel(polled_name(i), simulated_settings(sources_->url(i), sink_->url())));
    }
    ASSERT_TRUE(service.put_channel("pushed", simulated_settings("", sink_->url())));
    ASSERT_TRUE(service.put_channel("backfilled", simulated_settings("", "")));
    registered_ = now();
  }

  // Whether it was acknowledged; seconds without a picture are left out.
  bool push(plain_client& client, const std::string& name, std::uint32_t shown, std::int64_t from,
            std::int64_t to, seconds_pushed& acknowledged) {
    seconds_pushed seconds;
    std::string body;
    for (std::int64_t time = from; time < to; ++time) {
      const auto bits = shown_.at(shown, time);
      if (!bits) continue;
      seconds[time] = *bits;
      body += "{\"time\":" + std::to_string(time) + ",\"bits\":\"";
      for (const std::byte each : *bits) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto value = std::to_integer<unsigned>(each);
        body += {digits[value / 16], digits[value % 16]};
      }
      body += "\"}\n";
    }
    if (seconds.empty()) return true;
    const auto answer = client.send({.method = "POST",
                                     .url = program_->url() + "/channels/" + name + "/fingerprints",
                                     .content_type = "application/x-ndjson",
                                     .body = body});
    if (!answer) return false;
    EXPECT_EQ(answer->status, 202U) << answer->body;
    if (answer->status == 202) acknowledged.merge(seconds);
    return answer->status == 202;
  }

  // Pushes until the service has gone.
  void push_on(std::mt19937_64& random) {
    plain_client client;
    for (;;) {
      const std::int64_t present = now();
      if (present > pushed_through_) {
        // What was not acknowledged is pushed again.
        const std::int64_t from = pushed_through_ + 1;
        if (!push(client, "pushed", pushed_channel, from, present + 1, pushed_)) return;
        pushed_through_ = present;
      }
      const auto to = std::min<std::int64_t>(
          backfilled_through_ + 1 + static_cast<std::int64_t>(random() % backfill_max), begun_);
      if (to == backfilled_through_) {
        std::this_thread::sleep_for(5ms);
        if (!service_calls{program_->url(), ""}.ready()) return;
        continue;
      }
      if (!push(client, "backfilled", backfill_channel, backfilled_through_, to, backfilled_)) {
        return;
      }
      backfilled_through_ = to;
    }
  }

  void run_and_kill(std::mt19937_64& random, std::int64_t lives_ms) {
    ASSERT_NO_FATAL_FAILURE(start());
    std::thread killer{[&] {
      std::this_thread::sleep_for(std::chrono::milliseconds{lives_ms});
      program_->kill();
    }};
    push_on(random);
    killer.join();
  }

  // Down for long enough that whole seconds are missed; a source shows its second for up to another
  // one.
  void stay_down() {
    const std::int64_t from = now() + 1;
    std::this_thread::sleep_for(4'100ms);
    for (std::int64_t second = from; second < now() - 1; ++second) missed_.push_back(second);
  }

  void settle() {
    service_calls service{program_->url(), ""};
    for (std::uint32_t i = 0; i < polled_channels; ++i) {
      ASSERT_TRUE(service.disable_channel(polled_name(i)));
    }
    ended_ = now();
    std::this_thread::sleep_for(2s);
    for (const auto begin = clock_.steady(); clock_.steady() - begin < 120s;) {
      const auto waiting = service.deliveries_waiting();
      ASSERT_TRUE(waiting) << waiting.error().what;
      if (!*waiting) return;
      std::this_thread::sleep_for(200ms);
    }
    FAIL() << "reports still wait";
  }

  void expect_kept(const std::string& name, const seconds_pushed& acknowledged) {
    const auto exported = service_calls{program_->url(), ""}.exported(name);
    ASSERT_TRUE(exported) << exported.error().what;
    seconds_pushed kept;
    for (const recorded_second& each : *exported) kept[each.time] = each.bits;
    std::size_t lost = 0;
    std::size_t altered = 0;
    for (const auto& [time, bits] : acknowledged) {
      const auto found = kept.find(time);
      lost += found == kept.end() ? 1 : 0;
      altered += found != kept.end() && found->second != bits ? 1 : 0;
    }
    EXPECT_EQ(lost, 0U) << name << ", of " << acknowledged.size();
    EXPECT_EQ(altered, 0U) << name << ", of " << acknowledged.size();
  }

  channel_verdict judged(const std::string& name, std::optional<std::uint32_t> polled) {
    service_calls service{program_->url(), ""};
    channel_evidence evidence{.name = name};
    evidence.settings = simulated_search();
    evidence.exported = service.exported(name).value();
    const auto& received = sink_->log().channels();
    if (const auto found = received.find(name); found != received.end()) {
      evidence.reports = &found->second;
    }
    if (!polled) return judge(evidence, *exact_).value();
    evidence.served = [this, at = *polled](std::int64_t tick, const fingerprint& bits) {
      return sources_->served(at, tick, bits);
    };
    evidence.served_from = sources_->remembered_from(*polled);
    const auto seen = service.channel(name).value();
    evidence.account = gap_account{.gaps = seen.gaps,
                                   .last = seen.durable_through,
                                   // A source that tells its second may be in the one before.
                                   .first_least = begun_ - 1,
                                   .first_most = registered_ + 3,
                                   .last_least = ended_ - 3,
                                   .last_most = ended_ + 1};
    EXPECT_GE(seen.gaps[static_cast<std::size_t>(gap_reason::down)], missed_.size()) << name;
    for (const recorded_second& each : evidence.exported) {
      EXPECT_FALSE(std::binary_search(missed_.begin(), missed_.end(), each.time)) << each.time;
    }
    return judge(evidence, *exact_).value();
  }

  const temporary_directory folder_;
  const serve_setting setting_ = simulated(folder_.path());
  std::unique_ptr<served_program> program_;  // the present process
  system_clock_source clock_;
  const broadcast shown_{{.seed = number_in("REPRISE_SOAK_SEED", 1)}};
  net::io_context io_{1};
  std::unique_ptr<source_server> sources_;
  std::unique_ptr<report_sink> sink_;
  std::unique_ptr<network_thread> network_;
  std::unique_ptr<matcher> exact_ = make_cpu_matcher(rule{}, {.threads = 1}).value();
  std::int64_t begun_ = 0, registered_ = 0, ended_ = 0;  // ticks
  std::int64_t pushed_through_ = 0, backfilled_through_ = 0;
  seconds_pushed pushed_, backfilled_;
  std::vector<std::int64_t> missed_;  // ticks at which no service ran
};

TEST_F(KilledService, KeepsWhatItAcknowledgedAndReportsWhatItOwes) {
  const std::uint64_t kills = number_in("REPRISE_SOAK", 20);
  const std::uint64_t seed = number_in("REPRISE_SOAK_SEED", 1);
  std::mt19937_64 random{seed};
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_NO_FATAL_FAILURE(put_channels());
  std::this_thread::sleep_for(6s);  // something to find has been shown
  program_->kill();
  for (std::uint64_t kill = 1; kill < kills; ++kill) {
    ASSERT_NO_FATAL_FAILURE(run_and_kill(random, 20 + static_cast<std::int64_t>(random() % 1'200)));
    if (kill % 8 == 0) stay_down();
  }
  ASSERT_NO_FATAL_FAILURE(start());
  std::this_thread::sleep_for(3s);
  ASSERT_NO_FATAL_FAILURE(settle());
  network_->finish();  // from here on, what the servers hold is this thread's
  expect_kept("pushed", pushed_);
  expect_kept("backfilled", backfilled_);
  simulation_verdict verdict;
  for (std::uint32_t i = 0; i < polled_channels; ++i) verdict.add(judged(polled_name(i), i));
  verdict.add(judged("pushed", {}));
  verdict.delay = percentiles_of(sink_->log().delays_ms());
  verdict.sink = sink_->log().counts();
  EXPECT_TRUE(verdict.clean());
  EXPECT_GT(verdict.counts.owed, 0U);
  EXPECT_FALSE(missed_.empty());
  std::printf("kill: %llu kills, seed %llu: %zu pushed and %zu backfilled seconds acknowledged\n%s",
              static_cast<unsigned long long>(kills), static_cast<unsigned long long>(seed),
              pushed_.size(), backfilled_.size(), verdict_text(verdict).c_str());
  EXPECT_EQ(program_->stop(), 0) << program_->log();
}

}  // namespace
}  // namespace reprise::simulate
