// What the tests of state.db share: a store in a directory of its own, and short ways to fill and
// read it.
//
// Errors   a failure of the store fails the test
// Threads  one at a time
// Owns     the directory and the store
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "host/store/state_store.hpp"
#include "tests/temporary_directory.hpp"

namespace reprise {

inline constexpr std::int64_t noon = 1'700'000'000;

class state_store_fixture : public ::testing::Test {
 protected:
  state_store_fixture() { reopen(); }

  void reopen() {
    files_ = {};
    auto opened = open_state(directory_.path());
    ASSERT_TRUE(opened) << opened.error().what;
    files_ = std::move(*opened);
  }
  state_writer& writer() { return *files_.writer; }
  state_reader& reader() { return *files_.reader; }

  channel_number add(const std::string& name, const channel_settings& settings = {}) {
    const auto added = writer().add_channel(name, settings, noon);
    EXPECT_TRUE(added) << added.error().what;
    return added->number;
  }
  // The ids of the reports.
  std::vector<std::int64_t> commit(const std::vector<tick_record>& batch) {
    std::vector<std::int64_t> ids;
    const auto done = writer().commit(batch, ids);
    EXPECT_TRUE(done) << done.error().what;
    EXPECT_EQ(ids.size(), batch.size());
    return ids;
  }
  static std::string named(std::string text, std::int64_t number) {
    return text += std::to_string(number);
  }
  static delivery report(channel_number channel, std::int64_t time,
                         const std::string& sink = "http://sink/") {
    return {.channel = channel,
            .channel_name = named("c", channel),
            .time = time,
            .webhook_id = named(named("rpt_", channel) += '_', time) += sink,
            .sink_url = sink,
            .body = "{}",
            .created_ms = time * 1'000,
            .next_attempt_ms = time * 1'000};
  }
  static tick_record record(const delivery& report) {
    return {.channel = report.channel, .time = report.time, .report = report};
  }
  std::int64_t commit_report(const delivery& report) { return commit({record(report)}).front(); }

  void change(std::int64_t id, delivery_state state, std::uint32_t attempts = 1) {
    const outcome_change changed{.id = id, .state = state, .attempts = attempts};
    ASSERT_TRUE(writer().change(std::span{&changed, 1}));
  }
  delivery_state state_of(std::int64_t id) {
    const auto found = reader().delivery_of(id);
    EXPECT_TRUE(found && *found) << id;
    return (*found)->state;
  }
  outbox_figures figures() {
    const auto read = reader().outbox();
    EXPECT_TRUE(read) << read.error().what;
    return *read;
  }
  std::uint64_t endings(delivery_state state) {
    return figures().endings[static_cast<std::size_t>(state)];
  }
  std::vector<std::int64_t> match_times(channel_number channel, page_request asked = {}) {
    std::vector<std::int64_t> times;
    const auto read = reader().matches(channel, asked);
    EXPECT_TRUE(read) << read.error().what;
    for (const match_row& row : read->items) times.push_back(row.time);
    return times;
  }
  std::vector<repeat> repeats(channel_number channel, page_request asked = {}) {
    const auto read = reader().repeats(channel, asked);
    EXPECT_TRUE(read) << read.error().what;
    return read->items;
  }

  temporary_directory directory_;
  state_files files_;
};

}  // namespace reprise
