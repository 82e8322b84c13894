#include "host/store/sqlite.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>

#include "host/store/reopening.hpp"
#include "tests/temporary_directory.hpp"

namespace reprise::sqlite {
namespace {

constexpr std::array first_steps = {"CREATE TABLE t (a INTEGER PRIMARY KEY, b)"};
constexpr std::array second_steps = {"CREATE TABLE t (a INTEGER PRIMARY KEY, b)",
                                     "ALTER TABLE t ADD COLUMN c DEFAULT 7"};
constexpr schema first_schema{77, first_steps};
constexpr schema second_schema{77, second_steps};

std::string content_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

class Sqlite : public ::testing::Test {
 protected:
  outcome<connection> writer(const schema& wanted = first_schema) {
    return connection::open_writer(path_, wanted, {});
  }
  outcome<connection> reader(const schema& wanted = first_schema) {
    return connection::open_reader(path_, wanted, {});
  }
  temporary_directory directory_;
  std::string path_ = directory_.path() + "/a.db";
};

std::int64_t rows_of(connection& db) {
  return db.integer("SELECT count(*) FROM t").value().value();
}

TEST_F(Sqlite, GivesBackWhatWasBound) {
  auto db = writer();
  ASSERT_TRUE(db) << db.error().what;
  auto insert = db->prepare("INSERT INTO t VALUES (?, ?)");
  ASSERT_TRUE(insert) << insert.error().what;
  const std::array bytes{std::byte{0}, std::byte{255}};
  ASSERT_TRUE(insert->run(1, "text"));
  ASSERT_TRUE(insert->run(2, std::span<const std::byte>{bytes}));
  ASSERT_TRUE(insert->run(3, 0.25));
  ASSERT_TRUE(insert->run(4, std::optional<std::int64_t>{}));
  ASSERT_TRUE(insert->run(5, std::string_view{}));
  EXPECT_EQ(db->last_row(), 5);
  EXPECT_EQ(db->changes(), 1);

  auto select = db->prepare("SELECT b FROM t WHERE a >= ? ORDER BY a");
  ASSERT_TRUE(select);
  cursor row = select->select(1);
  ASSERT_TRUE(row.next().value());
  EXPECT_EQ(row.text(0), "text");
  ASSERT_TRUE(row.next().value());
  EXPECT_EQ(row.blob(0).size(), 2u);
  EXPECT_EQ(row.blob(0)[1], std::byte{255});
  ASSERT_TRUE(row.next().value());
  EXPECT_EQ(row.real(0), 0.25);
  ASSERT_TRUE(row.next().value());
  EXPECT_TRUE(row.is_null(0));
  ASSERT_TRUE(row.next().value());
  EXPECT_FALSE(row.is_null(0));
  EXPECT_EQ(row.text(0), "");
  EXPECT_FALSE(row.next().value());
}

TEST_F(Sqlite, NamesTheFileAndWhatIsWrong) {
  auto db = writer();
  ASSERT_TRUE(db);
  const auto bad = db->execute("SELEKT");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, errc::io_failed);
  EXPECT_EQ(bad.error().what, path_ + ": near \"SELEKT\": syntax error");
  const auto missing = connection::open_reader(directory_.path() + "/b.db", first_schema, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, errc::io_failed);
}

TEST_F(Sqlite, UndoesATransactionThatIsNotCommitted) {
  auto db = writer();
  ASSERT_TRUE(db);
  {
    auto changing = transaction::begin_write(*db);
    ASSERT_TRUE(changing);
    ASSERT_TRUE(db->execute("INSERT INTO t VALUES (1, 2)"));
  }
  EXPECT_EQ(rows_of(*db), 0);
  auto changing = transaction::begin_write(*db);
  ASSERT_TRUE(changing);
  ASSERT_TRUE(db->execute("INSERT INTO t VALUES (1, 2)"));
  ASSERT_TRUE(changing->commit());
  EXPECT_EQ(rows_of(*db), 1);
}

TEST_F(Sqlite, ShowsAReaderOneStateInsideATransaction) {
  auto db = writer();
  auto other = reader();
  ASSERT_TRUE(db);
  ASSERT_TRUE(other) << other.error().what;
  {
    const auto reading = transaction::begin_read(*other);
    ASSERT_TRUE(reading);
    EXPECT_EQ(rows_of(*other), 0);
    ASSERT_TRUE(db->execute("INSERT INTO t VALUES (1, 2)"));
    EXPECT_EQ(rows_of(*other), 0);
  }
  EXPECT_EQ(rows_of(*other), 1);
}

TEST_F(Sqlite, LetsAReaderWriteNothing) {
  auto db = writer();
  auto other = reader();
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->execute("INSERT INTO t VALUES (1, 2)"));
}

