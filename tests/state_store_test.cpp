#include "host/store/state_store.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <string>

#include "tests/state_support.hpp"

namespace reprise {
namespace {

constexpr score_value score_max = ~score_value{0};

class StateStore : public state_store_fixture {};
using StateChannels = StateStore;
using StateKeys = StateStore;
using StateMatches = StateStore;
using StateRepeats = StateStore;

TEST_F(StateChannels, ComeBackWithEveryFieldToTheBit) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const std::vector<channel_settings> wanted = {
      {},
      {.source_url = "http://a/?x=1", .reporting_url = "https://b/", .threshold = 0.0},
      {.threshold = std::bit_cast<double>(std::uint64_t{1}), .enabled = false},
      {.threshold = -0.0, .still = still_policy::match},
      {.threshold = std::numeric_limits<double>::max(), .still = still_policy::skip},
      {.similarity = 0.1 + 0.2, .min_lag_seconds = 0, .window_seconds = 1, .top_k = 2},
      {.min_lag_seconds = UINT32_MAX, .window_seconds = UINT32_MAX, .top_k = UINT32_MAX},
      {.report_empty = true, .source_headers = {{"", ""}, {"Authorization", bytes}}},
      {.reporting_headers = {{"X", std::string(100'000, 'v')}, {"X", "again"}}},
  };
  std::vector<channel_number> numbers;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    numbers.push_back(add(named("c", static_cast<std::int64_t>(i)), wanted[i]));
  }
  reopen();
  const auto read = reader().channels();
  ASSERT_TRUE(read) << read.error().what;
  ASSERT_EQ(read->size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const stored_channel& channel = (*read)[i];
    EXPECT_EQ(channel.number, numbers[i]);
    EXPECT_EQ(channel.name, named("c", static_cast<std::int64_t>(i)));
    EXPECT_EQ(channel.created_at, noon);
    EXPECT_EQ(channel.settings, wanted[i]) << i;
    const auto bits = [](const auto& of) {
      return of ? std::bit_cast<std::uint64_t>(*of) : UINT64_MAX;
    };
    EXPECT_EQ(bits(channel.settings.threshold), bits(wanted[i].threshold)) << i;
  }
}

TEST_F(StateChannels, TakeANameOnceAndANumberNeverAgain) {
  const channel_number first = add("a");
  const auto again = writer().add_channel("a", {}, noon);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, errc::data_conflict);
  ASSERT_TRUE(writer().remove_channel(first));
  reopen();
  EXPECT_GT(add("a"), first);
}

TEST_F(StateChannels, AreChangedWhole) {
  const channel_number number =
      add("a", {.threshold = 2.0, .reporting_headers = {{"name", "value"}}});
  ASSERT_TRUE(writer().change_channel(number, {.source_url = "http://a/"}));
  EXPECT_EQ(reader().channels()->front().settings, (channel_settings{.source_url = "http://a/"}));
}

TEST_F(StateChannels, ThatAreNotThereAreNotFound) {
  EXPECT_EQ(writer().change_channel(7, {}).error().code, errc::not_found);
  EXPECT_EQ(writer().remove_channel(7).error().code, errc::not_found);
}

TEST_F(StateChannels, TakeTheirMatchesRepeatsAndWaitingReportsAlong) {
  const channel_number gone = add("gone"), kept = add("kept");
  std::vector<std::int64_t> ids;
  for (const channel_number channel : {gone, kept}) {
    for (std::int64_t time = noon; time < noon + 1'200; ++time) {
      tick_record made = record(report(channel, time));
      made.best = {{time - 1, 5}};
      made.closed = {{.start = time, .end = time, .lag_seconds = 9}};
      ids.push_back(commit({made}).front());
      if (time == noon + 100) break;
    }
  }
  change(ids.front(), delivery_state::delivered);
  ASSERT_TRUE(writer().remove_channel(gone));
  EXPECT_TRUE(match_times(gone).empty());
  EXPECT_TRUE(repeats(gone).empty());
  EXPECT_EQ(state_of(ids[0]), delivery_state::delivered);
  EXPECT_EQ(state_of(ids[1]), delivery_state::channel_deleted);
  EXPECT_EQ(endings(delivery_state::channel_deleted), 100U);
  EXPECT_EQ(figures().waiting, 101U);
  while (*writer().maintain({})) {
  }
  EXPECT_EQ(match_times(kept, {.limit = 1'000}).size(), 101U);
  EXPECT_EQ(repeats(kept, {.limit = 1'000}).size(), 101U);
  // A tick of it that was still on its way is left out.
  EXPECT_EQ(commit_report(report(gone, noon + 9'000)), 0);
}

TEST_F(StateKeys, AreKeptAndRevokedOnce) {
  stored_key key{.id = "k1", .label = "a \"label\"\n", .created_at = noon};
  for (std::size_t i = 0; i < key.hash.size(); ++i) key.hash[i] = std::byte(255 - i);
  ASSERT_TRUE(writer().add_key(key));
  EXPECT_EQ(writer().add_key(key).error().code, errc::data_conflict);
  EXPECT_EQ(writer().revoke_key("k2", noon + 1).value(), false);
  EXPECT_EQ(writer().revoke_key("k1", noon + 1).value(), true);
  EXPECT_EQ(writer().revoke_key("k1", noon + 2).value(), false);
  reopen();
  const auto read = reader().keys();
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->front().id, key.id);
  EXPECT_EQ(read->front().label, key.label);
  EXPECT_EQ(read->front().hash, key.hash);
  EXPECT_EQ(read->front().created_at, noon);
  EXPECT_EQ(read->front().revoked_at, noon + 1);
}

TEST_F(StateMatches, ComeBackExactInTheirOrder) {
  const channel_number channel = add("a");
  const std::vector<stored_match> best = {
      {noon - 1, score_max},
      {noon - 604'800, score_max >> 1},
      {noon, 0},
      {std::numeric_limits<std::int64_t>::min(), score_value{1} << 64}};
  commit({{.channel = channel, .time = noon, .best = best},
          {.channel = channel, .time = std::numeric_limits<std::int64_t>::max(), .best = best},
          {.channel = channel, .time = std::numeric_limits<std::int64_t>::min(), .best = best},
          {.channel = channel, .time = noon + 1, .best = {}}});
  reopen();
  const auto read = reader().matches(channel, {});
  ASSERT_TRUE(read);
  ASSERT_EQ(read->items.size(), 3U);
  for (const match_row& row : read->items) EXPECT_EQ(row.best, best);
  EXPECT_EQ(match_times(channel, {.from = noon, .to = noon + 1}), std::vector<std::int64_t>{noon});
  EXPECT_TRUE(match_times(channel, {.to = std::numeric_limits<std::int64_t>::min()}).empty());
}

TEST_F(StateMatches, OfATickThatIsThereStayAsTheyAre) {
  const channel_number channel = add("a");
  commit({{.channel = channel, .time = noon, .best = {{noon - 1, 1}}}});
  commit({{.channel = channel, .time = noon, .best = {{noon - 2, 2}}, .replay = true}});
  EXPECT_EQ(reader().matches(channel, {})->items.front().best,
            (std::vector<stored_match>{{noon - 1, 1}}));
}

TEST_F(StateMatches, ArePagedWholeWhileMoreAreWritten) {
  const channel_number channel = add("a"), other = add("b");
  for (std::int64_t i = 0; i < 50; ++i) {
    commit({{.channel = channel, .time = noon + i, .best = {{noon, 1}}},
            {.channel = other, .time = noon + i, .best = {{noon, 1}}}});
  }
  page_request asked{.from = noon + 3, .limit = 7};
  std::vector<std::int64_t> seen;
  for (std::int64_t step = 0;; ++step) {
    const auto read = reader().matches(channel, asked);
    ASSERT_TRUE(read);
    for (const match_row& row : read->items) seen.push_back(row.time);
    if (!read->next) break;
    EXPECT_EQ(read->items.size(), 7U);
    asked.cursor = read->next;
    if (step < 5) commit({{.channel = channel, .time = noon + 50 + step, .best = {{noon, 1}}}});
  }
  std::vector<std::int64_t> wanted;
  for (std::int64_t i = 3; i < 55; ++i) wanted.push_back(noon + i);
  EXPECT_EQ(seen, wanted);
}

TEST_F(StateStore, RefusesCursorsThatAreNoneOfTheList) {
  const channel_number channel = add("a");
  for (std::int64_t i = 0; i < 3; ++i) {
    commit({{.channel = channel, .time = noon + i, .best = {{noon, 1}}}});
    commit_report(report(channel, noon + i));
  }
  const std::string of_matches = *reader().matches(channel, {.limit = 1})->next;
  std::string upper = of_matches;
  upper.back() = 'A';
  for (const std::string& cursor :
       {std::string{}, std::string{"zz"}, of_matches + "00", of_matches.substr(2), upper,
        *reader().deliveries({}, {.limit = 1})->next}) {
    EXPECT_EQ(reader().matches(channel, {.cursor = cursor}).error().code, errc::usage) << cursor;
  }
  EXPECT_EQ(reader().repeats(channel, {.cursor = of_matches}).error().code, errc::usage);
  EXPECT_EQ(reader().deliveries({}, {.cursor = of_matches}).error().code, errc::usage);
}

TEST_F(StateRepeats, AreOneRowForEachLagAndStart) {
  const channel_number channel = add("a");
  repeat growing{.start = noon, .end = noon + 5, .lag_seconds = 60, .score = 7, .open = true};
  repeat still{.kind = repeat_kind::still, .start = noon, .end = noon + 5, .lag_seconds = 1};
  const repeat other{.start = noon, .end = noon + 5, .lag_seconds = 61, .score = score_max};
  commit({{.channel = channel, .time = noon + 5, .opened = {growing, still}, .closed = {other}}});
  growing.end = still.end = noon + 9;
  growing.score = 9;
  still.lag_seconds = 3;  // its source moves with it
  ASSERT_TRUE(writer().extend_open(channel, std::vector{growing, still}));
  still.open = true;
  EXPECT_EQ(repeats(channel), (std::vector{still, growing, other}));
  growing.open = still.open = false;
  commit({{.channel = channel, .time = noon + 10, .closed = {growing, still}}});
  EXPECT_EQ(repeats(channel), (std::vector{still, growing, other}));
}

TEST_F(StateRepeats, ThatWereOpenAreClosedWhereTheyWereLastSeen) {
  const channel_number channel = add("a");
  repeat open{.start = noon, .end = noon + 5, .lag_seconds = 60, .score = 7, .open = true};
  commit({{.channel = channel, .time = noon + 5, .opened = {open}}});
  open.end = noon + 30;
  ASSERT_TRUE(writer().extend_open(channel, std::span{&open, 1}));
  reopen();
  open.open = false;
  EXPECT_EQ(repeats(channel), std::vector{open});
  // Matched again from the middle on, it is open and no shorter; then closed as it was.
  repeat again{.start = noon, .end = noon + 7, .lag_seconds = 60, .score = 3};
  commit({{.channel = channel, .time = noon + 7, .opened = {again}, .replay = true}});
  open.open = true;
  EXPECT_EQ(repeats(channel), std::vector{open});
}

TEST_F(StateRepeats, AreFoundByWhatTheyTouch) {
  const channel_number channel = add("a");
  const auto made = [](std::int64_t start, std::int64_t end, std::uint32_t lag) {
    return repeat{.start = start, .end = end, .lag_seconds = lag};
  };
  const std::vector all = {made(10, 100, 5), made(20, 30, 5), made(20, 40, 6), made(50, 60, 1)};
  commit({{.channel = channel, .time = 100, .closed = all}});
  EXPECT_EQ(repeats(channel), all);
  EXPECT_EQ(repeats(channel, {.from = 40, .to = 50}), (std::vector{all[0], all[2]}));
  EXPECT_EQ(repeats(channel, {.from = 41, .to = 51}), (std::vector{all[0], all[3]}));
  EXPECT_TRUE(repeats(channel, {.from = 101}).empty());
  EXPECT_TRUE(repeats(channel, {.to = 10}).empty());
  page_request asked{.limit = 1};
  std::vector<repeat> seen;
  do {
    const auto read = reader().repeats(channel, asked);
    ASSERT_TRUE(read);
    seen.insert(seen.end(), read->items.begin(), read->items.end());
    asked.cursor = read->next;
  } while (asked.cursor);
  EXPECT_EQ(seen, all);
}

}  // namespace
}  // namespace reprise
