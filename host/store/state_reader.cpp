#include "host/store/state_reader.hpp"

#include <algorithm>
#include <limits>

#include "host/match/assert.hpp"
#include "host/store/state_codec.hpp"
#include "host/store/state_schema.hpp"

namespace reprise {
namespace {

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();

constexpr char matches_list = 'm', repeats_list = 'r', deliveries_list = 'd';

struct reader_db {
  sqlite::connection db;
  sqlite::statement channels = {}, keys = {}, matches = {}, repeats = {};
  sqlite::statement deliveries = {}, deliveries_in = {}, delivery_by_id = {}, waiting = {},
                    waiting_of = {};
  sqlite::statement waiting_counts = {}, oldest = {}, endings = {};
};

outcome<void> prepare_statements(reader_db& on) {
  const std::string deliveries = std::string{"select "} + delivery_columns +
                                 " from deliveries d join sinks s on s.id = d.sink where ";
  const std::string page_of_deliveries = "d.id < ?1 and d.time >= ?2 and d.time <= ?3";
  return prepare_all(
      on.db,
      {{&on.channels, std::string{"select number, name, created_at, "} + settings_columns +
                          " from channels order by name"},
       {&on.keys, "select id, label, hash, created_at, revoked_at from keys order by id"},
       {&on.matches,
        "select time, best from matches where channel = ?1 and time >= ?2 and time <= ?3 "
        "and exists(select 1 from channels where number = ?1) order by time limit ?4"},
       {&on.repeats,
        "select start, lag_key, end, lag, score, open from repeats where channel = ?1 "
        "and (start, lag_key) > (?2, ?3) and start <= ?4 and end >= ?5 "
        "and exists(select 1 from channels where number = ?1) order by start, lag_key limit ?6"},
       {&on.deliveries, deliveries + page_of_deliveries + " order by d.id desc limit ?4"},
       {&on.deliveries_in,
        deliveries + "d.state = ?5 and " + page_of_deliveries + " order by d.id desc limit ?4"},
       {&on.delivery_by_id, deliveries + "d.id = ?"},
       {&on.waiting, deliveries + "d.state = 0 and d.id > ? order by d.id limit ?"},
       {&on.waiting_of, deliveries +
                            "d.channel = ?1 and d.sink = (select id from sinks where url = ?2) "
                            "and d.state = 0 order by d.id limit ?3"},
       {&on.waiting_counts,
        "select coalesce(sum(waiting), 0), coalesce(max(waiting), 0) "
        "from sinks"},
       {&on.oldest, "select created_ms from deliveries where state = 0 order by id limit 1"},
       {&on.endings, "select state, count from endings"}});
}

// take(cursor) gives the outcome of one row's T.
template <typename T, typename Take>
outcome<std::vector<T>> all_of(sqlite::cursor cursor, Take take) {
  std::vector<T> rows;
  for (;;) {
    const auto more = cursor.next();
    if (!more) return more.error();
    if (!*more) return rows;
    auto row = take(cursor);
    if (!row) return row.error();
    rows.push_back(std::move(*row));
  }
}

// One more row than asked for says that there is a next page.
template <typename T, typename Cursor>
outcome<page<T>> page_of(outcome<std::vector<T>> rows, std::uint32_t limit, Cursor cursor_of) {
  if (!rows) return rows.error();
  page<T> made{std::move(*rows), {}};
  if (made.items.size() > limit) {
    made.items.resize(limit);
    made.next = cursor_of(made.items.back());
  }
  return made;
}

// The ticks asked for, both ends inclusive, so that every tick can be the last; none where
// from > last.
struct bounds {
  std::int64_t from;
  std::int64_t last;
};
bounds bounds_of(const page_request& asked) {
  if (asked.to == least) return {greatest, least};
  return {asked.from.value_or(least), asked.to ? *asked.to - 1 : greatest};
}

failure foreign_cursor() {
  return {errc::usage, "the cursor is none of this list"};
}

std::int64_t lag_key(const repeat& of) {
  return of.kind == repeat_kind::still ? -1 : std::int64_t{of.lag_seconds};
}

class reader final : public state_reader {
 public:
  explicit reader(sqlite::connection db) : on_{std::move(db)} {}
  outcome<void> begin() { return prepare_statements(on_); }

  outcome<std::vector<stored_channel>> channels() override {
    return all_of<stored_channel>(on_.channels.select(), [this](const sqlite::cursor& row) {
      return channel_of(on_.db, row);
    });
  }

  outcome<std::vector<stored_key>> keys() override {
    return all_of<stored_key>(
        on_.keys.select(), [this](const sqlite::cursor& row) -> outcome<stored_key> {
          stored_key key{.id = std::string{row.text(0)}, .label = std::string{row.text(1)}};
          const auto hash = row.blob(2);
          if (hash.size() != key.hash.size()) return malformed_row(on_.db);
          std::copy(hash.begin(), hash.end(), key.hash.begin());
          key.created_at = row.integer(3);
          if (!row.is_null(4)) key.revoked_at = row.integer(4);
          return key;
        });
  }