TEST_F(Sqlite, MigratesAnOlderSchemaAndKeepsItsRows) {
  {
    auto db = writer();
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->execute("INSERT INTO t VALUES (1, 2)"));
  }
  auto db = writer(second_schema);
  ASSERT_TRUE(db) << db.error().what;
  EXPECT_EQ(db->integer("SELECT c FROM t").value().value(), 7);
  EXPECT_EQ(db->integer("PRAGMA user_version").value().value(), 2);
}

TEST_F(Sqlite, LeavesAnOlderSchemaAsItIsWhereAMigrationFails) {
  { ASSERT_TRUE(writer()); }
  constexpr std::array broken = {first_steps[0], "ALTER TABLE t ADD COLUMN c; SELEKT"};
  EXPECT_FALSE(writer(schema{77, broken}));
  auto db = writer();
  ASSERT_TRUE(db) << db.error().what;
  EXPECT_EQ(db->integer("SELECT count(*) FROM pragma_table_info('t')").value().value(), 2);
}

TEST_F(Sqlite, RefusesANewerSchemaNamesBothVersionsAndLeavesTheFileUntouched) {
  { ASSERT_TRUE(writer(second_schema)); }
  const std::string before = content_of(path_);
  for (const bool reads : {false, true}) {
    const auto db = reads ? reader() : writer();
    ASSERT_FALSE(db);
    EXPECT_EQ(db.error().code, errc::io_failed);
    EXPECT_EQ(db.error().what, path_ +
                                   ": has schema version 2, which is newer than 1, the newest "
                                   "that this program knows");
  }
  EXPECT_EQ(content_of(path_), before);
}

TEST_F(Sqlite, RefusesAnotherProgramsFileAndLeavesItUntouched) {
  { ASSERT_TRUE(writer(schema{78, first_steps})); }
  const std::string before = content_of(path_);
  const auto db = writer();
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().what, path_ + ": a database of another program");
  EXPECT_EQ(content_of(path_), before);
}

TEST_F(Sqlite, TellsThatAFileIsNoDatabase) {
  { std::ofstream{path_} << std::string(8192, 'x'); }
  const auto db = writer();
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().what, path_ + ": file is not a database");
}

TEST_F(Sqlite, BoundsTheLogAndMakesItOneFileOnClose) {
  {
    auto db = writer();
    ASSERT_TRUE(db);
    std::uint32_t greatest = 0;
    for (int i = 0; i < 300; ++i) {
      ASSERT_TRUE(db->execute("INSERT INTO t VALUES (" + std::to_string(i) + ", zeroblob(3000))"));
      ASSERT_TRUE(db->bound_wal(50, 100));
      greatest = std::max(greatest, db->wal_pages());
    }
    EXPECT_GE(greatest, 50u);
    EXPECT_LT(greatest, 60u);
    EXPECT_GT(db->file_bytes(), 900'000u);
  }
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
  auto db = writer();
  EXPECT_EQ(rows_of(*db), 300);
}

struct opened_file {
  connection db;
};

TEST_F(Sqlite, OpensWithTheFirstUseAndAnewWhenItWasClosed) {
  int opened = 0;
  reopening<opened_file> file{[&](sync_rule&) -> outcome<std::unique_ptr<opened_file>> {
                                ++opened;
                                auto db = writer();
                                if (!db) return db.error();
                                return std::make_unique<opened_file>(opened_file{std::move(*db)});
                              },
                              nullptr};
  const auto add = [](opened_file& to) { return to.db.execute("INSERT INTO t(b) VALUES (1)"); };
  ASSERT_TRUE(file.run(add));
  ASSERT_TRUE(file.run(add));
  EXPECT_EQ(opened, 1);
  file.close();
  ASSERT_TRUE(file.run(add));
  EXPECT_EQ(opened, 2);
}

struct hand_clock final : clock_source {
  [[nodiscard]] wall_time wall() const noexcept override { return {}; }
  [[nodiscard]] steady_time steady() const noexcept override { return now; }
  steady_time now{std::chrono::hours{1}};
};

TEST(SyncRule, HoldsTheStorageForLostAfterTwoFailuresWithinAMinute) {
  hand_clock time;
  sync_rule rule{&time};
  rule.note_failed();
  EXPECT_FALSE(rule.lost());
  time.now += std::chrono::seconds{60};
  rule.note_failed();
  EXPECT_FALSE(rule.lost());
  time.now += std::chrono::seconds{59};
  rule.note_failed();
  EXPECT_TRUE(rule.lost());
  time.now += std::chrono::hours{1};
  EXPECT_TRUE(rule.lost());
  EXPECT_EQ(rule.failed(), 3u);
}

}  // namespace
}  // namespace reprise::sqlite
