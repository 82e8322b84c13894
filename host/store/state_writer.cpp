#include "host/store/state_writer.hpp"

#include <algorithm>
#include <bit>

#include "host/match/assert.hpp"
#include "host/printable.hpp"
#include "host/store/reopening.hpp"
#include "host/store/state_codec.hpp"
#include "host/store/state_outbox.hpp"

namespace reprise {
namespace {

// Folding the WAL back takes as long as many commits: from a megabyte on that is left to the
// maintenance, in a calm moment, from 16 on to any commit; from 64 on it waits for readers.
constexpr std::uint32_t wal_pages_calm = 256;
constexpr std::uint32_t wal_pages_busy = 4'096;
constexpr std::uint32_t wal_pages_max = 16'384;

// One slice of maintain(): rows that go, and channels that are looked at.
constexpr std::int64_t slice_rows_max = 500;
constexpr std::int64_t slice_channels_max = 100;

struct writer_db {
  sqlite::connection db;
  state_outbox outbox = {};
  sqlite::statement add_channel = {}, find_name = {}, find_channel = {}, change_channel = {},
                    remove_channel = {}, note_removed = {};
  sqlite::statement add_key = {}, find_key = {}, revoke_key = {};
  sqlite::statement add_match = {}, put_repeat = {}, newest_delivery = {};
  sqlite::statement next_channels = {}, expire_matches = {}, expire_repeats = {};
  sqlite::statement removed = {}, drop_matches = {}, drop_repeats = {}, drop_removed = {};
};

outcome<void> prepare_statements(writer_db& on) {
  const std::string settings = settings_columns;
  return prepare_all(
      on.db,
      {{&on.add_channel, "insert into channels(name, created_at, " + settings +
                             ") values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
       {&on.find_name, "select number from channels where name = ?"},
       {&on.find_channel, "select number from channels where number = ?"},
       {&on.change_channel, "update channels set (" + settings +
                                ") = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
                                "where number = ?1"},
       {&on.remove_channel, "delete from channels where number = ?"},
       {&on.note_removed, "insert into removed_channels values(?)"},
       {&on.add_key,
        "insert into keys(id, label, hash, created_at, revoked_at) values(?, ?, ?, ?, ?)"},
       {&on.find_key, "select revoked_at is null from keys where id = ?"},
       {&on.revoke_key, "update keys set revoked_at = ?2 where id = ?1"},
       {&on.add_match,
        "insert into matches(channel, time, best) values(?, ?, ?) on conflict do nothing"},
       {&on.put_repeat,
        "insert into repeats(channel, start, lag_key, end, lag, score, open) "
        "values(?, ?, ?, ?, ?, ?, ?) on conflict do update set end = max(end, excluded.end), "
        "lag = excluded.lag, score = max(score, excluded.score), open = excluded.open"},
       {&on.newest_delivery, "select coalesce(max(id), 0) from deliveries"},
       {&on.next_channels, "select number from channels where number > ? order by number limit ?"},
       {&on.expire_matches,
        "delete from matches where channel = ?1 and time in (select time from matches "
        "where channel = ?1 and time < ?2 order by time limit ?3)"},
       {&on.expire_repeats,
        "delete from repeats where (channel, start, lag_key) in (select channel, start, lag_key "
        "from repeats where channel = ?1 and start < ?2 and end < ?2 and open = 0 limit ?3)"},
       {&on.removed, "select number from removed_channels limit 1"},
       {&on.drop_matches,
        "delete from matches where channel = ?1 and time in (select time from matches "
        "where channel = ?1 limit ?2)"},
       {&on.drop_repeats,
        "delete from repeats where (channel, start, lag_key) in (select channel, start, lag_key "
        "from repeats where channel = ?1 limit ?2)"},
       {&on.drop_removed, "delete from removed_channels where number = ?"}});
}

outcome<std::unique_ptr<writer_db>> open_db(const std::string& path, const std::string& vfs,
                                            sync_rule& syncs) {
  auto db = sqlite::connection::open_writer(path, state_schema(), {.vfs = vfs, .syncs = &syncs});
  if (!db) return db.error();
  auto opened = std::make_unique<writer_db>(writer_db{std::move(*db)});
  auto outbox = state_outbox::prepare(opened->db);
  if (!outbox) return outbox.error();
  opened->outbox = std::move(*outbox);
  if (const auto prepared = prepare_statements(*opened); !prepared) return prepared.error();
  return opened;
}

std::optional<std::int64_t> bits_of(const std::optional<double>& number) {
  if (!number) return {};
  return std::bit_cast<std::int64_t>(*number);
}

std::optional<std::int64_t> number_of(const std::optional<still_policy>& still) {
  if (!still) return {};
  return *still == still_policy::match ? 0 : 1;
}

// Behind `first`, in the order of settings_columns.
template <typename... First>
void run_with_settings(statement_run& steps, sqlite::statement& of,
                       const channel_settings& settings, const First&... first) {
  const auto source_headers = encode_headers(settings.source_headers);
  const auto reporting_headers = encode_headers(settings.reporting_headers);
  steps.run(of, first..., settings.source_url, settings.reporting_url, bits_of(settings.threshold),
            bits_of(settings.similarity), settings.enabled, number_of(settings.still),
            settings.min_lag_seconds, settings.window_seconds, settings.top_k,
            settings.report_empty, std::span<const std::byte>{source_headers},
            std::span<const std::byte>{reporting_headers});
}

class writer final : public state_writer {
 public:
  writer(const std::string& path, const std::string& vfs)
      : file_{[path, vfs](sync_rule& syncs) { return open_db(path, vfs, syncs); }, nullptr} {}

  outcome<void> begin() {
    return write([this](writer_db& on, statement_run& steps) {
      if (const auto newest = steps.row<1>(on.newest_delivery)) told_through_ = newest->front();
      if (const auto closed = on.db.execute("update repeats set open = 0 where open = 1");
          !closed) {
        steps.fail(closed.error());
      }
    });
  }

  outcome<stored_channel> add_channel(const std::string& name, const channel_settings& settings,
                                      std::int64_t now) override {
    stored_channel added{.name = name, .settings = settings, .created_at = now};
    const auto done = write([&](writer_db& on, statement_run& steps) {
      if (steps.row<1>(on.find_name, name)) {
        steps.fail({errc::data_conflict, "channel " + printable(name) + ": it is there already"});
      }
      run_with_settings(steps, on.add_channel, settings, name, now);
      added.number = on.db.last_row();
    });
    if (!done) return done.error();
    return added;
  }

  outcome<void> change_channel(channel_number number, const channel_settings& settings) override {
    return write([&](writer_db& on, statement_run& steps) {
      require_channel(on, steps, number);
      run_with_settings(steps, on.change_channel, settings, number);
    });
  }

  outcome<void> remove_channel(channel_number number) override {
    return write([&](writer_db& on, statement_run& steps) {
      require_channel(on, steps, number);
      steps.run(on.remove_channel, number);
      steps.run(on.note_removed, number);
      on.outbox.end_of_channel(steps, number);
    });
  }

  outcome<void> add_key(const stored_key& added) override {
    return write([&](writer_db& on, statement_run& steps) {
      if (steps.row<1>(on.find_key, added.id)) {
        steps.fail({errc::data_conflict, "key " + printable(added.id) + ": it is there already"});
      }
      steps.run(on.add_key, added.id, added.label, std::span<const std::byte>{added.hash},
                added.created_at, added.revoked_at);
    });
  }

  outcome<bool> revoke_key(const std::string& id, std::int64_t now) override {
    bool revoked = false;
    const auto done = write([&](writer_db& on, statement_run& steps) {
      const auto valid = steps.row<1>(on.find_key, id);
      revoked = valid && valid->front() != 0;
      if (revoked) steps.run(on.revoke_key, id, now);
    });
    if (!done) return done.error();
    return revoked;
  }

  outcome<void> commit(std::span<const tick_record> batch,
                       std::vector<std::int64_t>& ids) override {
    ids.assign(batch.size(), 0);
    std::int64_t newest = 0;
    const auto done = write([&](writer_db& on, statement_run& steps) {
      for (std::size_t i = 0; i < batch.size() && steps.good(); ++i) {
        const std::int64_t id = store(on, steps, batch[i]);
        // The same report twice in one batch: the second is not new.
        if (id <= newest && std::find(ids.begin(), ids.end(), id) != ids.end()) continue;
        ids[i] = id;
        newest = std::max(newest, id);
      }
    });
    if (!done) {
      ids.assign(batch.size(), 0);
      return done;
    }
    told_through_ = std::max(told_through_, newest);
    return done;
  }

  outcome<void> change(std::span<const outcome_change> changed) override {
    return write([&](writer_db& on, statement_run& steps) {
      for (const outcome_change& one : changed) on.outbox.change(steps, one);
    });
  }

  outcome<void> extend_open(channel_number channel, std::span<const repeat> open) override {
    return write([&](writer_db& on, statement_run& steps) {
      if (!steps.row<1>(on.find_channel, channel)) return;
      for (const repeat& one : open) put(on, steps, channel, one, true);
    });
  }

  outcome<bool> maintain(const retention& keep) override {
    bool more = false;
    const auto done = write(
        [&](writer_db& on, statement_run& steps) {
          more = on.outbox.expire(steps, keep.deliveries_before_ms);
          more = clear_removed(on, steps) || more;
          more = expire_ticks(on, steps, keep) || more;
        },
        wal_pages_calm);
    if (!done) return done.error();
    return more;
  }

 private:
  // One transaction; work(writer_db&, statement_run&) says through the run what failed.
  template <typename Work>
  outcome<void> write(Work work, std::uint32_t wal_pages = wal_pages_busy) {
    return file_.run([&](writer_db& on) -> outcome<void> {
      auto open = sqlite::transaction::begin_write(on.db);
      if (!open) return open.error();
      statement_run steps;
      work(on, steps);
      auto done = steps.finish(*open);
      // What is committed is durable, whatever becomes of the WAL; a sync that fails here closes
      // the file all the same.
      if (done) (void)on.db.bound_wal(wal_pages, wal_pages_max);
      return done;
    });
  }

  static void require_channel(writer_db& on, statement_run& steps, channel_number number) {
    if (!steps.row<1>(on.find_channel, number)) {
      steps.fail({errc::not_found, "no channel has the number " + std::to_string(number)});
    }
  }

  std::int64_t store(writer_db& on, statement_run& steps, const tick_record& record) {
    if (!steps.row<1>(on.find_channel, record.channel)) return 0;
    if (!record.best.empty()) {
      const auto best = encode_best(record.time, record.best);
      steps.run(on.add_match, record.channel, record.time, std::span<const std::byte>{best});
    }
    for (const repeat& one : record.opened) put(on, steps, record.channel, one, true);
    for (const repeat& one : record.closed) put(on, steps, record.channel, one, false);
    if (!record.report || !steps.good()) return 0;
    return on.outbox.insert(on.db, steps, *record.report, record.replay, told_through_);
  }

  static void put(writer_db& on, statement_run& steps, channel_number channel, const repeat& one,
                  bool open) {
    const std::int64_t lag_key =
        one.kind == repeat_kind::still ? -1 : std::int64_t{one.lag_seconds};
    const score_bytes score = encode_score(one.score);
    steps.run(on.put_repeat, channel, one.start, lag_key, one.end, one.lag_seconds,
              std::span<const std::byte>{score}, open);
  }

  // What a removed channel has left, a slice of it.
  static bool clear_removed(writer_db& on, statement_run& steps) {
    const auto removed = steps.row<1>(on.removed);
    if (!removed) return false;
    const channel_number number = removed->front();
    steps.run(on.drop_matches, number, slice_rows_max);
    std::int64_t gone = steps.good() ? on.db.changes() : 0;
    steps.run(on.drop_repeats, number, slice_rows_max);
    gone += steps.good() ? on.db.changes() : 0;
    if (gone == 0) steps.run(on.drop_removed, number);
    return true;
  }

  // Goes round the channels, some of them a call; no more once it comes to the last.
  bool expire_ticks(writer_db& on, statement_run& steps, const retention& keep) {
    const auto channels = steps.rows<1>(on.next_channels, expired_through_, slice_channels_max);
    std::int64_t gone = 0;
    for (const auto [number] : channels) {
      steps.run(on.expire_matches, number, keep.matches_before, slice_rows_max);
      const std::int64_t matches = steps.good() ? on.db.changes() : 0;
      steps.run(on.expire_repeats, number, keep.repeats_before, slice_rows_max);
      const std::int64_t repeats = steps.good() ? on.db.changes() : 0;
      // A channel that may have more is the first of the next slice.
      if (matches == slice_rows_max || repeats == slice_rows_max) return true;
      expired_through_ = number;
      gone += matches + repeats;
      if (gone >= slice_rows_max) return true;
    }
    if (static_cast<std::int64_t>(channels.size()) == slice_channels_max) return true;
    expired_through_ = 0;
    return false;
  }

  reopening<writer_db> file_;
  std::int64_t told_through_ = 0;  // reports up to here are known to have been stored
  channel_number expired_through_ = 0;
};

}  // namespace

outcome<std::unique_ptr<state_writer>> open_state_writer(const std::string& path,
                                                         const std::string& vfs) {
  auto made = std::make_unique<writer>(path, vfs);
  if (const auto begun = made->begin(); !begun) return begun.error();
  return made;
}

}  // namespace reprise
