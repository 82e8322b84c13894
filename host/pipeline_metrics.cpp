// The figures of the batches on their way.
#include "host/pipeline.hpp"

namespace reprise {

void pipeline::write_metrics(metric_writer& into) const {
  const auto number = [](auto value) { return static_cast<double>(value); };
  into.counter("reprise_batches_total", "Batches that were stepped and stored.", {},
               number(batches_));
  into.counter("reprise_batch_channels_total", "Ticks in them.", {}, number(batch_ticks_));
  into.gauge("reprise_batch_channels", "Ticks of a batch on average.", {},
             batches_ == 0 ? 0 : number(batch_ticks_) / number(batches_));
  into.gauge("reprise_passages_used", "Batches on their way.", {}, number(passages_.size()));
  into.gauge("reprise_passages_limit", "How many may wait for the disk.", {}, number(passages_max));
  into.counter("reprise_ticks_total", "Ticks by result.", {{"result", "searched"}},
               number(searched_));
  into.counter("reprise_ticks_total", "Ticks by result.", {{"result", "gap"}}, number(gaps_));
  into.counter("reprise_ticks_total", "Ticks by result.", {{"result", "refused"}},
               number(refused_));
  into.counter("reprise_ticks_conflicting_total", "Ticks that were there with other bytes.", {},
               number(conflicts_.load()));
  into.counter("reprise_matches_total", "Matches among the best of their ticks.", {},
               number(matches_));
  into.counter("reprise_repeats_total", "Repeats that were opened.", {}, number(repeats_));
  into.counter("reprise_reports_made_total", "Reports that went into the outbox.", {},
               number(reports_));
  into.gauge("reprise_durable_lag_seconds", "How long the oldest batch waits for the disk.", {},
             history_.lag_seconds());
  into.histogram("reprise_match_seconds", "What the engine takes for a batch.", {}, match_seconds_);
  into.histogram("reprise_durable_seconds", "From a tick's last byte to its place on disk.", {},
                 durable_seconds_);
  history_.write_metrics(into, "history");
  state_.write_metrics(into, "state");
}

}  // namespace reprise
