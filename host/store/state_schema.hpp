// The tables of state.db, and how its rows are read.
//
// Shapes   doubles are kept as the integers of their bits, so that each comes back as it was;
//          enumerations as their numbers, which never change
// Errors   a row that makes no sense is io_failed with the file's name
// Threads  one at a time for each connection
// Source   storage, docs/design.md
#pragma once

#include "host/store/state_store.hpp"
#include "host/store/statement_run.hpp"

namespace reprise {

[[nodiscard]] const sqlite::schema& state_schema() noexcept;

// `insert` statements and rows name the settings in this order.
inline constexpr const char* settings_columns =
    "source_url, reporting_url, threshold, similarity, enabled, still, min_lag_seconds, "
    "window_seconds, top_k, report_empty, source_headers, reporting_headers";
[[nodiscard]] outcome<stored_channel> channel_of(const sqlite::connection& db,
                                                 const sqlite::cursor& row);

// Of deliveries joined with sinks.
inline constexpr const char* delivery_columns =
    "d.id, d.channel, d.channel_name, d.time, d.webhook_id, s.url, d.body, d.state, d.attempts, "
    "d.created_ms, d.next_attempt_ms, d.last_error";
[[nodiscard]] outcome<delivery> delivery_of(const sqlite::connection& db,
                                            const sqlite::cursor& row);

}  // namespace reprise
