#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "tests/state_support.hpp"

namespace reprise {
namespace {

class StateOutbox : public state_store_fixture {
 protected:
  std::vector<std::int64_t> ids_of(const outcome<std::vector<delivery>>& read) {
    EXPECT_TRUE(read) << read.error().what;
    std::vector<std::int64_t> ids;
    for (const delivery& one : *read) ids.push_back(one.id);
    return ids;
  }
  // Every page of the list.
  std::vector<std::int64_t> listed(std::optional<delivery_state> state, page_request asked) {
    std::vector<std::int64_t> ids;
    do {
      const auto read = reader().deliveries(state, asked);
      EXPECT_TRUE(read) << read.error().what;
      for (const delivery& one : read->items) ids.push_back(one.id);
      asked.cursor = read->next;
    } while (asked.cursor);
    return ids;
  }
};

TEST_F(StateOutbox, TakesAReplayedReportOnlyWhereItsTickHasNone) {
  const channel_number channel = add("a");
  const std::int64_t id = commit_report(report(channel, noon));
  reopen();
  tick_record again = record(report(channel, noon));
  again.report->webhook_id = "rpt_of_other_settings";
  again.replay = true;
  EXPECT_EQ(commit({again}), std::vector<std::int64_t>{0});
  EXPECT_EQ(listed({}, {}), std::vector<std::int64_t>{id});
  again.time = again.report->time = noon + 1;
  EXPECT_GT(commit({again}).front(), id);
}

TEST_F(StateOutbox, GivesReportsBackByteForByte) {
  const channel_number channel = add("a");
  delivery made = report(channel, noon);
  made.body = std::string{"{\"x\":\"\0\xff\"}", 10};
  made.channel_name = "a";
  made.time = std::numeric_limits<std::int64_t>::max();
  made.attempts = UINT32_MAX;
  made.created_ms = std::numeric_limits<std::int64_t>::min();
  made.next_attempt_ms = std::numeric_limits<std::int64_t>::max();
  made.last_error = "a\nb";
  const std::int64_t id = commit_report(made);
  reopen();
  const auto read = reader().delivery_of(id);
  ASSERT_TRUE(read && *read);
  const delivery& got = **read;
  EXPECT_EQ(got.id, id);
  EXPECT_EQ(got.channel, channel);
  EXPECT_EQ(got.channel_name, made.channel_name);
  EXPECT_EQ(got.time, made.time);
  EXPECT_EQ(got.webhook_id, made.webhook_id);
  EXPECT_EQ(got.sink_url, made.sink_url);
  EXPECT_EQ(got.body, made.body);
  EXPECT_EQ(got.state, delivery_state::waiting);
  EXPECT_EQ(got.attempts, made.attempts);
  EXPECT_EQ(got.created_ms, made.created_ms);
  EXPECT_EQ(got.next_attempt_ms, made.next_attempt_ms);
  EXPECT_EQ(got.last_error, made.last_error);
  EXPECT_FALSE(*reader().delivery_of(id + 1));
}

TEST_F(StateOutbox, TakesAReportOnceUnderItsName) {
  const channel_number channel = add("a");
  const delivery made = report(channel, noon);
  const auto ids = commit({record(made), record(made), record(report(channel, noon + 1))});
  EXPECT_GT(ids[0], 0);
  EXPECT_EQ(ids[1], 0);
  EXPECT_GT(ids[2], ids[0]);
  reopen();
  EXPECT_EQ(commit_report(made), 0);
  EXPECT_EQ(figures().waiting, 2U);
  EXPECT_EQ(ids_of(reader().waiting(0, 10)), (std::vector{ids[0], ids[2]}));
}

TEST_F(StateOutbox, ChangesAsTheRulesOfAnEndingSay) {
  using enum delivery_state;
  const channel_number channel = add("a");
  const auto allowed = [](delivery_state from, delivery_state to) {
    if (from == waiting) return true;
    if (from == dropped_overflow && to == delivered) return true;
    return to == waiting && from != delivered && from != channel_deleted;
  };
  std::int64_t time = noon;
  for (const auto from :
       {waiting, delivered, expired, dropped_overflow, sink_disabled, channel_deleted}) {
    for (const auto to :
         {waiting, delivered, expired, dropped_overflow, sink_disabled, channel_deleted}) {
      const std::int64_t id = commit_report(report(channel, ++time));
      change(id, from);
      change(id, to);
      EXPECT_EQ(state_of(id), allowed(from, to) ? to : from)
          << to_string(from) << " to " << to_string(to);
    }
  }
  EXPECT_EQ(figures().waiting, ids_of(reader().waiting(0, 1'000)).size());
  change(time + 1'000, delivered);  // none: no failure
}

TEST_F(StateOutbox, CountsEndingsAndWhatWaits) {
  const channel_number channel = add("a");
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(commit_report(report(channel, noon + i, i == 3 ? "http://b/" : "http://a/")));
  }
  EXPECT_EQ(figures().waiting, 4U);
  EXPECT_EQ(figures().fullest, 3U);
  EXPECT_EQ(figures().oldest_ms, noon * 1'000);
  change(ids[0], delivery_state::delivered);
  change(ids[1], delivery_state::expired);
  reopen();
  EXPECT_EQ(figures().waiting, 2U);
  EXPECT_EQ(figures().oldest_ms, (noon + 2) * 1'000);
  EXPECT_EQ(endings(delivery_state::delivered), 1U);
  EXPECT_EQ(endings(delivery_state::expired), 1U);
  change(ids[1], delivery_state::waiting);
  EXPECT_EQ(figures().oldest_ms, (noon + 1) * 1'000);
  EXPECT_EQ(endings(delivery_state::expired), 1U);  // it had ended
}

TEST_F(StateOutbox, FindsWhatWaitsOfOneChannelToOneSink) {
  const channel_number a = add("a"), b = add("b");
  const auto ids = commit({record(report(a, 1, "http://x/")), record(report(b, 1, "http://x/")),
                           record(report(a, 2, "http://y/")), record(report(a, 3, "http://x/")),
                           record(report(a, 4, "http://x/"))});
  change(ids[3], delivery_state::delivered);
  EXPECT_EQ(ids_of(reader().waiting_of("http://x/", a, 10)), (std::vector{ids[0], ids[4]}));
  EXPECT_EQ(ids_of(reader().waiting_of("http://x/", a, 1)), std::vector{ids[0]});
  EXPECT_TRUE(ids_of(reader().waiting_of("http://z/", a, 10)).empty());
  EXPECT_EQ(ids_of(reader().waiting(ids[0], 2)), (std::vector{ids[1], ids[2]}));
}

TEST_F(StateOutbox, DropsTheOldestOfASinkThatHasTooMany) {
  const channel_number channel = add("a");
  const std::int64_t other = commit_report(report(channel, 1, "http://other/"));
  std::vector<tick_record> batch;
  std::vector<std::int64_t> ids;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(waiting_reports_max) + 3; ++i) {
    batch.push_back(record(report(channel, noon + i)));
    if (i == 0) batch.push_back(record(report(channel, 2, "http://other/")));
    if (batch.size() < 10'000 && i < static_cast<std::int64_t>(waiting_reports_max)) continue;
    for (const std::int64_t id : commit(batch)) ids.push_back(id);
    batch.clear();
  }
  EXPECT_EQ(figures().waiting, waiting_reports_max + 2);
  EXPECT_EQ(figures().fullest, waiting_reports_max);
  EXPECT_EQ(endings(delivery_state::dropped_overflow), 3U);
  EXPECT_EQ(state_of(other), delivery_state::waiting);
  EXPECT_EQ(state_of(ids[0]), delivery_state::dropped_overflow);
  EXPECT_EQ(state_of(ids[1]), delivery_state::waiting);  // of the other sink
  EXPECT_EQ(state_of(ids[2]), delivery_state::dropped_overflow);
  EXPECT_EQ(state_of(ids[3]), delivery_state::dropped_overflow);
  EXPECT_EQ(state_of(ids[4]), delivery_state::waiting);
  // It was on its way.
  change(ids[0], delivery_state::delivered);
  EXPECT_EQ(state_of(ids[0]), delivery_state::delivered);
  EXPECT_EQ(figures().fullest, waiting_reports_max);
}

TEST_F(StateOutbox, ListsNewestFirstAndEachOnceWhileMoreCome) {
  const channel_number channel = add("a");
  std::vector<std::int64_t> wanted;
  for (int i = 0; i < 30; ++i) wanted.push_back(commit_report(report(channel, noon + i)));
  for (int i = 0; i < 30; i += 3) {
    change(wanted[static_cast<std::size_t>(i)], delivery_state::expired);
  }
  std::reverse(wanted.begin(), wanted.end());
  page_request asked{.limit = 4};
  std::vector<std::int64_t> seen;
  for (int step = 0;; ++step) {
    const auto read = reader().deliveries({}, asked);
    ASSERT_TRUE(read);
    for (const delivery& one : read->items) seen.push_back(one.id);
    asked.cursor = read->next;
    if (!asked.cursor) break;
    commit_report(report(channel, noon + 100 + step));
  }
  EXPECT_EQ(seen, wanted);
  const auto expired = listed(delivery_state::expired, {.limit = 3});
  EXPECT_EQ(expired.size(), 10U);
  EXPECT_TRUE(std::is_sorted(expired.rbegin(), expired.rend()));
  EXPECT_EQ(listed(delivery_state::expired, {.from = noon + 3, .to = noon + 6}),
            (std::vector{wanted[26]}));
}

TEST_F(StateOutbox, ForgetsOnlyWhatEndedLongAgo) {
  const channel_number a = add("a"), b = add("b");
  std::vector<tick_record> batch;
  for (std::int64_t i = 0; i < 1'500; ++i) {
    tick_record made = record(report(a, noon + i));
    made.best = {{noon, 1}};
    made.closed = {{.start = noon + i, .end = noon + i + 3, .lag_seconds = 1}};
    batch.push_back(made);
    made.channel = b;
    made.report.reset();
    batch.push_back(made);
  }
  const auto ids = commit(batch);
  repeat open{.start = noon, .end = noon, .lag_seconds = 9, .open = true};
  ASSERT_TRUE(writer().extend_open(a, std::span{&open, 1}));
  std::vector<outcome_change> changes;
  for (std::size_t i = 0; i < ids.size(); i += 2) {
    if (i != 10) changes.push_back({.id = ids[i], .state = delivery_state::delivered});
  }
  ASSERT_TRUE(writer().change(changes));
  const retention keep{.matches_before = noon + 1'000,
                       .repeats_before = noon + 1'100,
                       .deliveries_before_ms = (noon + 1'200) * 1'000};
  int slices = 1;
  while (*writer().maintain(keep)) ASSERT_LT(++slices, 100);
  EXPECT_GT(slices, 3);
  EXPECT_FALSE(*writer().maintain(keep));
  for (const channel_number channel : {a, b}) {
    EXPECT_EQ(match_times(channel, {.limit = 5'000}).size(), 500U);
    EXPECT_EQ(match_times(channel).front(), noon + 1'000);
  }
  EXPECT_EQ(repeats(a, {.limit = 5'000}).size(), 1U + 1'500 - 1'097);
  EXPECT_TRUE(repeats(a).front().open);
  EXPECT_EQ(repeats(b).front().end, noon + 1'100);
  const auto left = listed({}, {.limit = 1'000});
  EXPECT_EQ(left.size(), 1U + 300);
  EXPECT_EQ(left.back(), ids[10]);
  EXPECT_EQ(endings(delivery_state::delivered), 1'499U);
}

// A reader on another thread sees whole commits alone: as many reports as matches, always.
TEST_F(StateOutbox, IsReadWhileItIsWritten) {
  const channel_number channel = add("a");
  std::atomic<bool> ended{false};
  std::thread reading{[&] {
    while (!ended) {
      const auto reports = reader().waiting(0, 10'000);
      const auto matches = reader().matches(channel, {.limit = 10'000});
      ASSERT_TRUE(reports && matches);
      ASSERT_EQ(reports->size() % 10, 0U);
      ASSERT_EQ(matches->items.size() % 10, 0U);
    }
  }};
  for (std::int64_t i = 0; i < 100; ++i) {
    std::vector<tick_record> batch;
    for (std::int64_t j = 0; j < 10; ++j) {
      batch.push_back(record(report(channel, noon + 10 * i + j)));
      batch.back().best = {{noon, 1}};
    }
    commit(batch);
  }
  ended = true;
  reading.join();
  EXPECT_EQ(ids_of(reader().waiting(0, 10'000)).size(), 1'000U);
}

// Random work beside a model of it in plain maps; the store is opened anew now and then.
TEST_F(StateOutbox, DoesWhatAModelOfItDoes) {
  using enum delivery_state;
  std::mt19937 random{20'240'601};
  const auto below = [&](int bound) {
    return static_cast<std::int64_t>(random() % static_cast<unsigned>(bound));
  };
  struct known {
    channel_number channel;
    std::string sink, name;
    delivery_state state;
  };
  std::map<std::int64_t, known> model;
  std::map<channel_number, std::set<std::int64_t>> matches;
  std::map<delivery_state, std::uint64_t> ended;
  std::vector<channel_number> channels = {add("0")};
  int added = 1;
  for (int step = 0; step < 600; ++step) {
    const std::int64_t kind = below(100);
    const channel_number channel =
        channels[static_cast<std::size_t>(below(static_cast<int>(channels.size())))];
    if (kind < 50) {
      delivery made = report(channel, below(400), below(2) == 0 ? "http://a/" : "http://b/");
      tick_record tick = record(made);
      tick.best = {{made.time - 1, 1}};
      const bool there = std::any_of(model.begin(), model.end(), [&](const auto& of) {
        return of.second.name == made.webhook_id;
      });
      const std::int64_t id = commit({tick}).front();
      ASSERT_EQ(id == 0, there);
      matches[channel].insert(made.time);
      if (!there) model[id] = {channel, made.sink_url, made.webhook_id, waiting};
    } else if (kind < 90 && !model.empty()) {
      auto at = model.begin();
      std::advance(at, below(static_cast<int>(model.size())));
      const auto to = static_cast<delivery_state>(below(5));
      change(at->first, to);
      auto& state = at->second.state;
      const bool allowed = state == waiting || (state == dropped_overflow && to == delivered) ||
                           (to == waiting && state != delivered && state != channel_deleted);
      if (!allowed || state == to) continue;
      state = to;
      if (to != waiting) ++ended[to];
    } else if (kind < 93) {
      channels.push_back(add(std::to_string(added++)));
    } else if (kind < 95 && channels.size() > 1) {
      ASSERT_TRUE(writer().remove_channel(channel));
      std::erase(channels, channel);
      matches.erase(channel);
      for (auto& [id, of] : model) {
        if (of.channel != channel || of.state != waiting) continue;
        of.state = channel_deleted;
        ++ended[channel_deleted];
      }
    } else if (kind < 98) {
      ASSERT_TRUE(writer().maintain({.deliveries_before_ms = -1}));
    } else {
      reopen();
    }
  }
  for (const auto& [id, of] : model) ASSERT_EQ(state_of(id), of.state) << id;
  for (const channel_number channel : channels) {
    const auto read = match_times(channel, {.limit = 1'000});
    EXPECT_EQ(std::set(read.begin(), read.end()), matches[channel]);
  }
  std::vector<std::int64_t> all;
  for (const auto& [id, of] : model) all.insert(all.begin(), id);
  EXPECT_EQ(listed({}, {.limit = 7}), all);
  std::uint64_t waits = 0;
  for (const auto& [id, of] : model) waits += of.state == waiting ? 1 : 0;
  EXPECT_EQ(figures().waiting, waits);
  for (const auto& [state, count] : ended) EXPECT_EQ(endings(state), count) << to_string(state);
}

}  // namespace
}  // namespace reprise
