// A day of the whole service against the offline commands: what it reported is what a scan of what
// it exports finds, byte for byte, whatever its sources, its sink, its disk and its power did.
//
// The suite runs two hours of eight channels; with REPRISE_SOAK=CHANNELS (and REPRISE_SOAK_SEED)
// a whole day of so many.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>

#include "host/engine.hpp"
#include "host/scan.hpp"
#include "tests/simulated_day.hpp"
#include "tests/temporary_directory.hpp"

namespace reprise {
namespace {

class text_sink final : public byte_sink {
 public:
  outcome<void> write(std::span<const char> written) override {
    text.append(written.data(), written.size());
    return {};
  }
  outcome<void> finish() override { return {}; }
  std::string text;
};

constexpr std::int64_t ahead_max = 5;  // seconds of a source before the clock's
// Downtime is counted in whole seconds; the second in which it began and that in which a channel
// was polled again may be gaps, too.
constexpr std::int64_t restart_ticks_max = 3;

// The lines of `reprise scan`, without what a report leaves out.
std::string scanned(const std::vector<recorded_second>& seconds, const std::string& channel,
                    const search_settings& by) {
  const temporary_directory folder;
  const std::string path = folder.path() + "/" + channel + ".ndjson";
  const auto recording = create_recording(path, recording_format::ndjson).value();
  for (const recorded_second& each : seconds) EXPECT_TRUE(recording->write(each));
  EXPECT_TRUE(recording->finish());
  scan_options options;
  options.files = {path};
  options.settings = by;
  options.threads = 1;
  options.make_engine = [] { return make_offline_engine(rule{}, {.kind = engine_kind::cpu}); };
  text_sink output, messages;
  EXPECT_EQ(run_scan(options, {.output = output, .messages = messages}), 0) << messages.text;
  std::string lines;
  for (std::size_t at = 0; at < output.text.size();) {
    const std::size_t end = output.text.find('\n', at);
    const std::string line = output.text.substr(at, end - at);
    lines += line.substr(0, line.find(",\"scores\":[")) + "}\n";
    at = end + 1;
  }
  return lines;
}

// What the sink took, by channel: each report once, in the order of their first arrival.
struct taken_reports {
  std::map<std::string, std::string> lines;
  std::uint64_t count = 0;
  std::uint64_t duplicates = 0;
};

taken_reports without_duplicates(const std::vector<accepted_report>& accepted) {
  taken_reports made;
  std::map<std::string, const std::string*> bodies;  // by webhook-id
  for (const accepted_report& one : accepted) {
    const auto [at, is_new] = bodies.try_emplace(one.webhook_id, &one.body);
    if (!is_new) {
      EXPECT_EQ(*at->second, one.body) << one.webhook_id;
      ++made.duplicates;
      continue;
    }
    constexpr std::string_view before = R"({"channel":")";
    const std::size_t name_end = one.body.find('"', before.size());
    made.lines[one.body.substr(before.size(), name_end - before.size())] += one.body + "\n";
    ++made.count;
  }
  return made;
}

// What was durable when the power went is there afterwards; so is all that came later. How many
// fingerprints were on their way.
std::int64_t expect_kept(simulated_day& day, std::uint32_t channel,
                         const std::vector<recorded_second>& seconds) {
  std::set<std::int64_t> kept;
  for (const recorded_second& each : seconds) kept.insert(each.time);
  const handed_ticks& handed = day.handed(channel);
  EXPECT_TRUE(handed.durable_at_kill);
  std::int64_t lost = 0;
  for (const std::int64_t time : handed.fingerprints) {
    if (kept.contains(time)) continue;
    ++lost;
    EXPECT_GT(time, handed.durable_at_kill.value_or(0)) << simulated_day::channel_name(channel);
    EXPECT_LT(time, day.down_from() + ahead_max) << simulated_day::channel_name(channel);
  }
  return lost;
}

// Every tick from the first to the last is a fingerprint that was served for it, or a gap that has
// a reason. Of those of the downtime all but what the power has taken lie in it.
void expect_accounted(simulated_day& day, std::uint32_t channel,
                      const std::vector<recorded_second>& seconds, gap_counts& all) {
  const std::string name = simulated_day::channel_name(channel);
  for (const recorded_second& each : seconds) {
    ASSERT_TRUE(day.network().served(channel, each.time, each.bits)) << name << " " << each.time;
  }
  ASSERT_FALSE(seconds.empty()) << name;
  const std::int64_t lost = expect_kept(day, channel, seconds);
  const std::int64_t window_from = day.now() - day.searched_by(channel).window_seconds;
  const gap_counts gaps = day.gaps(channel);
  const channel_entry& entry = day.entry(channel);
  ASSERT_TRUE(entry.durable_through);
  const std::int64_t last = *entry.durable_through;
  EXPECT_EQ(gaps[static_cast<std::size_t>(gap_reason::absent)], 0U) << name;
  // All that it had not shown by then may be down: of a source that is behind the clock and fails
  // when the service is back nobody knows which seconds it shows meanwhile.
  const std::int64_t unseen =
      std::max<std::int64_t>(day.down_from() - 1 - day.handed(channel).newest_at_kill.value(), 0);
  EXPECT_LE(static_cast<std::int64_t>(gaps[static_cast<std::size_t>(gap_reason::down)]),
            day.seconds_down() + lost + unseen + restart_ticks_max)
      << name;
  if (day.searched_by(channel).window_seconds > last - day_begin) {
    const auto sum = std::accumulate(gaps.begin(), gaps.end(), std::uint64_t{0});
    // A frame's second may lie before the channel was made.
    const std::int64_t begun = std::min(entry.created_at, seconds.front().time);
    const std::int64_t first = std::max(begun, window_from);
    const auto counted = std::count_if(seconds.begin(), seconds.end(),
                                       [&](const auto& each) { return each.time >= first; });
    // The second in which it was made is nobody's where nothing came of it.
    const bool is_left_out =
        first == entry.created_at && day.handed(channel).oldest > entry.created_at;
    EXPECT_EQ(static_cast<std::int64_t>(sum) + counted, last - first + (is_left_out ? 0 : 1))
        << name;
    // A source that tells its second, and is behind, shows seconds of the downtime afterwards.
    const auto shown = std::count_if(seconds.begin(), seconds.end(), [&](const auto& each) {
      return each.time >= day.down_from() && each.time < day.down_from() + day.seconds_down();
    });
    EXPECT_GE(static_cast<std::int64_t>(gaps[static_cast<std::size_t>(gap_reason::down)]) + shown,
              day.seconds_down())
        << name;
    for (std::size_t i = 0; i < gap_reasons; ++i) all[i] += gaps[i];
  }
}

void run_and_judge(const day_plan& plan) {
  simulated_day day{plan};
  day.run();
  if (testing::Test::HasFailure()) return;
  const taken_reports taken = without_duplicates(day.network().accepted());
  gap_counts gaps{};
  std::uint64_t fingerprints = 0;
  for (std::uint32_t channel = 0; channel < plan.channels; ++channel) {
    const std::string name = simulated_day::channel_name(channel);
    const auto seconds = day.exported(channel);
    fingerprints += seconds.size();
    expect_accounted(day, channel, seconds, gaps);
    const auto reported = taken.lines.find(name);
    ASSERT_NE(reported, taken.lines.end()) << name;
    const std::string expected = scanned(seconds, name, day.searched_by(channel));
    // No EXPECT_EQ: a difference of two days of reports takes minutes to print.
    if (reported->second == expected) continue;
    const auto differ = std::mismatch(expected.begin(), expected.end(), reported->second.begin(),
                                      reported->second.end());
    const auto at = static_cast<std::size_t>(differ.first - expected.begin());
    const std::size_t from = at < 200 ? 0 : at - 200;
    ADD_FAILURE() << name << ": expected ..." << expected.substr(from, 500) << "...\nreported ..."
                  << reported->second.substr(from, 500);
  }
  std::string reasons;
  for (std::size_t i = 0; i < gap_reasons; ++i) {
    if (gaps[i] == 0) continue;
    reasons.append(" ").append(to_string(static_cast<gap_reason>(i))).append(" ");
    reasons.append(std::to_string(gaps[i]));
  }
  std::printf(
      "day: %u channels, %lld s, seed %llu: %llu fingerprints, %llu reports, %llu duplicates, "
      "%llu refused; gaps:%s\n",
      plan.channels, static_cast<long long>(plan.ticks), static_cast<unsigned long long>(plan.seed),
      static_cast<unsigned long long>(fingerprints), static_cast<unsigned long long>(taken.count),
      static_cast<unsigned long long>(taken.duplicates),
      static_cast<unsigned long long>(day.network().refusals()), reasons.c_str());
  EXPECT_GT(taken.count, fingerprints / 10);
  EXPECT_GT(taken.duplicates, 0U);
}

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(SimulatedDay, ReportsWhatAScanOfItsExportFinds) {
  day_plan plan{.seed = number_in("REPRISE_SOAK_SEED", 1)};
  const auto channels = static_cast<std::uint32_t>(number_in("REPRISE_SOAK", 0));
  if (channels > 0) {
    plan.channels = channels;
    plan.ticks = 86'400;
  }
  run_and_judge(plan);
}

// Everything that leaves the service, and when, and all that it keeps.
std::string trace_of(const day_plan& plan) {
  simulated_day day{plan};
  day.run();
  std::string made;
  for (const accepted_report& one : day.network().accepted()) {
    made.append(std::to_string(one.at.time_since_epoch().count())).append(" ");
    made.append(one.webhook_id).append(" ").append(one.body).append("\n");
  }
  for (std::uint32_t channel = 0; channel < plan.channels; ++channel) {
    for (const recorded_second& each : day.exported(channel)) {
      made += std::to_string(each.time);
      made.append(reinterpret_cast<const char*>(each.bits.data()), each.bits.size());
    }
    for (const std::uint64_t count : day.gaps(channel)) {
      made.append(" ").append(std::to_string(count));
    }
  }
  return made;
}

TEST(SimulatedDay, IsTheSameToTheByteWithTheSameSeed) {
  const day_plan plan{.seed = 5, .channels = 4, .ticks = 900};
  const std::string once = trace_of(plan);
  EXPECT_GT(once.size(), 100'000U);
  EXPECT_TRUE(trace_of(plan) == once);
  EXPECT_FALSE(trace_of({.seed = 6, .channels = 4, .ticks = 900}) == once);
}

}  // namespace
}  // namespace reprise
