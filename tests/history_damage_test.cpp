// A damaged history.db: nothing is ever read that was not stored, what can be read is kept, and the
// service goes on.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "host/printable.hpp"
#include "host/store/history_chunk.hpp"
#include "tests/failing_disk.hpp"
#include "tests/history_support.hpp"

namespace reprise {
namespace {

constexpr std::int64_t begin_time = 1'700'000'400;
constexpr std::int64_t seconds_stored = 2'000;
constexpr channel_number channels = 4;
constexpr std::size_t page_bytes = 4'096;
const std::string file_name = "d/history.db";

using bytes = failing_disk::bytes;

// Chunks, rows and an outage, all in one file.
bytes sound_file() {
  failing_disk disk{1};
  {
    auto files = open_history("d", disk.name()).value();
    std::uint64_t refused = 0;
    for (channel_number channel = 1; channel < channels; ++channel) {
      const auto seconds = seconds_of(channel, begin_time, seconds_stored);
      EXPECT_TRUE(files.writer->insert(channel, seconds));
    }
    for (std::int64_t time = begin_time; time < begin_time + seconds_stored; ++time) {
      const stored_tick tick = tick_of_channel(channels, time);
      EXPECT_TRUE(files.writer->commit({&tick, 1}, refused));
    }
    EXPECT_TRUE(files.writer->record({begin_time - 10, begin_time - 1, gap_reason::down}));
    while (files.writer->maintain(begin_time + 1'600, 0).value()) {
    }
  }
  return disk.files().at(file_name);
}

const bytes& stored_file() {
  static const bytes stored = sound_file();
  return stored;
}

// Every fingerprint that is read is the one that was stored there. How many they are.
std::size_t check_all(history_reader& at) {
  std::size_t count = 0;
  for (channel_number channel = 0; channel <= channels + 1; ++channel) {
    std::vector<recorded_second> found;
    const auto done = at.read(channel, INT64_MIN, INT64_MAX, 1'000'000, found);
    EXPECT_TRUE(done) << done.error().what;
    std::int64_t last = INT64_MIN;
    for (const recorded_second& second : found) {
      EXPECT_GT(second.time, last);
      last = second.time;
      EXPECT_TRUE(channel >= 1 && channel <= channels && second.time >= begin_time &&
                  second.time < begin_time + seconds_stored + 10)
          << channel << " " << second.time;
      EXPECT_EQ(second.bits, bits_of(channel, second.time));
    }
    count += found.size();
    EXPECT_TRUE(at.gaps(channel, begin_time - 100, begin_time + seconds_stored));
    EXPECT_TRUE(at.extent(channel));
  }
  EXPECT_TRUE(at.newest_tick());
  return count;
}

void expect_to_go_on(history_files& files) {
  std::uint64_t refused = 0;
  for (std::int64_t time = begin_time + seconds_stored; time < begin_time + seconds_stored + 10;
       ++time) {
    const stored_tick tick = tick_of_channel(1, time);
    const auto done = files.writer->commit({&tick, 1}, refused);
    ASSERT_TRUE(done) << done.error().what;
  }
  int slices = 0;
  for (bool more = true; more && slices < 1'000; ++slices) {
    const auto done = files.writer->maintain(begin_time + 5'000, 0);
    ASSERT_TRUE(done) << done.error().what;
    more = *done;
  }
  EXPECT_LT(slices, 1'000);
  std::vector<recorded_second> found;
  ASSERT_TRUE(files.reader->read(1, begin_time + seconds_stored, INT64_MAX, 1'000'000, found));
  EXPECT_EQ(found, seconds_of(1, begin_time + seconds_stored, 10));
}

class HistoryDamage : public ::testing::Test {
 protected:
  void open_damaged(const bytes& content) {
    disk_.put_file(file_name, content);
    auto opened = open_history("d", disk_.name());
    ASSERT_TRUE(opened) << opened.error().what;
    files_ = std::move(*opened);
  }
  std::size_t files_aside() const {
    std::size_t count = 0;
    for (const auto& [path, content] : disk_.files())
      count += path.starts_with(file_name + ".corrupt-") && !path.ends_with("-wal") ? 1u : 0u;
    return count;
  }
  failing_disk disk_{1};
  history_files files_;
};

// Where the packed bytes of a chunk or a row begin in the file.
std::size_t place_of(const bytes& file, const fingerprint& part) {
  const auto found = std::search(file.begin(), file.end(), part.begin(), part.begin() + 32);
  EXPECT_NE(found, file.end());
  return static_cast<std::size_t>(found - file.begin());
}

TEST_F(HistoryDamage, TurnsTheTicksOfADamagedChunkIntoGapsAndCountsItOnce) {
  bytes content = stored_file();
  content[place_of(content, bits_of(2, begin_time + 650))] ^= std::byte{1};
  open_damaged(content);
  check_all(*files_.reader);
  EXPECT_EQ(check_all(*files_.reader), (channels * seconds_stored) - 600u);
  EXPECT_EQ(files_.reader->damaged(), 1u);
  EXPECT_EQ(
      files_.writer->take_notes(),
      std::vector<std::string>{"d/history.db is damaged: channel number 2, the chunk of seconds "
                               "1700001000 to 1700001599"});
  check_all(*files_.reader);
  EXPECT_TRUE(files_.writer->take_notes().empty());
  gap_counts expected{};
  expected[static_cast<std::size_t>(gap_reason::corrupt)] = 600;
  EXPECT_EQ(files_.reader->gaps(2, begin_time, begin_time + seconds_stored).value(), expected);
  // Whoever has the fingerprints still may push them again.
  const auto again = seconds_of(2, begin_time, seconds_stored);
  EXPECT_EQ(files_.writer->insert(2, again).value().stored, 600u);
  EXPECT_EQ(check_all(*files_.reader), 0u + channels * seconds_stored);
  expect_to_go_on(files_);
  EXPECT_EQ(files_aside(), 0u);
}

TEST_F(HistoryDamage, TurnsADamagedRowIntoAGap) {
  bytes content = stored_file();
  content[place_of(content, bits_of(4, begin_time + 1'900))] ^= std::byte{128};
  open_damaged(content);
  EXPECT_EQ(check_all(*files_.reader), channels * seconds_stored - 1u);
  EXPECT_EQ(files_.reader->damaged(), 1u);
  EXPECT_EQ(files_.writer->take_notes(),
            std::vector<std::string>{
                "d/history.db is damaged: channel number 4, the row of second 1700002300"});
  EXPECT_EQ(files_.reader->gaps(4, begin_time + 1'900, begin_time + 1'901)
                .value()[static_cast<std::size_t>(gap_reason::corrupt)],
            1u);
  expect_to_go_on(files_);
}

TEST_F(HistoryDamage, TellsOfManyPlacesInOneLine) {
  bytes content = stored_file();
  content[place_of(content, bits_of(2, begin_time + 650))] ^= std::byte{1};
  content[place_of(content, bits_of(3, begin_time + 650))] ^= std::byte{1};
  content[place_of(content, bits_of(4, begin_time + 1'900))] ^= std::byte{1};
  open_damaged(content);
  check_all(*files_.reader);
  EXPECT_EQ(
      files_.writer->take_notes(),
      std::vector<std::string>{"d/history.db is damaged: channel number 2, the chunk of seconds "
                               "1700001000 to 1700001599, and 2 more places"});
}

// Each page in turn is overwritten with zeros.
TEST_F(HistoryDamage, KeepsWhatCanBeReadWhereAPageIsGone) {
  std::size_t rescued = 0, least = SIZE_MAX;
  const std::size_t pages = stored_file().size() / page_bytes;
  for (std::size_t page = 1; page < pages; page += page < 16 ? 1 : 13) {
    SCOPED_TRACE("page " + std::to_string(page));
    bytes content = stored_file();
    const auto begin = content.begin() + static_cast<std::ptrdiff_t>(page * page_bytes);
    std::fill(begin, begin + page_bytes, std::byte{0});
    open_damaged(content);
    const std::size_t kept = check_all(*files_.reader);
    least = std::min(least, kept);
    expect_to_go_on(files_);
    check_all(*files_.reader);
    auto notes = files_.writer->take_notes();
    const auto places = std::erase_if(notes, [](const std::string& note) {
      return note.starts_with(file_name + " is damaged: channel number ");
    });
    EXPECT_EQ(places, files_.reader->damaged() > 0 ? 1u : 0u);
    EXPECT_EQ(notes.size(), files_aside());
    for (const std::string& note : notes) {
      EXPECT_TRUE(note.starts_with(file_name + " was damaged: saved ")) << note;
      EXPECT_EQ(note, printable(note));
    }
    rescued += notes.size();
    files_ = {};
    for (const auto& [path, ignored] : disk_.files()) disk_.remove_file(path);
  }
  EXPECT_GT(rescued, 5u);
  // The roots of the two greater tables are among the pages.
  EXPECT_GT(least, 1'000u);
}

TEST_F(HistoryDamage, ReadsNothingThatWasNotStoredWhateverBytesHaveChanged) {
  std::mt19937_64 random{7};
  std::size_t opened = 0;
  for (int times = 0; times < 150; ++times) {
    SCOPED_TRACE("time " + std::to_string(times));
    bytes content = stored_file();
    // Most of the file is fingerprints: half of the changes go to where the tables begin.
    for (std::uint64_t count = 1 + random() % 12; count > 0; --count) {
      const std::size_t bound = random() % 2 == 0 ? 16 * page_bytes : content.size();
      content[100 + random() % (bound - 100)] ^= static_cast<std::byte>(1 + random() % 255);
    }
    disk_.put_file(file_name, content);
    auto files = open_history("d", disk_.name());
    if (files) {
      ++opened;
      files_ = std::move(*files);
      check_all(*files_.reader);
      expect_to_go_on(files_);
      check_all(*files_.reader);
    }
    files_ = {};
    for (const auto& [path, ignored] : disk_.files()) disk_.remove_file(path);
  }
  EXPECT_EQ(opened, 150u);
}

TEST_F(HistoryDamage, BeginsAnewWhereNothingCanBeRead) {
  open_damaged(bytes(10'000, std::byte{'x'}));
  EXPECT_EQ(check_all(*files_.reader), 0u);
  EXPECT_EQ(files_aside(), 1u);
  EXPECT_EQ(files_.writer->take_notes().size(), 1u);
  expect_to_go_on(files_);
}

// Either the damaged file or the whole new one is there: the next start saves as much.
TEST_F(HistoryDamage, SavesAsMuchWhereThePowerGoesDuringTheRescue) {
  bytes content = stored_file();
  // The second page is the root of a table.
  std::fill(content.begin() + page_bytes, content.begin() + 2 * page_bytes, std::byte{0});
  open_damaged(content);
  const std::size_t whole = check_all(*files_.reader);
  const std::uint64_t operations = disk_.operations();
  EXPECT_EQ(files_aside(), 1u);
  for (std::uint64_t nth = 1; nth < operations; nth += nth + 40 < operations ? 17 : 1) {
    SCOPED_TRACE("power goes before operation " + std::to_string(nth));
    failing_disk disk{nth};
    disk.put_file(file_name, content);
    disk.cut_power(nth);
    {
      auto files = open_history("d", disk.name());
      std::vector<recorded_second> found;
      if (files) static_cast<void>(files->reader->read(1, 0, INT64_MAX, 1'000'000, found));
    }
    disk.restart(survival::some);
    auto files = open_history("d", disk.name());
    ASSERT_TRUE(files) << files.error().what;
    ASSERT_EQ(check_all(*files->reader), whole);
    EXPECT_FALSE(disk.files().contains(file_name + ".rescue"));
  }
}

}  // namespace
}  // namespace reprise
