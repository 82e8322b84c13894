#include "host/store/state_outbox.hpp"

#include "host/match/assert.hpp"

namespace reprise {
namespace {

constexpr std::int64_t expired_a_state_max = 100;  // in one slice: some milliseconds

constexpr int waiting = static_cast<int>(delivery_state::waiting);

bool may_become(delivery_state from, delivery_state to) noexcept {
  switch (from) {
    case delivery_state::waiting:
      return true;
    case delivery_state::delivered:
    case delivery_state::channel_deleted:
      return false;
    case delivery_state::dropped_overflow:
      // It may have been on its way when it was dropped.
      return to == delivery_state::waiting || to == delivery_state::delivered;
    case delivery_state::expired:
    case delivery_state::sink_disabled:
      return to == delivery_state::waiting;
  }
  return false;
}

}  // namespace

outcome<state_outbox> state_outbox::prepare(sqlite::connection& db) {
  state_outbox made;
  const auto prepared = prepare_all(
      db,
      {{&made.add_sink_, "insert into sinks(url) values(?) on conflict do nothing"},
       {&made.find_sink_, "select id, waiting from sinks where url = ?"},
       {&made.count_waiting_,
        "update sinks set waiting = waiting + ?2, reports = reports + ?3 where id = ?1"},
       {&made.count_removed_, "update sinks set reports = reports - 1 where id = ?"},
       {&made.drop_sink_, "delete from sinks where id = ? and reports = 0"},
       {&made.find_webhook_, "select id from deliveries where webhook_id = ?"},
       {&made.find_tick_, "select id from deliveries where channel = ? and time = ? limit 1"},
       {&made.insert_,
        "insert into deliveries(channel, channel_name, time, webhook_id, sink, body, state, "
        "attempts, created_ms, next_attempt_ms, last_error) "
        "values(?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)"},
       {&made.find_, "select state, sink from deliveries where id = ?"},
       {&made.update_,
        "update deliveries set state = ?2, attempts = ?3, next_attempt_ms = ?4, last_error = ?5 "
        "where id = ?1"},
       {&made.set_state_, "update deliveries set state = ?2 where id = ?1"},
       {&made.oldest_of_sink_,
        "select id from deliveries where sink = ? and state = 0 order by id limit ?"},
       {&made.waiting_by_sink_,
        "select sink, count(*) from deliveries where channel = ? and state = 0 group by sink"},
       {&made.end_channel_, "update deliveries set state = ?2 where channel = ?1 and state = 0"},
       {&made.ended_before_,
        "select id, sink from (select id, sink, created_ms from deliveries where state = ? "
        "order by id limit ?) where created_ms < ?"},
       {&made.remove_, "delete from deliveries where id = ?"},
       {&made.count_ending_,
        "insert into endings(state, count) values(?1, ?2) "
        "on conflict do update set count = count + ?2"}});
  if (!prepared) return prepared.error();
  return made;
}

std::int64_t state_outbox::insert(sqlite::connection& db, statement_run& steps,
                                  const delivery& report, bool once, std::int64_t told_through) {
  REPRISE_ASSERT(report.state == delivery_state::waiting);
  auto there = steps.row<1>(find_webhook_, report.webhook_id);
  if (!there && once) there = steps.row<1>(find_tick_, report.channel, report.time);
  if (there) {
    return there->front() > told_through ? there->front() : 0;
  }
  steps.run(add_sink_, report.sink_url);
  const auto sink = steps.row<2>(find_sink_, report.sink_url);
  if (!sink) return 0;
  const auto [number, waiting_before] = *sink;
  steps.run(insert_, report.channel, report.channel_name, report.time, report.webhook_id, number,
            report.body, report.attempts, report.created_ms, report.next_attempt_ms,
            report.last_error);
  const std::int64_t id = db.last_row();
  steps.run(count_waiting_, number, 1, 1);
  constexpr auto waiting_max = static_cast<std::int64_t>(waiting_reports_max);
  if (waiting_before >= waiting_max) drop_oldest(steps, number, waiting_before + 1 - waiting_max);
  return id;
}

void state_outbox::drop_oldest(statement_run& steps, std::int64_t sink, std::int64_t count) {
  const auto oldest = steps.rows<1>(oldest_of_sink_, sink, count);
  for (const auto [id] : oldest) {
    steps.run(set_state_, id, static_cast<int>(delivery_state::dropped_overflow));
  }
  const auto dropped = static_cast<std::int64_t>(oldest.size());
  steps.run(count_waiting_, sink, -dropped, 0);
  count_ending(steps, delivery_state::dropped_overflow, dropped);
}

void state_outbox::change(statement_run& steps, const outcome_change& changed) {
  const auto found = steps.row<2>(find_, changed.id);
  if (!found) return;
  const auto [state, sink] = *found;
  if (!may_become(static_cast<delivery_state>(state), changed.state)) return;
  const int next = static_cast<int>(changed.state);
  steps.run(update_, changed.id, next, changed.attempts, changed.next_attempt_ms,
            changed.last_error);
  if (state == next) return;
  if (state == waiting) steps.run(count_waiting_, sink, -1, 0);
  if (next == waiting) steps.run(count_waiting_, sink, 1, 0);
  if (next != waiting) count_ending(steps, changed.state, 1);
}

void state_outbox::end_of_channel(statement_run& steps, channel_number channel) {
  std::int64_t all = 0;
  for (const auto [sink, count] : steps.rows<2>(waiting_by_sink_, channel)) {
    steps.run(count_waiting_, sink, -count, 0);
    all += count;
  }
  steps.run(end_channel_, channel, static_cast<int>(delivery_state::channel_deleted));
  count_ending(steps, delivery_state::channel_deleted, all);
}

bool state_outbox::expire(statement_run& steps, std::int64_t before_ms) {
  bool more = false;
  for (int state = waiting + 1; state < static_cast<int>(delivery_states); ++state) {
    const auto ended = steps.rows<2>(ended_before_, state, expired_a_state_max, before_ms);
    for (const auto [id, sink] : ended) {
      steps.run(remove_, id);
      steps.run(count_removed_, sink);
      steps.run(drop_sink_, sink);
    }
    more = more || static_cast<std::int64_t>(ended.size()) == expired_a_state_max;
  }
  return more;
}

void state_outbox::count_ending(statement_run& steps, delivery_state state, std::int64_t reports) {
  if (reports > 0) steps.run(count_ending_, static_cast<int>(state), reports);
}

}  // namespace reprise
