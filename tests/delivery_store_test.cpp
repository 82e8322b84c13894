// Delivery events in library.db: their sums and averages against the definition, written down.
#include "tests/delivery_support.hpp"

#include <algorithm>
#include <map>

#include "tests/failing_disk.hpp"

namespace reprise {
namespace {

using DeliveryStore = delivery_fixture;
using DeliveryExpiry = delivery_fixture;
using DeliveryWindows = delivery_fixture;

// Some minutes are full, some empty; whole minutes and times just behind them are frequent.
std::vector<client_event> random_events(std::mt19937_64& random, std::size_t count,
                                        std::int64_t from_minute, std::int64_t minutes) {
  const std::vector<std::string> clients{"", "a", "b", "b"};
  std::vector<client_event> made;
  for (std::size_t i = 0; i < count; ++i) {
    const auto minute = from_minute + static_cast<std::int64_t>(random() % minutes);
    const std::int64_t within[] = {0, 1, us_of_minute - 1,
                                   static_cast<std::int64_t>(random() % us_of_minute)};
    made.push_back({{minute * us_of_minute + within[random() % 4],
                     static_cast<std::int64_t>(random() % 100'000)},
                    clients[random() % clients.size()]});
  }
  return made;
}

TEST_F(DeliveryStore, GivesWhatTheDefinitionSaysWhateverTheOrder) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    std::mt19937_64 random{seed};
    std::filesystem::remove(path_);
    reopen({1, 10, 60});
    const std::int64_t begin = 25'760'000 + static_cast<std::int64_t>(seed);
    const auto events = random_events(random, 300, begin, 200);
    for (std::size_t i = 0; i < events.size();) {
      const std::size_t end = std::min(events.size(), i + 1 + random() % 40);
      add({events.begin() + static_cast<std::ptrdiff_t>(i),
           events.begin() + static_cast<std::ptrdiff_t>(end)});
      i = end;
    }
    for (const std::uint32_t window : {1U, 2U, 10U, 60U, 1'440U}) {
      for (const char* client : {"", "a", "b", "nobody"}) {
        const auto read = averages(window, begin - 20, begin + 300, client);
        for (std::size_t i = 0; i < read.size(); ++i) {
          const std::int64_t date = begin - 20 + static_cast<std::int64_t>(i);
          EXPECT_EQ(read[i], naive_total(events, window, date, client))
              << "seed " << seed << " window " << window << " date " << date << client;
        }
        EXPECT_EQ(read.size(), 321U);
      }
    }
  }
}

TEST_F(DeliveryStore, GivesWhatTheCommandPrintsToTheByte) {
  std::mt19937_64 random{7};
  const std::int64_t begin = 25'760'000;
  auto events = random_events(random, 400, begin, 120);
  for (const client_event& each : events) add({each});
  std::sort(events.begin(), events.end(),
            [](const auto& a, const auto& b) { return a.at.time_us < b.at.time_us; });
  std::vector<made_up_event> plain;
  plain.reserve(events.size());
  for (const client_event& each : events) plain.push_back(each.at);
  const std::int64_t first = floor_to(plain.front().time_us, us_of_minute) / us_of_minute;
  const std::int64_t last = (plain.back().time_us + us_of_minute - 1) / us_of_minute;
  for (const std::uint32_t window : {10U, 33U}) {
    std::string rows;
    average_row_writer writer;
    std::int64_t date = first;
    for (const duration_total& each : averages(window, first, last)) {
      writer.append(rows, at_minute(date++), each.mean());
    }
    EXPECT_EQ(rows, average_text(lines_of(plain), {.window = std::chrono::minutes{window}}).rows);
  }
}

TEST_F(DeliveryStore, LetsALateEventCorrectTheMinutesThatItTouchesAndNoOther) {
  add({{{100 * us_of_minute, 4'000}}, {{130 * us_of_minute, 1'000}}});
  const auto before = averages(10, 90, 150);
  add({{{105 * us_of_minute, 8'000}, "late"}});
  const auto behind = averages(10, 90, 150);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::int64_t date = 90 + static_cast<std::int64_t>(i);
    EXPECT_EQ(before[i] != behind[i], date >= 105 && date < 115) << date;
  }
  EXPECT_EQ(behind[15].mean(), 6);  // both
  EXPECT_EQ(behind[20].mean(), 8);  // the late one alone
}

TEST_F(DeliveryStore, CountsAnEventOfNobodyForAllTogetherAlone) {
  delivery_event event;
  event.time = at_us(5 * us_of_minute);
  event.duration = *duration_sum::of_seconds(std::int64_t{3});
  event_batch batch;
  batch.add(event);
  event.client_name = "";
  batch.add(event);
  ASSERT_TRUE(writer_->add(batch, at_us(0)));
  EXPECT_EQ(averages(10, 5, 5).front().count, 2U);
  EXPECT_EQ(count_of("minute_sums"), 1);
}

TEST_F(DeliveryStore, KeepsEventsAsTheyCame) {
  delivery_event event;
  event.time = at_us(-1);
  event.duration = *duration_sum::of_seconds(0.25);
  event.translation_id = "id";
  event.source_language = "en";
  event.target_language = "";
  event.client_name = "\xc3\xbc";
  event.nr_words = 30;
  event_batch batch;
  batch.add(event);
  batch.add({});
  ASSERT_TRUE(writer_->add(batch, at_us(77)));
  ASSERT_TRUE(writer_->add(batch, at_us(77)));
  const std::string first =
      "77|1|-1|id|en||\xc3\xbc|-|30|0000000000000000"
      "03782DACE9D90000";
  const auto rows = rows_of(
      "received || '|' || number || '|' || time || '|' || ifnull(translation_id, '-') || "
      "'|' || ifnull(source_language, '-') || '|' || ifnull(target_language, '-') || '|' "
      "|| ifnull(client_name, '-') || '|' || ifnull(event_name, '-') || '|' || "
      "ifnull(nr_words, '-') || '|' || hex(duration)",
      "delivery_events");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0], first);
  EXPECT_EQ(rows[1], "77|2|0|-|-|-|-|-|-|" + std::string(32, '0'));
  EXPECT_TRUE(rows[2].starts_with("77|3|")) << rows[2];
}

TEST_F(DeliveryStore, TakesAFileOfBeforeThereWereEvents) {
  std::filesystem::remove(path_);
  const sqlite::schema older{library_schema().application_id, library_schema().steps.first(1)};
  { ASSERT_TRUE(sqlite::connection::open_writer(path_, older, {})); }
  reopen();
  add({{{us_of_minute, 1'000}}});
  EXPECT_EQ(averages(10, 1, 1).front().count, 1U);
}

TEST_F(DeliveryStore, RefusesEventsThatTouchTooManyAveragesWhole) {
  reopen({1'440, 1'439, 1'438, 1'437, 1'436, 1'435, 1'434, 1'433});
  std::vector<client_event> events;
  for (std::int64_t i = 0; i < 88; ++i) events.push_back({{i * 2'000 * us_of_minute, 1}});
  const auto refused = writer_->add(batch_of(events), at_us(0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::out_of_range);
  EXPECT_EQ(count_of("delivery_events"), 0);
  events.pop_back();
  add(events);
  EXPECT_EQ(count_of("moving_averages"), 87 * 11'492);
}

TEST_F(DeliveryStore, RefusesMoreThanASumHolds) {
  add({{{us_of_minute, 1'000}}});
  {
    auto db = sqlite::connection::open_writer(path_, library_schema(), {});
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->execute("update minute_sums set count = 100000000000"));
  }
  EXPECT_EQ(writer_->add(batch_of({{{us_of_minute, 1}}}), at_us(0)).error().code,
            errc::out_of_range);
  EXPECT_EQ(count_of("delivery_events"), 1);
}

TEST_F(DeliveryStore, TellsOfRowsThatMakeNoSense) {
  for (const char* damage :
       {"count = 0", "count = -1", "sum = x'00'", "count = 100000000001",
        "sum = x'7fffffffffffffffffffffffffffffff'", "sum = x'ff000000000000000000000000000000'"}) {
    std::filesystem::remove(path_);
    reopen();
    add({{{us_of_minute, 1'000}, "a"}});
    {
      auto db = sqlite::connection::open_writer(path_, library_schema(), {});
      ASSERT_TRUE(db);
      ASSERT_TRUE(db->execute(std::string{"update minute_sums set "} + damage));
    }
    const auto read = reader_->averages(7, at_minute(1), at_minute(1), "a");
    ASSERT_FALSE(read) << damage;
    EXPECT_EQ(read.error().code, errc::io_failed);
    EXPECT_FALSE(writer_->add(batch_of({{{us_of_minute, 1}}}), at_us(0))) << damage;
  }
}

// The tables as they should be: a row goes when nothing has touched it since.
struct table_model {
  struct row {
    duration_total total;
    std::int64_t touched = 0;
  };
  std::map<std::pair<std::string, std::int64_t>, row> sums;
  std::map<std::pair<std::uint32_t, std::int64_t>, row> averages;
  std::vector<std::uint32_t> windows{10};

  static void add_to(row& into, const duration_total& added, std::int64_t touched) {
    into.total += added;
    into.touched = std::max(into.touched, touched);
  }
  void add(const client_event& event, std::int64_t received) {
    const duration_total one{
        *duration_sum::of_seconds(static_cast<double>(event.at.duration_ms) / 1'000), 1};
    const std::int64_t minute = -floor_to(-event.at.time_us, us_of_minute) / us_of_minute;
    add_to(sums[{"", minute}], one, received);
    if (!event.client.empty()) add_to(sums[{event.client, minute}], one, received);
    for (const std::uint32_t window : windows) {
      for (std::int64_t date = minute; date < minute + window; ++date) {
        add_to(averages[{window, date}], one, received);
      }
    }
  }
  void expire(std::int64_t before) {
    std::erase_if(sums, [&](const auto& each) { return each.second.touched < before; });
    std::erase_if(averages, [&](const auto& each) { return each.second.touched < before; });
  }
  void change(const std::vector<std::uint32_t>& wanted) {
    const auto has = [](const auto& list, std::uint32_t window) {
      return std::find(list.begin(), list.end(), window) != list.end();
    };
    std::erase_if(averages, [&](const auto& each) { return !has(wanted, each.first.first); });
    for (const std::uint32_t window : wanted) {
      if (has(windows, window)) continue;
      for (const auto& [key, sum] : sums) {
        if (!key.first.empty()) continue;
        for (std::int64_t date = key.second; date < key.second + window; ++date) {
          add_to(averages[{window, date}], sum.total, sum.touched);
        }
      }
    }
    windows = wanted;
  }
  template <typename Rows>
  static std::vector<std::string> text_of(const Rows& rows) {
    std::vector<std::string> made;
    for (const auto& [key, row] : rows) {
      std::ostringstream text;
      text << key.first << '|' << key.second << '|' << row.total.count << '|' << row.touched << '|';
      for (const std::byte each : row.total.sum.encode()) {
        text << "0123456789ABCDEF"[std::to_integer<unsigned>(each) >> 4]
             << "0123456789ABCDEF"[std::to_integer<unsigned>(each) & 15];
      }
      made.push_back(text.str());
    }
    std::sort(made.begin(), made.end());
    return made;
  }
};

TEST_F(DeliveryExpiry, KeepsItsTablesAsTheModelHasThemThroughEverything) {
  constexpr const char* rest =
      " || '|' || minute || '|' || count || '|' || touched || '|' || hex(sum)";
  for (const std::uint64_t seed : {11U, 12U, 13U, 14U}) {
    std::mt19937_64 random{seed};
    std::filesystem::remove(path_);
    reopen();
    table_model model;
    std::int64_t now = 1'000;
    for (int step = 0; step < 60; ++step) {
      now += static_cast<std::int64_t>(random() % 50);
      const std::uint64_t what = random() % 10;
      if (what < 6) {
        const auto events = random_events(random, 1 + random() % 12, -30, 90);
        const std::int64_t received = now - static_cast<std::int64_t>(random() % 20);
        add(events, received);
        for (const client_event& each : events) model.add(each, received);
      } else if (what < 9) {
        const std::int64_t before = now - static_cast<std::int64_t>(random() % 400);
        expire_all(before);
        model.expire(before);
      } else {
        const std::vector<std::vector<std::uint32_t>> all{{10}, {3, 25}, {25, 10}, {1}};
        const auto& windows = all[random() % all.size()];
        reopen(windows);
        model.change(windows);
      }
      ASSERT_EQ(rows_of(std::string{"client_name"} + rest, "minute_sums"),
                table_model::text_of(model.sums))
          << "seed " << seed << " step " << step;
      ASSERT_EQ(rows_of(std::string{"window_minutes"} + rest, "moving_averages"),
                table_model::text_of(model.averages))
          << "seed " << seed << " step " << step;
    }
    expire_all(now + 1);
    for (const char* table : {"delivery_events", "minute_sums", "moving_averages"}) {
      EXPECT_EQ(count_of(table), 0) << table;
    }
  }
}

TEST_F(DeliveryExpiry, TakesManyEventsAwayInBoundedSteps) {
  std::vector<client_event> events;
  for (std::int64_t i = 0; i < 3'000; ++i) events.push_back({{i, 1}});
  add(events, 5);
  add({{{us_of_minute, 1}}}, 6);
  EXPECT_EQ(writer_->expire(at_us(6)).value(), 1'024U);
  EXPECT_EQ(expire_all(6), 3'000U - 1'024U);
  EXPECT_EQ(count_of("delivery_events"), 1);
  EXPECT_EQ(expire_all(6), 0U);
}

TEST_F(DeliveryExpiry, TakesFewEventsOfFarMinutesAtOnce) {
  reopen({1'440});
  std::vector<client_event> events;
  for (std::int64_t i = 0; i < 200; ++i) events.push_back({{i * 2'000 * us_of_minute, 1}});
  add(events, 5);
  EXPECT_EQ(writer_->expire(at_us(6)).value(), 46U);  // the first to reach 65,536 averages
  EXPECT_EQ(expire_all(6), 200U - 46U);
  EXPECT_EQ(count_of("moving_averages"), 0);
}

TEST_F(DeliveryWindows, AreMadeAnewOnlyWhereTheyAreNotThere) {
  add({{{5 * us_of_minute, 1'000}}});
  {
    auto db = sqlite::connection::open_writer(path_, library_schema(), {});
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->execute("update moving_averages set touched = 123"));
  }
  reopen({10, 2});
  EXPECT_EQ(rows_of("distinct window_minutes || '|' || touched", "moving_averages"),
            (std::vector<std::string>{"10|123", "2|0"}));
}

constexpr const char* disk_path = "/data/library.db";

TEST(DeliveryFaults, AFullDiskRefusesAllOfABatchAndALaterOneIsTaken) {
  failing_disk disk{1};
  library_file file{disk_path, disk.name()};
  ASSERT_TRUE(file.open());
  const auto writer = make_delivery_writer(file, {10});
  const auto reader = make_delivery_reader(file);
  std::vector<client_event> events;
  for (std::int64_t i = 0; i < 5'000; ++i) events.push_back({{i * us_of_minute, 1'000}, "a"});
  disk.set_space(200'000);
  const auto refused = writer->add(batch_of(events), at_us(0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::storage_full);
  EXPECT_EQ(reader->averages(10, at_minute(0), at_minute(99), "").value(),
            std::vector<duration_total>(100));
  disk.set_space({});
  ASSERT_TRUE(writer->add(batch_of(events), at_us(0)));
  EXPECT_EQ(reader->averages(10, at_minute(50), at_minute(50), "a").value().front().count, 10U);
}

// Whatever write or sync fails: what was acknowledged is there once, and what was refused may come
// again.
TEST(DeliveryFaults, AFailingDiskLosesNothingThatWasAcknowledged) {
  int failures = 0;
  for (const disk_operation kind : {disk_operation::write, disk_operation::sync}) {
    for (std::uint64_t nth = 1; nth < 60; nth += 3) {
      failing_disk disk{nth};
      library_file file{disk_path, disk.name()};
      ASSERT_TRUE(file.open());
      const auto writer = make_delivery_writer(file, {10, 3});
      disk.fail(kind, nth);
      std::uint64_t stored = 0;
      for (std::int64_t i = 0; i < 12; ++i) {
        if (writer->add(batch_of({{{0, 1'000}, "a"}}), at_us(i))) {
          ++stored;
        } else {
          ++failures;
        }
      }
      const auto reader = make_delivery_reader(file);
      for (const std::uint32_t window : {1U, 3U, 10U}) {
        EXPECT_EQ(reader->averages(window, at_minute(0), at_minute(0), "").value().front().count,
                  stored);
      }
    }
  }
  EXPECT_GT(failures, 10);
}

}  // namespace
}  // namespace reprise
