#include "host/live_service.hpp"

#include <algorithm>
#include <utility>

#include "host/gap_account.hpp"
#include "host/live_service_parts.hpp"

namespace reprise {
namespace {

constexpr std::int64_t keep_margin_seconds = 600;  // kept beyond the window: replay, slow starts
constexpr int maintain_slices_max = 4;             // a second and disk, a few milliseconds each
constexpr std::chrono::seconds maintain_late{30};  // then it does not wait for idle disks
constexpr std::chrono::milliseconds maintain_again{130};  // else it looks for an idle moment
constexpr std::chrono::milliseconds drain_poll{10};
constexpr std::chrono::milliseconds recovery_look{20};  // whether all is loaded
// What was on its way when a service was killed left nothing behind: a tick for two seconds, or for
// a minute where the disk was full. It lies a minute further back where its source tells that it is
// so far behind the clock, and as the newest tick of all may be of one that is five seconds ahead.
// What is stored counts as what it is.
constexpr std::int64_t on_the_way_seconds_max = 128;

// What the history's file has come to.
struct history_figures {
  std::vector<std::string> notes;
  std::uint64_t bytes = 0;
  std::uint64_t syncs_failed = 0;
};

// What start() reads before anything else.
struct stored_start {
  std::vector<stored_channel> channels;
  std::vector<stored_key> keys;
  std::optional<std::int64_t> newest_tick;
};

outcome<stored_start> read_start(history_reader& history, state_reader& state) {
  auto channels = state.channels();
  if (!channels) return channels.error();
  auto keys = state.keys();
  if (!keys) return keys.error();
  const auto newest = history.newest_tick();
  if (!newest) return newest.error();
  return stored_start{std::move(*channels), std::move(*keys), *newest};
}

template <typename Slice>
outcome<void> run_slices(Slice slice) {
  for (int i = 0; i < maintain_slices_max; ++i) {
    const outcome<bool> more = slice();
    if (!more) return more.error();
    if (!*more) break;
  }
  return {};
}

}  // namespace

std::unique_ptr<live_service> make_live_service(service_parts parts,
                                                const service_options& options) {
  return std::make_unique<joined_service>(std::move(parts), options);
}

joined_service::joined_service(service_parts parts, const service_options& options)
    : core_{std::move(parts), options},
      pipeline_{core_},
      intake_{core_, pipeline_},
      loader_{core_, pipeline_, intake_},
      audit_{core_, [this](channel_number channel) { distrust(channel); }} {
  pipeline_.on_answer(
      [this](const channel_lane& lane, const stored_tick& tick, const tick_context& context,
             const engine_answer& answered) { audit_.consider(lane, tick, context, answered); });
  pipeline_.on_loss([this](channel_lane& lane) { loader_.recover(lane); });
}

void joined_service::start(std::function<void(outcome<void>)> started) {
  core_.link.ask(
      core_.parts.reader,
      [&parts = core_.parts] {
        return read_start(*parts.history_at.reader, *parts.state_at.reader);
      },
      [this, started = std::move(started)](outcome<stored_start> read) {
        if (core_.draining) return started(failure{errc::stopping, "the service is stopping"});
        if (!read) return started(read.error());
        core_.started_at = core_.link.tick();
        core_.alive_until = read->newest_tick.value_or(core_.started_at);
        keys_ = std::move(read->keys);
        begin(std::move(read->channels));
        started({});
        // The poller accounts for each tick since it was made, which is now.
        if (!read->newest_tick) return;
        record_downtime(core_.link.tick() - 1);
        tell_recovery();
      });
}

// One line once all is loaded: what the last process left behind, and what was made of it.
void joined_service::tell_recovery() {
  if (core_.draining) return;
  if (loader_.left() > 0) {
    (void)core_.link.after(recovery_look, [this] { tell_recovery(); });
    return;
  }
  read_outbox([this](const outcome<outbox_figures>& outbox) {
    const std::int64_t missed = core_.started_at - core_.alive_until - 1;
    core_.parts.log(
        log_level::info, "recovered",
        {{"downtime_seconds", std::to_string(std::max<std::int64_t>(missed, 0))},
         {"channels", std::to_string(core_.lanes.size() - loader_.unloaded())},
         {"seconds_loaded", std::to_string(loader_.seconds())},
         {"seconds_searched_again", std::to_string(loader_.seconds_searched())},
         {"reports_waiting", outbox ? std::to_string(outbox->waiting) : std::string{}}});
  });
}

void joined_service::record_downtime(std::int64_t end) {
  const outage missed{core_.alive_until + 1 - on_the_way_seconds_max, end, gap_reason::down};
  if (missed.start <= missed.end) record(missed);
}

void joined_service::begin(std::vector<stored_channel> channels) {
  std::vector<channel_number> numbers;
  for (const stored_channel& channel : channels) {
    add_lane(channel);
    numbers.push_back(channel.number);
  }
  has_started_ = true;
  loader_.load(std::move(numbers));
  audit_.start();
  every_second();
}

// The engine has answered wrongly: the channel gets a fresh history, of what the store holds.
void joined_service::distrust(channel_number channel) {
  channel_lane* lane = core_.lane(channel);
  if (lane == nullptr) return;
  lane->on_host = true;
  lane->mark_dirty(core_.link.steady() - history_loader::settle_max);
}

channel_lane& joined_service::add_lane(const stored_channel& channel) {
  auto made = std::make_unique<channel_lane>();
  channel_lane& lane = *made;
  core_.lanes.emplace(channel.number, std::move(made));
  lane.entry = &core_.book.add(channel.number, channel.name, channel.settings, channel.created_at);
  return lane;
}

void joined_service::take(const arrival& arrived) {
  channel_lane* lane = core_.lane(arrived.channel);
  if (lane == nullptr || core_.draining) {
    ++ticks_unknown_;
    return;
  }
  (void)intake_.accept(*lane, arrived, {});
}

service_phase joined_service::phase() const {
  service_phase shown;
  shown.channels_loaded = core_.lanes.size() - loader_.unloaded();
  shown.word = is_leaving_          ? "draining"
               : !has_started_      ? "starting"
               : loader_.left() > 0 ? "loading"
                                    : "ready";
  shown.ready = shown.word == "ready";
  if (loader_.left() > 0) {
    shown.reasons.push_back(std::to_string(loader_.left()) + " of " +
                            std::to_string(core_.lanes.size()) + " channels are not loaded yet");
  }
  for (const auto* fault : {&pipeline_.history_fault(), &pipeline_.state_fault()}) {
    if (*fault) shown.reasons.push_back("the disk: " + (*fault)->what);
  }
  if (std::string problem = loader_.problem(); !problem.empty()) {
    shown.reasons.push_back(std::move(problem));
  }
  return shown;
}

void joined_service::every_second() {
  ++seconds_run_;
  if (!core_.draining) loader_.rebuild_dirty();
  maintain();
  recount_gaps();
  look_at_engine(seconds_run_ % extend_open_seconds);
  (void)core_.link.after(std::chrono::seconds{1}, [this] { every_second(); });
}

void joined_service::maintain() {
  const steady_time begun = core_.link.steady();
  const bool is_late = maintained_ && begun - *maintained_ >= maintain_late;
  if (!maintained_) maintained_ = begun;
  if (!pipeline_.is_disk_idle() && !is_late) {
    if (std::exchange(maintains_again_, true)) return;
    (void)core_.link.after(maintain_again, [this] {
      maintains_again_ = false;
      maintain();
    });
    return;
  }
  maintained_ = begun;
  const std::int64_t now = core_.link.tick();
  std::uint32_t window = core_.options.defaults.window_seconds;
  core_.book.each([&](const channel_entry& entry) {
    window = std::max(window, entry.settings.window_seconds.value_or(0));
  });
  // What a load has yet to read is kept for it, however long the service was down.
  const std::int64_t kept_for = loader_.left() > 0 ? std::min(now, core_.alive_until) : now;
  const std::int64_t expire_before = kept_for - window - keep_margin_seconds;
  core_.expired_before = std::max(core_.expired_before, expire_before);
  pipeline_.write_history<history_figures>(
      [now, expire_before](history_writer& writer) -> outcome<history_figures> {
        const auto done = run_slices([&] { return writer.maintain(now, expire_before); });
        if (!done) return done.error();
        return history_figures{writer.take_notes(), writer.file_bytes(), writer.syncs_failed()};
      },
      [this](const outcome<history_figures>& read) {
        if (!read) return core_.faults.failed("the history's maintenance", read.error());
        history_bytes_ = read->bytes;
        history_syncs_failed_ = read->syncs_failed;
        core_.faults.succeeded("the history's maintenance");
        for (const std::string& note : read->notes) {
          core_.parts.log(log_level::error, "the history is damaged", {{"where", note}});
        }
      });
  const retention keep{now - core_.options.matches_keep_seconds,
                       now - core_.options.repeats_keep_seconds,
                       (now - core_.options.deliveries_keep_seconds) * 1000};
  pipeline_.write_state<void>(
      [keep](state_writer& writer) { return run_slices([&] { return writer.maintain(keep); }); },
      core_.faults.ignore_but_log("the state's maintenance"));
}

// The gaps of one channel a second are counted anew: what leaves the window is never subtracted.
void joined_service::recount_gaps() {
  channel_lane* next = nullptr;
  for (const auto& [number, lane] : core_.lanes) {
    const bool is_later = number > recounted_;
    if (lane->slot == no_slot || !is_later) continue;
    if (next == nullptr || number < next->entry->number) next = lane.get();
  }
  recounted_ = next == nullptr ? 0 : next->entry->number;
  if (next == nullptr || next->has_unstored() || pipeline_.history_fault()) return;
  const auto then = [this, channel = recounted_,
                     newest = next->entry->newest_tick](const outcome<gap_counts>& counted) {
    channel_lane* lane = core_.lane(channel);
    if (lane == nullptr || !counted) return;
    // Ticks that have come meanwhile are not among what was counted.
    if (lane->entry->newest_tick == newest) count_gaps_of(*lane->entry, *counted);
  };
  read_gaps(recounted_, then);
}

void joined_service::reconfigure(const service_options& options) {
  core_.options = options;
  intake_.reconfigure();
  pipeline_.reconfigure();
  for (const auto& [number, lane] : core_.lanes) {
    if (lane->slot == no_slot) continue;
    if (core_.settings_of(lane->entry->settings) != lane->searched_by) {
      lane->mark_dirty(core_.link.steady());
    }
  }
}

void joined_service::drain(std::function<void()> drained) {
  begin_drain();
  core_.draining = true;
  loader_.stop();
  audit_.stop();
  finish_drain(std::move(drained));
}

void joined_service::finish_drain(std::function<void()> drained) {
  intake_.flush();
  const bool is_over =
      core_.turns.is_empty() && loader_.running() == 0 && intake_.is_idle() && pipeline_.is_idle();
  if (!is_over && has_drain_failed()) {
    core_.parts.log(log_level::error, "stopped while a disk refuses what was taken",
                    {{"batches", std::to_string(pipeline_.batches_waiting())},
                     {"records", std::to_string(pipeline_.records_waiting())}});
    return drained();
  }
  if (!is_over) {
    (void)core_.link.after(drain_poll, [this, drained = std::move(drained)]() mutable {
      finish_drain(std::move(drained));
    });
    return;
  }
  look_at_engine(std::nullopt);
  // Behind the engine's answer, which puts its writes into the queue.
  core_.ask_engine([](live_engine&) { return true; },
                   [this, drained = std::move(drained)](bool) {
                     pipeline_.write_state<void>([](state_writer&) { return outcome<void>{}; },
                                                 [drained](const outcome<void>&) { drained(); });
                   });
}

// Whether a disk has stood in the way of the drain for too long.
bool joined_service::has_drain_failed() {
  if (!pipeline_.history_fault() && !pipeline_.state_fault()) {
    drain_fault_since_.reset();
    return false;
  }
  if (!drain_fault_since_) drain_fault_since_ = core_.link.steady();
  return core_.link.steady() - *drain_fault_since_ >= drain_fault_max;
}

void joined_service::write_metrics(metric_writer& into) const {
  const auto number = [](auto value) { return static_cast<double>(value); };
  into.gauge("reprise_channels_used", "Channels, those that are being made, too.", {},
             number(core_.lanes.size() + adding_));
  into.gauge("reprise_channels_limit", "How many there may be.", {},
             number(core_.options.channels_max));
  into.gauge("reprise_channels_loaded", "Channels whose history is in the engine.", {},
             number(core_.lanes.size() - loader_.unloaded()));
  write_engine_metrics(into);
  into.counter("reprise_ticks_unknown_total", "Ticks of no channel, or while stopping.", {},
               number(ticks_unknown_));
  into.gauge("reprise_pushes_used", "Pushes that are being stored.", {}, number(pushes_));
  into.gauge("reprise_pushes_limit", "How many may be.", {}, number(pushes_max));
  into.gauge("reprise_turns_used", "Requests that wait for the channel with most.", {},
             number(core_.turns.waiting()));
  into.gauge("reprise_turns_limit", "How many may.", {}, number(turnstile::turns_waiting_max));
  into.gauge("reprise_keys_used", "Keys, revoked ones too.", {}, number(keys_.size()));
  into.gauge("reprise_keys_limit", "How many there may be.", {}, number(keys_max));
  into.gauge("reprise_history_bytes", "Size of the history's file.", {}, number(history_bytes_));
  into.counter("reprise_history_damaged_total", "Chunks of the history that were damaged.", {},
               number(core_.parts.history_at.reader->damaged()));
  into.counter("reprise_history_syncs_failed_total", "Syncs of the history that have failed.", {},
               number(history_syncs_failed_));
  intake_.write_metrics(into);
  pipeline_.write_metrics(into);
  loader_.write_metrics(into);
  audit_.write_metrics(into);
}

}  // namespace reprise
