#include "host/audit.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "host/json_text.hpp"

namespace reprise {
namespace {

constexpr std::chrono::milliseconds quiet_poll{50};

std::string text_of(score_value score) {
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(score % 10)));
    score /= 10;
  } while (score != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

// Scores as the exact integers that are compared.
std::string text_of(const std::vector<stored_match>& best, bool still) {
  std::string made = still ? "still" : "moving";
  for (const stored_match& each : best) {
    made.append(" ").append(std::to_string(each.time)).append(":").append(text_of(each.score));
  }
  return made;
}

}  // namespace

audit::audit(live_core& core, std::function<void(channel_number)> mismatched)
    : core_{core},
      mismatched_{std::move(mismatched)},
      random_{make_seeded_random(core.parts.audit_seed)},
      rescued_{core.parts.history_at.reader->rescued()} {}

void audit::start() {
  if (core_.parts.auditor == nullptr || stopped_) return;
  (void)core_.link.after(core_.options.audit_interval, [this] {
    begin();
    start();
  });
}

// Each of the ticks since the last audit is drawn with the same chance, however many come.
void audit::consider(const channel_lane& lane, const stored_tick& tick, const tick_context& context,
                     const engine_answer& answered) {
  if (core_.parts.auditor == nullptr || !lane.is_as_stored()) return;
  ++considered_;
  if (random_->below(considered_) != 0) return;
  drawn_ = {.channel = tick.channel,
            .name = lane.entry->name,
            .time = tick.time,
            .by = lane.searched_by,
            .threshold = context.threshold.value_or(lane.searched_by.threshold),
            .best = answered.best,
            .still = answered.still,
            .marks = lane.marks};
}

void audit::begin() {
  considered_ = 0;
  std::optional<audited_tick> drawn = std::exchange(drawn_, std::nullopt);
  if (!drawn || stopped_) return;
  if (running_) {
    ++ended_[static_cast<std::size_t>(verdict::skipped)];
    return;
  }
  running_ = true;
  auto job = std::make_shared<audit_job>();
  job->of = std::move(*drawn);
  job->first = job->of.time - job->of.by.window_seconds - core_.by.run;
  job->cursor = job->first;
  job->lag = job->of.by.min_lag_seconds;
  read(job);
}

void audit::read(const shared_job& job) {
  core_.link.ask(
      core_.parts.reader,
      [&reader = *core_.parts.history_at.reader, by = core_.by, job]() -> outcome<bool> {
        const audited_tick& of = job->of;
        std::vector<recorded_second> slice;
        const auto got =
            reader.read(of.channel, job->cursor, of.time + 1, read_slice_seconds, slice);
        if (!got) return got.error();
        try {
          if (!job->history) job->history.emplace(by, of.by.still, job->first, of.time);
        } catch (const std::bad_alloc&) {
          return failure{errc::host_memory, "no memory for an audit"};
        }
        for (const recorded_second& second : slice) job->history->add(second.time, second.bits);
        if (!slice.empty()) job->cursor = slice.back().time + 1;
        return slice.size() == read_slice_seconds;
      },
      [this, job](const outcome<bool>& more) {
        if (stopped_) return;
        if (!more) return end(verdict::none);
        if (*more) return read(job);
        job->waits_since = core_.link.steady();
        settle(job);
      });
}

// Waits until all that may have changed the history before it was read has marked the lane.
void audit::settle(const shared_job& job) {
  if (stopped_) return;
  const channel_lane* lane = core_.lane(job->of.channel);
  if (lane == nullptr || lane->marks != job->of.marks) return end(verdict::none);
  if (job->first < core_.expired_before) return end(verdict::none);
  if (lane->holds == 0 && lane->passages == 0) return search(job);
  if (core_.link.steady() - job->waits_since >= quiet_wait_max) return end(verdict::none);
  (void)core_.link.after(quiet_poll, [this, job] { settle(job); });
}

