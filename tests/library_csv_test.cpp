// CSV, and the rows of videos in it.
#include <gtest/gtest.h>

#include <numeric>

#include "host/library/csv_reader.hpp"
#include "tests/library_support.hpp"

namespace reprise {
namespace {

struct read_csv {
  std::vector<std::pair<std::uint64_t, std::vector<std::string>>> records;
  std::string failed;
};

read_csv read_in_pieces(const std::string& text, std::size_t piece_bytes) {
  read_csv made;
  csv_reader reader;
  const auto take = [&](const csv_record& record) -> outcome<void> {
    made.records.emplace_back(record.line,
                              std::vector<std::string>{record.cells.begin(), record.cells.end()});
    return {};
  };
  for (std::size_t at = 0; at < text.size(); at += piece_bytes) {
    if (const auto read = reader.read(text.substr(at, piece_bytes), take); !read) {
      made.failed = read.error().what;
      return made;
    }
  }
  if (const auto read = reader.finish(take); !read) made.failed = read.error().what;
  return made;
}

read_csv read_whole(const std::string& text) {
  const read_csv made = read_in_pieces(text, text.size() + 1);
  for (std::size_t piece_bytes = 1; piece_bytes < 5; ++piece_bytes) {
    const read_csv again = read_in_pieces(text, piece_bytes);
    EXPECT_EQ(again.records, made.records) << piece_bytes;
    EXPECT_EQ(again.failed, made.failed) << piece_bytes;
  }
  return made;
}

using records = decltype(read_csv::records);

TEST(CsvReader, GivesTheCellsOfEachRecordAndTheLineWhereItBegins) {
  const read_csv read = read_whole(
      "\xef\xbb\xbf"
      "a,b\r\n\"x,\"\"y\"\"\n2\",\r\n\n\"\"\n,,\"q\"\r\nlast,\xc3\xa9");
  EXPECT_EQ(read.failed, "");
  EXPECT_EQ(read.records, (records{{1, {"a", "b"}},
                                   {2, {"x,\"y\"\n2", ""}},
                                   {5, {""}},
                                   {6, {"", "", "q"}},
                                   {7, {"last", "\xc3\xa9"}}}));
}

TEST(CsvReader, TakesTheBeginningOfAByteOrderMarkForText) {
  EXPECT_EQ(read_whole("\xef\xbb").records, (records{{1, {"\xef\xbb"}}}));
  EXPECT_EQ(read_whole("\xef\xbb,\n").records, (records{{1, {"\xef\xbb", ""}}}));
  EXPECT_TRUE(read_whole("\xef\xbb\xbf").records.empty());
  EXPECT_TRUE(read_whole("").records.empty());
}

TEST(CsvReader, SaysWhereAndWhyAFileIsNone) {
  EXPECT_EQ(read_whole("a\nb\"c\n").failed,
            "line 2: a quote inside a cell that does not begin with one");
  EXPECT_EQ(read_whole("a\n\"b\nc\"d").failed,
            "line 3: something between a closing quote and the next comma");
  EXPECT_EQ(read_whole("a\rb").failed, "line 1: a carriage return that ends no line");
  EXPECT_EQ(read_whole("a\n\r").failed, "line 2: a carriage return that ends no line");
  EXPECT_EQ(read_whole("a\n\n\"b\nc\n").failed, "line 5: the quotes of line 3 are never closed");
}

TEST(CsvReader, BoundsCellsRecordsAndColumns) {
  const std::string widest(csv_cell_bytes_max, 'x');
  EXPECT_EQ(read_in_pieces(widest + "," + widest + "\n", 10'000).failed, "");
  EXPECT_EQ(read_in_pieces(widest + "x", 10'000).failed, "line 1: a cell of more than 65536 bytes");
  EXPECT_EQ(read_in_pieces(widest + "," + widest + ",y", 10'000).failed,
            "line 1: a record of more than 131072 bytes");
  EXPECT_EQ(read_whole(std::string(csv_columns_max - 1, ',')).failed, "");
  EXPECT_EQ(read_whole("\n" + std::string(csv_columns_max, ',')).failed,
            "line 2: more than 512 cells");
}

TEST(CsvReader, StaysFailed) {
  csv_reader reader;
  const auto take = [](const csv_record&) -> outcome<void> {
    return failure{errc::storage_full, "no room"};
  };
  EXPECT_EQ(reader.read("a\nb\n", take).error().code, errc::storage_full);
  EXPECT_EQ(reader.read("c\n", take).error().code, errc::storage_full);
  EXPECT_EQ(reader.finish(take).error().code, errc::storage_full);
}

std::string list_of(std::size_t count, const std::string& number = "1") {
  std::string text = "[";
  for (std::size_t i = 0; i < count; ++i) (text += i == 0 ? "" : ",") += number;
  return text + "]";
}

constexpr const char* plain_header = "content_id,actual_label,predicted_label,feature_vector\n";

std::string row_reason(const std::string& row) {
  const staged_videos staged = stage(plain_header + row + "\n");
  EXPECT_EQ(staged.refused.count(), staged.refused.first().size());
  if (staged.refused.count() == 0) return "";
  EXPECT_EQ(staged.refused.first().front().line, 2U);
  return staged.refused.first().front().reason;
}

TEST(VideoRows, AreReadByTheNamesOfTheirColumns) {
  std::string header = "tvshow,predicted_label,actual_label,content_id", row = "show,p,a,id";
  feature_vector wanted{};
  for (std::size_t i = features_count; i-- > 0;) {
    wanted[i] = 0.5 * static_cast<double>(i) - 7;
    header += ",feature_" + std::to_string(i);
    row += "," + std::to_string(wanted[i]);
  }
  staged_videos staged = stage(header + "\r\n" + row + "\r\n");
  std::uint64_t line = 0;
  video read;
  ASSERT_TRUE(staged.rows.next(line, read).value());
  EXPECT_EQ(line, 2U);
  EXPECT_EQ(read.entry(), (video_entry{"id", "a", "p", "show"}));
  EXPECT_TRUE(same_bits(read.features, wanted));
  EXPECT_FALSE(staged.rows.next(line, read).value());
}

TEST(VideoRows, HaveNoShowWhereItsCellIsEmpty) {
  staged_videos staged = stage(
      "content_id,actual_label,predicted_label,tvshow,feature_vector\n"
      "a,b,c,,\"" +
      list_of(256) + "\"\n");
  std::uint64_t line = 0;
  video read;
  ASSERT_TRUE(staged.rows.next(line, read).value());
  EXPECT_FALSE(read.tvshow);
}

TEST(VideoRows, NeedAHeaderThatNamesEachColumnOnce) {
  EXPECT_EQ(refusal_of(""), "line 1: a header is missing");
  EXPECT_EQ(refusal_of("\ncontent_id,actual_lable\n"),
            "line 2: the column \"actual_lable\" is unknown; is \"actual_label\" meant?");
  EXPECT_EQ(refusal_of("content_id,content_id"), "line 1: the column content_id is there twice");
  EXPECT_EQ(refusal_of("content_id,predicted_label,feature_vector\n"),
            "line 1: the column actual_label is missing");
  EXPECT_EQ(refusal_of("content_id,actual_label,predicted_label\n"),
            "line 1: the column feature_vector is missing, or feature_0 to feature_255");
  EXPECT_EQ(refusal_of("content_id,actual_label,predicted_label,feature_vector,feature_3\n"),
            "line 1: either feature_vector or feature_0 to feature_255, not both");
  EXPECT_EQ(refusal_of("content_id,actual_label,predicted_label,feature_0\n"),
            "line 1: the column feature_1 is missing");
  for (const char* unknown :
       {"feature_256", "feature_01", "feature_", "feature_-1", "Content_id"}) {
    EXPECT_NE(refusal_of(std::string{unknown} + "\n").find("is unknown"), std::string::npos)
        << unknown;
  }
}

TEST(VideoRows, AreRefusedWithTheirReason) {
  const std::string list = ",\"" + list_of(256) + "\"";
  EXPECT_EQ(row_reason("a,b,c" + list), "");
  EXPECT_EQ(row_reason("a,b"), "has 2 cells where the header has 4");
  EXPECT_EQ(row_reason("a b,b,c" + list), "content_id must be 1 to 128 of A-Z a-z 0-9 . _ : -");
  EXPECT_EQ(row_reason(",b,c" + list), "content_id must be 1 to 128 of A-Z a-z 0-9 . _ : -");
  EXPECT_EQ(row_reason("a,,c" + list), "actual_label must not be empty");
  EXPECT_EQ(row_reason("a,b,\"x\ny\"" + list), "predicted_label must not have control characters");
  EXPECT_EQ(row_reason("a,b,\xff" + list), "predicted_label must be UTF-8");
  EXPECT_EQ(row_reason("a,b,c,\"" + list_of(255) + "\""),
            "feature_vector must have 256 numbers, not 255");
  EXPECT_EQ(row_reason("a,b,c,\"" + list_of(300) + "\""),
            "feature_vector must have 256 numbers, not 300");
  for (const char* number : {"1e999", "NaN", "Infinity", "null", "1.", "+1", "01", "0x1", "[1]"}) {
    EXPECT_NE(row_reason("a,b,c,\"" + list_of(256, number) + "\""), "") << number;
  }
  for (const char* list_text : {"", "[]", "[1", "{}", "1", "[1] 2"}) {
    EXPECT_NE(row_reason("a,b,c,\"" + std::string{list_text} + "\""), "") << list_text;
  }
  EXPECT_NE(row_reason("a,b,c,\"" + list_of(256) + " 7\""), "");
}

TEST(VideoRows, AreRefusedForEachCellThatIsNoFiniteNumber) {
  for (const char* cell : {"", "nan", "inf", "1e999", "1 ", "+1", "0x1p3", "1,5"}) {
    std::string header = "content_id,actual_label,predicted_label", row = "a,b,c";
    for (std::size_t i = 0; i < features_count; ++i) {
      header += ",feature_" + std::to_string(i);
      row += i == 17 ? ",\"" + std::string{cell} + "\"" : std::string{",1"};
    }
    const staged_videos staged = stage(header + "\n" + row + "\n");
    ASSERT_EQ(staged.refused.count(), 1U) << cell;
    EXPECT_EQ(staged.refused.first().front().reason,
              "feature_17 is no finite number: \"" + std::string{cell} + "\"");
  }
}

TEST(VideoRows, AreNoFormulasToASpreadsheetAndComeBack) {
  for (const char* text : {"=1+2", "+x", "-x", "@x", "'", "'=x", "''", "x=", "'x", "a\"b,c"}) {
    video written = make_video("-id");
    written.actual_label = written.predicted_label = text;
    written.tvshow = text;
    std::string row;
    append_video_row(row, written);
    const read_csv cells = read_whole(row);
    for (const std::string& cell : cells.records.at(0).second) {
      EXPECT_EQ(std::string_view{"=+-@"}.find(cell.front()), std::string_view::npos) << cell;
    }
    staged_videos staged = stage(csv_of({written}));
    std::uint64_t line = 0;
    video read;
    ASSERT_TRUE(staged.rows.next(line, read).value()) << text;
    EXPECT_EQ(read, written) << text;
  }
}

TEST(VideoRows, ThatAreRefusedAreCountedAndTheFirstHundredTold) {
  std::string csv = plain_header;
  for (int i = 0; i < 250; ++i) csv += "a b,,\n";
  const staged_videos staged = stage(csv);
  EXPECT_EQ(staged.refused.count(), 250U);
  ASSERT_EQ(staged.refused.first().size(), refusals_told_max);
  EXPECT_EQ(staged.refused.first().front().line, 2U);
  EXPECT_EQ(staged.refused.first().back().line, 101U);
}

}  // namespace
}  // namespace reprise
