// What the tests of live moving averages share: events, and a library in a directory of its own.
//
// Errors   a failure of the store fails the test
// Threads  one at a time
// Owns     the directory and the library
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "host/moving_average/delivery_store.hpp"
#include "tests/moving_average_support.hpp"
#include "tests/temporary_directory.hpp"

namespace reprise {

struct client_event {
  made_up_event at;
  std::string client = {};  // "": none
};

inline event_time at_us(std::int64_t us) {
  return event_time{std::chrono::microseconds{us}};
}
inline event_minute at_minute(std::int64_t minute) {
  return event_minute{std::chrono::minutes{minute}};
}

inline event_batch batch_of(const std::vector<client_event>& events) {
  event_batch made;
  for (const client_event& each : events) {
    delivery_event event;
    event.time = at_us(each.at.time_us);
    event.duration = *duration_sum::of_seconds(static_cast<double>(each.at.duration_ms) / 1'000);
    if (!each.client.empty()) event.client_name = each.client;
    made.add(event);
  }
  return made;
}

// The total of the events in (date - window, date], of one client where it is named.
inline duration_total naive_total(const std::vector<client_event>& events, std::int64_t window,
                                  std::int64_t date, const std::string& client) {
  duration_total total;
  for (const client_event& each : events) {
    const std::int64_t from = (date - window) * us_of_minute, to = date * us_of_minute;
    if (each.at.time_us <= from || each.at.time_us > to) continue;
    if (!client.empty() && each.client != client) continue;
    total += {*duration_sum::of_seconds(static_cast<double>(each.at.duration_ms) / 1'000), 1};
  }
  return total;
}

class delivery_fixture : public ::testing::Test {
 protected:
  delivery_fixture() { reopen(); }

  void reopen(std::vector<std::uint32_t> windows = {10}) {
    writer_.reset();
    reader_.reset();
    file_ = std::make_unique<library_file>(path_, "");
    const auto opened = file_->open();
    ASSERT_TRUE(opened) << opened.error().what;
    writer_ = make_delivery_writer(*file_, std::move(windows));
    reader_ = make_delivery_reader(*file_);
    const auto prepared = writer_->prepare();
    ASSERT_TRUE(prepared) << prepared.error().what;
  }
  void add(const std::vector<client_event>& events, std::int64_t received_us = 0) {
    const auto added = writer_->add(batch_of(events), at_us(received_us));
    ASSERT_TRUE(added) << added.error().what;
  }
  std::vector<duration_total> averages(std::uint32_t window, std::int64_t from, std::int64_t to,
                                       const std::string& client = "") {
    auto read = reader_->averages(window, at_minute(from), at_minute(to), client);
    EXPECT_TRUE(read) << read.error().what;
    return read ? *read : std::vector<duration_total>{};
  }
  std::uint64_t expire_all(std::int64_t before_us) {
    for (std::uint64_t gone = 0;;) {
      const auto some = writer_->expire(at_us(before_us));
      EXPECT_TRUE(some) << some.error().what;
      if (!some || *some == 0) return gone;
      gone += *some;
    }
  }
  // The rows of a table, column by column.
  std::vector<std::string> rows_of(const std::string& columns, const std::string& table) {
    auto db = sqlite::connection::open_reader(path_, library_schema(), {});
    EXPECT_TRUE(db) << db.error().what;
    std::vector<std::string> rows;
    auto selected = db->prepare("select " + columns + " from " + table + " order by 1");
    EXPECT_TRUE(selected) << selected.error().what;
    auto row = selected->select();
    while (row.next().value()) rows.emplace_back(row.text(0));
    return rows;
  }
  std::int64_t count_of(const std::string& table) {
    auto db = sqlite::connection::open_reader(path_, library_schema(), {});
    EXPECT_TRUE(db) << db.error().what;
    return db->integer("select count(*) from " + table).value().value();
  }

  temporary_directory directory_;
  std::string path_ = directory_.path() + "/library.db";
  std::unique_ptr<library_file> file_;
  std::unique_ptr<delivery_writer> writer_;
  std::unique_ptr<delivery_reader> reader_;
};

}  // namespace reprise
