#include "host/library/video_tables.hpp"

#include "host/store/statement_run.hpp"

namespace reprise {
namespace {

constexpr const char* select_features =
    "select value from feature_vectors where video = ? order by position";

// (video, values...): all in one statement; sixteen in each take a third longer. "replace" writes
// over what a replaced video left, and spares the search for it where there is nothing: "insert"
// takes half as long again.
std::string put_features_sql() {
  std::string sql = "replace into feature_vectors values";
  for (std::size_t i = 0; i < features_count; ++i) {
    if (i > 0) sql += ',';
    sql += "(?1," + std::to_string(i) + ",?" + std::to_string(i + 2) + ")";
  }
  return sql;
}

}  // namespace

outcome<void> video_writing_tables::prepare(sqlite::connection& db) {
  return prepare_all(db, {{&find_,
                           "select number, actual_label, predicted_label, tvshow from videos "
                           "where content_id = ?"},
                          {&features_, select_features},
                          {&insert_,
                           "insert into videos(content_id, actual_label, predicted_label, tvshow) "
                           "values(?, ?, ?, ?)"},
                          {&update_,
                           "update videos set actual_label = ?2, predicted_label = ?3, tvshow = ?4 "
                           "where number = ?1"},
                          {&put_features_, put_features_sql()},
                          {&remove_, "delete from videos where content_id = ? returning number"},
                          {&remove_features_, "delete from feature_vectors where video = ?"},
                          {&revise_, "update library set revision = revision + 1"}});
}

outcome<std::optional<video_writing_tables::found_video>> video_writing_tables::find(
    sqlite::connection& db, const video& wanted) {
  std::optional<found_video> found;
  {
    auto row = find_.select(wanted.content_id);
    const auto there = row.next();
    if (!there) return there.error();
    if (!*there) return found;
    const bool same_tvshow = row.is_null(3) ? !wanted.tvshow : row.text(3) == wanted.tvshow;
    found = {row.integer(0), row.text(1) == wanted.actual_label &&
                                 row.text(2) == wanted.predicted_label && same_tvshow};
  }
  if (!found->is_same) return found;
  const auto features = read_features(db, features_, found->number);
  if (!features) return features.error();
  found->is_same = same_bits(*features, wanted.features);
  return found;
}

outcome<placing> video_writing_tables::place(sqlite::connection& db, const video& placed,
                                             bool replaces) {
  const auto found = find(db, placed);
  if (!found) return found.error();
  if (!*found) {
    const auto inserted =
        insert_.run(placed.content_id, placed.actual_label, placed.predicted_label, placed.tvshow);
    if (!inserted) return inserted.error();
    if (const auto put = put_features(db.last_row(), placed.features); !put) return put.error();
    return placing::inserted;
  }
  if ((*found)->is_same) return placing::present;
  if (!replaces) return placing::differs;
  const std::int64_t number = (*found)->number;
  const auto updated =
      update_.run(number, placed.actual_label, placed.predicted_label, placed.tvshow);
  if (!updated) return updated.error();
  if (const auto put = put_features(number, placed.features); !put) return put.error();
  return placing::replaced;
}

outcome<void> video_writing_tables::put_features(std::int64_t number,
                                                 const feature_vector& features) {
  return put_features_.run(number, std::span<const double>{features});
}

outcome<bool> video_writing_tables::remove(const std::string& content_id) {
  std::int64_t number = 0;
  {
    auto row = remove_.select(content_id);
    const auto there = row.next();
    if (!there) return there.error();
    if (!*there) return false;
    number = row.integer(0);
  }
  if (const auto removed = remove_features_.run(number); !removed) return removed.error();
  return true;
}

outcome<void> video_writing_tables::raise_revision() {
  return revise_.run();
}

outcome<void> video_reading_tables::prepare(sqlite::connection& db) {
  const std::string columns =
      "select number, content_id, actual_label, predicted_label, tvshow from videos where ";
  const std::string in_order = "content_id > ?1 order by content_id limit ?2";
  const std::string counted = "select actual_label, predicted_label from videos";
  return prepare_all(db, {{&get, columns + "content_id = ?"},
                          {&features, select_features},
                          {&all, columns + in_order},
                          {&of_tvshow, columns + "tvshow = ?3 and " + in_order},
                          {&of_label, columns + "actual_label = ?3 and " + in_order},
                          {&of_both, columns + "tvshow = ?3 and actual_label = ?4 and " + in_order},
                          {&labels, counted},
                          {&labels_of_tvshow, counted + " where tvshow = ?"},
                          {&count, "select count(*) from videos"},
                          {&revision, "select revision from library"}});
}

outcome<feature_vector> read_features(sqlite::connection& db, sqlite::statement& of,
                                      std::int64_t number) {
  feature_vector read{};
  auto row = of.select(number);
  for (std::size_t count = 0;; ++count) {
    const auto more = row.next();
    if (!more) return more.error();
    if (*more != (count < features_count)) return malformed_row(db);
    if (!*more) return read;
    read[count] = row.real(0);
  }
}

}  // namespace reprise
