#include "host/store/state_schema.hpp"

#include <bit>
#include <limits>

#include "host/store/state_codec.hpp"

namespace reprise {
namespace {

// Channels and deliveries count up for ever: a number never comes back. A repeat of a still picture
// is one row whatever its lag, which moves: its lag_key is -1. What the overflow and the figures
// need is counted along in `sinks` and `endings`, so that no commit has to scan.
constexpr const char* first_version = R"sql(
create table channels(number integer primary key autoincrement, name text not null unique,
  created_at integer not null, source_url text not null, reporting_url text not null,
  threshold integer, similarity integer, enabled integer not null, still integer,
  min_lag_seconds integer, window_seconds integer, top_k integer, report_empty integer not null,
  source_headers blob not null, reporting_headers blob not null);
create table removed_channels(number integer primary key);
create table keys(id text primary key, label text not null, hash blob not null,
  created_at integer not null, revoked_at integer) without rowid;
create table matches(channel integer not null, time integer not null, best blob not null,
  primary key(channel, time)) without rowid;
create table repeats(channel integer not null, start integer not null, lag_key integer not null,
  end integer not null, lag integer not null, score blob not null, open integer not null,
  primary key(channel, start, lag_key)) without rowid;
create index repeats_open on repeats(channel) where open = 1;
create table sinks(id integer primary key, url text not null unique,
  waiting integer not null default 0, reports integer not null default 0);
create table deliveries(id integer primary key autoincrement, channel integer not null,
  channel_name text not null, time integer not null, webhook_id text not null unique,
  sink integer not null, body text not null, state integer not null, attempts integer not null,
  created_ms integer not null, next_attempt_ms integer not null, last_error text not null);
create index deliveries_by_tick on deliveries(channel, time);
create index deliveries_by_state on deliveries(state, id);
create index deliveries_by_sink on deliveries(sink, id) where state = 0;
create index deliveries_by_lane on deliveries(channel, sink, id) where state = 0;
create table endings(state integer primary key, count integer not null);
)sql";

constexpr const char* versions[] = {first_version};

std::optional<double> double_at(const sqlite::cursor& row, int column) {
  if (row.is_null(column)) return {};
  return std::bit_cast<double>(row.integer(column));
}

// Whether the column is null or fits.
bool take_small(const sqlite::cursor& row, int column, std::optional<std::uint32_t>& into) {
  if (row.is_null(column)) return true;
  const std::int64_t number = row.integer(column);
  if (number < 0 || number > std::numeric_limits<std::uint32_t>::max()) return false;
  into = static_cast<std::uint32_t>(number);
  return true;
}

bool take_still(const sqlite::cursor& row, int column, std::optional<still_policy>& into) {
  if (row.is_null(column)) return true;
  const std::int64_t number = row.integer(column);
  if (number != 0 && number != 1) return false;
  into = number == 0 ? still_policy::match : still_policy::skip;
  return true;
}

}  // namespace

const sqlite::schema& state_schema() noexcept {
  static constexpr sqlite::schema made{0x52'70'73'74, versions};  // "Rpst"
  return made;
}

outcome<stored_channel> channel_of(const sqlite::connection& db, const sqlite::cursor& row) {
  stored_channel read;
  read.number = row.integer(0);
  read.name = row.text(1);
  read.created_at = row.integer(2);
  channel_settings& settings = read.settings;
  settings.source_url = row.text(3);
  settings.reporting_url = row.text(4);
  settings.threshold = double_at(row, 5);
  settings.similarity = double_at(row, 6);
  settings.enabled = row.integer(7) != 0;
  const bool sound =
      take_still(row, 8, settings.still) && take_small(row, 9, settings.min_lag_seconds) &&
      take_small(row, 10, settings.window_seconds) && take_small(row, 11, settings.top_k);
  settings.report_empty = row.integer(12) != 0;
  auto source_headers = decode_headers(row.blob(13));
  auto reporting_headers = decode_headers(row.blob(14));
  if (!sound || !source_headers || !reporting_headers) return malformed_row(db);
  settings.source_headers = std::move(*source_headers);
  settings.reporting_headers = std::move(*reporting_headers);
  return read;
}

outcome<delivery> delivery_of(const sqlite::connection& db, const sqlite::cursor& row) {
  delivery read;
  read.id = row.integer(0);
  read.channel = row.integer(1);
  read.channel_name = row.text(2);
  read.time = row.integer(3);
  read.webhook_id = row.text(4);
  read.sink_url = row.text(5);
  read.body = row.text(6);
  const std::int64_t state = row.integer(7);
  if (state < 0 || state >= static_cast<std::int64_t>(delivery_states)) return malformed_row(db);
  read.state = static_cast<delivery_state>(state);
  read.attempts = static_cast<std::uint32_t>(row.integer(8));
  read.created_ms = row.integer(9);
  read.next_attempt_ms = row.integer(10);
  read.last_error = row.text(11);
  return read;
}

}  // namespace reprise
