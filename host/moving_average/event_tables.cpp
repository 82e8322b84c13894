#include "host/moving_average/event_tables.hpp"

#include "host/store/statement_run.hpp"

namespace reprise {

outcome<void> event_writing_tables::prepare(sqlite::connection& db) {
  return prepare_all(
      db,
      {{&newest_number, "select max(number) from delivery_events where received = ?"},
       {&insert_event,
        "insert into delivery_events(received, number, time, translation_id, source_language, "
        "target_language, client_name, event_name, nr_words, duration) "
        "values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
       {&find_sum,
        "select sum, count, touched from minute_sums where client_name = ? and minute = ?"},
       {&put_sum,
        "replace into minute_sums(client_name, minute, sum, count, touched) "
        "values(?, ?, ?, ?, ?)"},
       {&find_average,
        "select sum, count, touched from moving_averages "
        "where window_minutes = ? and minute = ?"},
       {&put_average,
        "replace into moving_averages(window_minutes, minute, sum, count, touched) "
        "values(?, ?, ?, ?, ?)"},
       {&next_window, "select min(window_minutes) from moving_averages where window_minutes > ?"},
       {&remove_window, "delete from moving_averages where window_minutes = ?"},
       {&all_sums,
        "select minute, sum, count, touched from minute_sums "
        "where client_name = '' order by minute"},
       {&expired,
        "select received, number, time, client_name from delivery_events where received < ? "
        "order by received, number limit ?"},
       {&remove_events, "delete from delivery_events where (received, number) <= (?, ?)"},
       {&remove_sum,
        "delete from minute_sums where client_name = ? and minute = ? and touched < ?"},
       {&remove_averages,
        "delete from moving_averages "
        "where window_minutes = ? and minute between ? and ? and touched < ?"}});
}

outcome<void> event_reading_tables::prepare(sqlite::connection& db) {
  const std::string in_order = " = ? and minute between ? and ? order by minute";
  return prepare_all(
      db, {{&has_window, "select 1 from moving_averages where window_minutes = ? limit 1"},
           {&averages,
            "select minute, sum, count from moving_averages where window_minutes" + in_order},
           {&sums, "select minute, sum, count from minute_sums where client_name" + in_order}});
}

outcome<duration_total> total_at(const sqlite::connection& db, const sqlite::cursor& row,
                                 int column) {
  const auto encoded = row.blob(column);
  const std::int64_t count = row.integer(column + 1);
  if (encoded.size() != duration_sum::encoded_bytes || count < 1) return malformed_row(db);
  const auto sum = duration_sum::decode(encoded.first<duration_sum::encoded_bytes>());
  if (!sum) return malformed_row(db);
  const duration_total read{*sum, static_cast<std::uint64_t>(count)};
  if (read.count > duration_counts_max || read.mean() > static_cast<double>(duration_seconds_max)) {
    return malformed_row(db);
  }
  return read;
}

}  // namespace reprise