void audit::search(const shared_job& job) {
  core_.link.ask(
      *core_.parts.auditor,
      [by = core_.by, &clock = core_.link.clock(), job] {
        const steady_time begun = clock.steady();
        const audited_tick& of = job->of;
        const std::uint32_t last =
            std::min(job->lag + search_slice_seconds - 1, of.by.window_seconds);
        find_matches(*job->history, by, of.time, {job->lag, last}, score_limit(of.threshold, by),
                     job->best);
        keep_best(job->best, of.by.top_k);
        job->lag = last + 1;
        job->still = is_still_at(*job->history, by, of.time);
        job->seconds += std::chrono::duration<double>(clock.steady() - begun).count();
        return job->lag <= of.by.window_seconds;
      },
      [this, job](bool more) {
        if (stopped_) return;
        more ? search(job) : judge(job);
      });
}

void audit::judge(const shared_job& job) {
  seconds_.add(job->seconds);
  std::vector<stored_match> right;
  for (const match& each : job->best) {
    right.push_back({job->of.time - each.lag_seconds, each.score});
  }
  if (right == job->of.best && job->still == job->of.still) return end(verdict::equal);
  look_for_damage(job, std::move(right));
}

// The engine may have seconds that the store has lost since. Where a damaged file was replaced, it
// is not known which.
void audit::look_for_damage(const shared_job& job, std::vector<stored_match> right) {
  core_.link.ask(
      core_.parts.reader,
      [&reader = *core_.parts.history_at.reader, rescued = rescued_, job]() -> outcome<bool> {
        const auto gaps = reader.gaps(job->of.channel, job->first, job->of.time + 1);
        if (!gaps) return gaps.error();
        const bool is_corrupt = (*gaps)[static_cast<std::size_t>(gap_reason::corrupt)] > 0;
        return is_corrupt || reader.rescued() != rescued;
      },
      [this, job, right = std::move(right)](const outcome<bool>& damaged) {
        if (stopped_) return;
        if (!damaged || *damaged) return end(verdict::none);
        tell(*job, right);
        end(verdict::mismatch);
        mismatched_(job->of.channel);
      });
}

void audit::tell(const audit_job& job, const std::vector<stored_match>& right) const {
  const audited_tick& of = job.of;
  std::string threshold;
  append_number(threshold, of.threshold);
  const channel_lane* const lane = core_.lane(of.channel);
  const std::string engine = lane == nullptr ? "" : lane->entry->engine;
  core_.parts.log(log_level::error, "the engine's answer is wrong",
                  {{"channel", of.name},
                   {"time", std::to_string(of.time)},
                   {"engine", engine},
                   {"answered", text_of(of.best, of.still)},
                   {"right", text_of(right, job.still)},
                   {"window_seconds", std::to_string(of.by.window_seconds)},
                   {"min_lag_seconds", std::to_string(of.by.min_lag_seconds)},
                   {"top_k", std::to_string(of.by.top_k)},
                   {"threshold", threshold},
                   {"still", of.by.still == still_policy::skip ? "skip" : "match"}});
}

void audit::end(verdict as) {
  running_ = false;
  ++ended_[static_cast<std::size_t>(as)];
}

void audit::write_metrics(metric_writer& into) const {
  constexpr std::string_view words[verdicts] = {"equal", "mismatch", "void", "skipped"};
  for (std::size_t i = 0; i < verdicts; ++i) {
    into.counter("reprise_audits_total", "Ticks drawn to be computed anew, by what came of it.",
                 {{"result", words[i]}}, static_cast<double>(ended_[i]));
  }
  into.counter("reprise_audit_mismatches_total", "Ticks that the engine has answered wrongly.", {},
               static_cast<double>(ended_[static_cast<std::size_t>(verdict::mismatch)]));
  into.histogram("reprise_audit_seconds", "What the reference takes for one tick.", {}, seconds_);
}

}  // namespace reprise