  outcome<page<match_row>> matches(channel_number channel, const page_request& asked) override {
    REPRISE_ASSERT(asked.limit > 0);
    std::array<std::int64_t, 1> behind{};
    if (asked.cursor && !decode_cursor(matches_list, *asked.cursor, behind)) {
      return foreign_cursor();
    }
    bounds in = bounds_of(asked);
    if (asked.cursor && behind[0] == greatest) return page<match_row>{};
    if (asked.cursor) in.from = std::max(in.from, behind[0] + 1);
    auto rows = all_of<match_row>(
        on_.matches.select(channel, in.from, in.last, std::int64_t{asked.limit} + 1),
        [this](const sqlite::cursor& row) -> outcome<match_row> {
          const std::int64_t time = row.integer(0);
          auto best = decode_best(time, row.blob(1));
          if (!best) return malformed_row(on_.db);
          return match_row{time, std::move(*best)};
        });
    return page_of(std::move(rows), asked.limit, [](const match_row& last) {
      return encode_cursor(matches_list, std::array{last.time});
    });
  }

  outcome<page<repeat>> repeats(channel_number channel, const page_request& asked) override {
    REPRISE_ASSERT(asked.limit > 0);
    std::array<std::int64_t, 2> behind{least, least};
    if (asked.cursor && !decode_cursor(repeats_list, *asked.cursor, behind)) {
      return foreign_cursor();
    }
    const bounds in = bounds_of(asked);
    auto rows = all_of<repeat>(
        on_.repeats.select(channel, behind[0], behind[1], in.last, in.from,
                           std::int64_t{asked.limit} + 1),
        [this](const sqlite::cursor& row) -> outcome<repeat> {
          const auto score = decode_score(row.blob(4));
          if (!score) return malformed_row(on_.db);
          return repeat{.kind = row.integer(1) == -1 ? repeat_kind::still : repeat_kind::ordinary,
                        .start = row.integer(0),
                        .end = row.integer(2),
                        .lag_seconds = static_cast<std::uint32_t>(row.integer(3)),
                        .score = *score,
                        .open = row.integer(5) != 0};
        });
    return page_of(std::move(rows), asked.limit, [](const repeat& last) {
      return encode_cursor(repeats_list, std::array{last.start, lag_key(last)});
    });
  }

  outcome<page<delivery>> deliveries(std::optional<delivery_state> state,
                                     const page_request& asked) override {
    REPRISE_ASSERT(asked.limit > 0);
    std::array<std::int64_t, 1> before{greatest};
    if (asked.cursor && !decode_cursor(deliveries_list, *asked.cursor, before)) {
      return foreign_cursor();
    }
    const bounds in = bounds_of(asked);
    const std::int64_t count = std::int64_t{asked.limit} + 1;
    auto rows = deliveries_of(state ? on_.deliveries_in.select(before[0], in.from, in.last, count,
                                                               static_cast<int>(*state))
                                    : on_.deliveries.select(before[0], in.from, in.last, count));
    return page_of(std::move(rows), asked.limit, [](const delivery& last) {
      return encode_cursor(deliveries_list, std::array{last.id});
    });
  }

  outcome<std::optional<delivery>> delivery_of(std::int64_t id) override {
    auto found = deliveries_of(on_.delivery_by_id.select(id));
    if (!found) return found.error();
    if (found->empty()) return std::optional<delivery>{};
    return std::optional{std::move(found->front())};
  }

  outcome<std::vector<delivery>> waiting(std::int64_t after, std::size_t count_max) override {
    return deliveries_of(on_.waiting.select(after, std::uint64_t{count_max}));
  }

  outcome<std::vector<delivery>> waiting_of(const std::string& sink_url, channel_number channel,
                                            std::size_t count_max) override {
    return deliveries_of(on_.waiting_of.select(channel, sink_url, std::uint64_t{count_max}));
  }

  outcome<outbox_figures> outbox() override {
    auto open = sqlite::transaction::begin_read(on_.db);
    if (!open) return open.error();
    statement_run steps;
    outbox_figures made;
    if (const auto counts = steps.row<2>(on_.waiting_counts)) {
      made.waiting = static_cast<std::uint64_t>((*counts)[0]);
      made.fullest = static_cast<std::uint64_t>((*counts)[1]);
    }
    if (const auto oldest = steps.row<1>(on_.oldest)) made.oldest_ms = oldest->front();
    for (const auto [state, count] : steps.rows<2>(on_.endings)) {
      if (state < 0 || state >= static_cast<std::int64_t>(delivery_states)) {
        return malformed_row(on_.db);
      }
      made.endings[static_cast<std::size_t>(state)] = static_cast<std::uint64_t>(count);
    }
    if (const auto done = steps.finish(*open); !done) return done.error();
    return made;
  }

 private:
  outcome<std::vector<delivery>> deliveries_of(sqlite::cursor cursor) {
    return all_of<delivery>(std::move(cursor), [this](const sqlite::cursor& row) {
      return reprise::delivery_of(on_.db, row);
    });
  }

  reader_db on_;
};

}  // namespace

outcome<std::unique_ptr<state_reader>> open_state_reader(const std::string& path,
                                                         const std::string& vfs) {
  auto db = sqlite::connection::open_reader(path, state_schema(), {.vfs = vfs});
  if (!db) return db.error();
  auto made = std::make_unique<reader>(std::move(*db));
  if (const auto begun = made->begin(); !begun) return begun.error();
  return made;
}

}  // namespace reprise
