// What a load finds out before it reads: what the store knows of the channel, and from where on it
// is searched.
#include <algorithm>
#include <utility>

#include "host/gap_account.hpp"
#include "host/history_loader.hpp"

namespace reprise {

// What the store knows of a channel before it is loaded.
struct channel_survey {
  std::optional<history_extent> extent;
  gap_counts gaps{};
  std::vector<repeat> repeats;  // that touch what is searched again
  // Of what is searched again, the newest tick whose matches are stored. Records are stored in the
  // order of a channel's ticks: those up to it have their reports, or were not to have any.
  std::optional<std::int64_t> recorded_through;
};

namespace {

constexpr std::uint32_t repeats_page = 1000;  // and matches: more than seconds are searched again
static_assert(repeats_page > 2 * history_loader::replay_seconds);
constexpr std::size_t repeats_pages_max = 16;

outcome<channel_survey> survey_channel(history_reader& history, state_reader& state,
                                       gap_span within, std::int64_t alive_until) {
  channel_survey made;
  const auto extent = history.extent(within.channel);
  if (!extent) return extent.error();
  made.extent = *extent;
  const auto gaps = count_gaps(history, within);
  if (!gaps) return gaps.error();
  made.gaps = *gaps;
  if (!made.extent) return made;
  page_request asked;
  asked.from = std::min(made.extent->newest, alive_until) - history_loader::replay_seconds;
  asked.limit = repeats_page;
  const auto recorded = state.matches(within.channel, asked);
  if (!recorded) return recorded.error();
  if (!recorded->items.empty()) made.recorded_through = recorded->items.back().time;
  for (std::size_t i = 0; i < repeats_pages_max; ++i) {
    auto page = state.repeats(within.channel, asked);
    if (!page) return page.error();
    made.repeats.insert(made.repeats.end(), page->items.begin(), page->items.end());
    if (!page->next) break;
    asked.cursor = page->next;
  }
  return made;
}

}  // namespace

// The repeats that were open when the history was lost, behind all records of before.
void history_loader::put_down_repeats(const shared_job& job, engine_slot lost) {
  core_.ask_engine([lost](live_engine& engine) { return engine.open_repeats(lost); },
                   [this, job, lost](std::vector<repeat> open) {
                     onward_.write_state<void>(
                         [channel = job->channel, open = std::move(open)](state_writer& writer) {
                           return writer.extend_open(channel, open);
                         },
                         [this, job, lost](const outcome<void>& put) {
                           channel_lane* lane = lane_of(job);
                           if (lane == nullptr) return;
                           if (!put) return fail(job, put.error().what);
                           lane->lost_slot = no_slot;
                           core_.ask_engine(
                               [lost](live_engine& engine) {
                                 engine.remove(lost);
                                 return true;
                               },
                               [](bool) {});
                           survey(job);
                         });
                   });
}

void history_loader::survey(const shared_job& job) {
  channel_lane* lane = lane_of(job);
  if (lane == nullptr) return;
  job->name = lane->entry->name;
  job->settings = core_.settings_of(lane->entry->settings);
  // Its newest tick is not known yet: what the service missed counts as well.
  gap_span within = gap_span_of(*lane->entry, core_.link.tick(), job->settings.window_seconds);
  within.to = core_.link.tick();
  core_.link.ask(
      core_.parts.reader,
      [&parts = core_.parts, within, matched = lane->matched_through.value_or(core_.alive_until)] {
        return survey_channel(*parts.history_at.reader, *parts.state_at.reader, within, matched);
      },
      [this, job](outcome<channel_survey> known) {
        if (lane_of(job) == nullptr) return;
        if (!known) return fail(job, known.error().what);
        take_survey(job, std::move(*known));
      });
}

// The first second whose report may be missing. The last process has left out those that were too
// old when they were pushed; what it polled never was. A report that is as old as those which are
// forgotten by now may have been made.
std::int64_t history_loader::report_from_of(const channel_lane& lane,
                                            const channel_survey& known) const {
  const std::int64_t age_max = core_.options.report_max_age_seconds;
  const bool is_pushed = lane.entry->settings.source_url.empty();
  std::int64_t from = core_.alive_until - (is_pushed ? age_max : replay_seconds);
  if (known.recorded_through) from = std::max(from, *known.recorded_through + 1);
  from = std::max(from, core_.started_at - core_.options.deliveries_keep_seconds);
  from = std::min(from, core_.started_at - age_max);
  if (lane.reportable_from) from = std::max(from, *lane.reportable_from);
  if (lane.matched_through) from = std::max(from, *lane.matched_through + 1);
  return from;
}

void history_loader::take_survey(const shared_job& job, channel_survey known) {
  channel_lane& lane = *core_.lane(job->channel);
  const auto matched = lane.matched_through;  // since the start; before that, as far as it lived
  const std::int64_t through = matched.value_or(core_.alive_until);
  if (!lane.reportable_from) count_gaps_of(*lane.entry, known.gaps);
  job->told_after = matched.value_or(core_.started_at - 1);
  job->report_from = report_from_of(lane, known);
  if (known.extent) {
    const std::int64_t newest = known.extent->newest;
    channel_entry& entry = *lane.entry;
    entry.newest_tick = std::max(entry.newest_tick.value_or(newest), newest);
    entry.last_time = std::max(entry.last_time.value_or(newest), newest);
    entry.durable_through = std::max(entry.durable_through.value_or(newest), newest);
    job->search_from = std::min(newest, through) - replay_seconds;
    job->told_after = std::min(newest, through);
    job->known = std::move(known.repeats);
    job->cursor = job->search_from - job->settings.window_seconds - core_.by.run - 1;
  }
  add_slot(job);
}

}  // namespace reprise
