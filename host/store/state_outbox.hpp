// The outbox inside state.db: reports in, their outcomes, the overflow of a sink, and the counts
// that go along with every change of a state.
//
// Errors   kept by the statement_run that is given; its transaction is undone by who began it
// Threads  the writer's
// Owns     its statements, which end before the connection that they came of
#pragma once

#include "host/store/state_schema.hpp"

namespace reprise {

class state_outbox {
 public:
  [[nodiscard]] static outcome<state_outbox> prepare(sqlite::connection& db);

  // The id of the new report; 0 where its webhook_id was there, or with `once` any report of its
  // tick, unless with an id above `told_through`: then that id. Drops the sink's oldest above
  // waiting_reports_max.
  [[nodiscard]] std::int64_t insert(sqlite::connection& db, statement_run& steps,
                                    const delivery& report, bool once, std::int64_t told_through);
  void change(statement_run& steps, const outcome_change& changed);
  void end_of_channel(statement_run& steps, channel_number channel);
  // At most some hundred that ended and were made before that moment; whether there may be more.
  [[nodiscard]] bool expire(statement_run& steps, std::int64_t before_ms);

 private:
  void count_ending(statement_run& steps, delivery_state state, std::int64_t reports);
  void drop_oldest(statement_run& steps, std::int64_t sink, std::int64_t count);

  sqlite::statement add_sink_, find_sink_, count_waiting_, count_removed_, drop_sink_;
  sqlite::statement find_webhook_, find_tick_, insert_, find_, update_, set_state_, oldest_of_sink_;
  sqlite::statement waiting_by_sink_, end_channel_, ended_before_, remove_, count_ending_;
};

}  // namespace reprise
