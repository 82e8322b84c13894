#include "host/repeats.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "host/json_text.hpp"
#include "host/match/assert.hpp"

namespace reprise {
namespace {

constexpr std::uint32_t lag_max = std::numeric_limits<std::uint32_t>::max() >> 1;
constexpr std::uint32_t ticks_max = std::numeric_limits<std::uint32_t>::max();  // 136 years

score_value greatest_score(const rule& by) {
  std::uint32_t agreements[run_max] = {};
  std::fill_n(agreements, by.run, by.agreement_max());
  return match_score(agreements, by.run);
}

constexpr auto better = [](const auto& a, const auto& b) {
  return a.score != b.score ? a.score > b.score : a.lag < b.lag;
};
constexpr auto by_lag = [](const auto& a, const auto& b) { return a.lag < b.lag; };

}  // namespace

repeat_tracker::repeat_tracker(const rule& by, std::uint32_t lags_max)
    : back_dated_{std::int64_t{by.run} - 1}, score_max_{greatest_score(by)} {
  runs_.reserve(lags_max);
  next_runs_.reserve(lags_max);
  open_.reserve(2 * repeats_open_max);
  open_lags_.reserve(repeats_open_max);
  candidates_.reserve(repeats_open_max);
  given_.reserve(repeats_open_max + 1);
}

void repeat_tracker::begin_tick(std::int64_t time) {
  REPRISE_ASSERT(!newest_ || time > *newest_);
  time_ = time;
  follows_ = newest_ && time == *newest_ + 1;
  candidates_from_ = follows_ && still_since_ ? *still_since_ : time;
  runs_taken_ = follows_ ? 0 : runs_.size();  // behind a gap no run goes on
  open_taken_ = 0;
  next_runs_.clear();
  candidates_.clear();
  candidates_seen_ = 0;
}

bool repeat_tracker::wants_all_when_still() const noexcept {
  return !follows_ || !still_since_ || time_ - *still_since_ < still_followed_seconds_max;
}

void repeat_tracker::visit(std::span<const match> piece) noexcept {
  if (piece.empty()) return;
  std::uint32_t lag_before = next_runs_.empty() ? 0 : next_runs_.back().lag;
  const std::size_t row = next_runs_.size();
  REPRISE_ASSERT(row + piece.size() <= next_runs_.capacity());
  next_runs_.resize(row + piece.size());
  // In locals: a still picture brings the whole window here, every second.
  run* next = next_runs_.data() + row;
  const run* before = runs_.data() + runs_taken_;
  std::uint64_t seen = 0;
  const run* const before_end = runs_.data() + runs_.size();
  for (const match& matched : piece) {
    const std::uint32_t lag = matched.lag_seconds;
    REPRISE_ASSERT(lag > lag_before);
    lag_before = lag;
    while (before != before_end && before->lag < lag) ++before;
    const bool goes_on = before != before_end && before->lag == lag;
    const std::uint32_t ticks = goes_on ? before->ticks : 0;
    const bool reached_max = (goes_on && before->reached_max != 0) || matched.score == score_max_;
    if (goes_on) ++before;
    const run going{lag & lag_max, reached_max, ticks < ticks_max ? ticks + 1 : ticks};
    *next++ = going;
    if (goes_on && open_taken_ < open_.size()) extend_open(matched);
    if (time_ - going.ticks + 1 < candidates_from_) continue;
    ++seen;
    const score_value best = reached_max ? score_max_ : matched.score;
    // Lags increase within a tick, so an equal score at this one is the worse.
    if (candidates_.size() < repeats_open_max || best > candidates_.front().score) {
      add_candidate(going, best);
    }
  }
  REPRISE_ASSERT(lag_before <= lag_max);
  candidates_seen_ += seen;
  runs_taken_ = static_cast<std::size_t>(before - runs_.data());
}

void repeat_tracker::extend_open(const match& matched) {
  while (open_taken_ < open_.size() && open_[open_taken_].lag < matched.lag_seconds) ++open_taken_;
  if (open_taken_ == open_.size() || open_[open_taken_].lag != matched.lag_seconds) return;
  open_run& extended = open_[open_taken_++];
  extended.last = time_;
  extended.score = std::max(extended.score, matched.score);
}

void repeat_tracker::add_candidate(const run& going, score_value score) {
  if (candidates_.size() == repeats_open_max) {
    std::pop_heap(candidates_.begin(), candidates_.end(), better);
    candidates_.pop_back();
  }
  candidates_.push_back({going.lag, time_ - going.ticks + 1, time_, score});
  std::push_heap(candidates_.begin(), candidates_.end(), better);
}

std::span<const repeat> repeat_tracker::finish_tick(const tick_result& answer) {
  given_.clear();
  close_ended();
  if (!answer.still) open_candidates();
  finish_still(answer);
  open_lags_.clear();
  for (const open_run& open : open_) open_lags_.push_back(open.lag);
  std::swap(runs_, next_runs_);
  if (!answer.still) {
    still_since_.reset();
  } else if (!still_since_ || !follows_) {
    still_since_ = time_;
  }
  newest_ = time_;
  return given_;
}

void repeat_tracker::close_ended() {
  std::erase_if(open_, [this](const open_run& checked) {
    if (checked.last == time_) return false;
    given_.push_back(made_of(checked, repeat_kind::ordinary, false));
    return true;
  });
}

void repeat_tracker::open_candidates() {
  const std::size_t before = open_.size();
  open_.insert(open_.end(), candidates_.begin(), candidates_.end());
  dropped_ += candidates_seen_ - candidates_.size();
  if (open_.size() > repeats_open_max) {
    std::nth_element(open_.begin(), open_.begin() + repeats_open_max, open_.end(), better);
    dropped_ += open_.size() - repeats_open_max;
    open_.resize(repeats_open_max);
  }
  if (open_.size() != before || !candidates_.empty()) std::sort(open_.begin(), open_.end(), by_lag);
}

void repeat_tracker::finish_still(const tick_result& answer) {
  const bool matches = answer.still && !answer.best.empty();
  const bool goes_on = matches && still_ && still_->last == time_ - 1;
  if (still_ && !goes_on) {
    given_.push_back(made_of(*still_, repeat_kind::still, false));
    still_.reset();
  }
  if (!matches) return;
  const match& best = answer.best.front();
  if (!still_) still_ = open_run{best.lag_seconds, time_, time_, 0};
  still_->lag = best.lag_seconds;
  still_->last = time_;
  still_->score = std::max(still_->score, best.score);
}

std::span<const repeat> repeat_tracker::open_repeats() {
  given_.clear();
  for (const open_run& open : open_) given_.push_back(made_of(open, repeat_kind::ordinary, true));
  if (still_) given_.push_back(made_of(*still_, repeat_kind::still, true));
  return given_;
}

void repeat_tracker::begin_behind(std::int64_t newest, std::optional<std::int64_t> still_since) {
  REPRISE_ASSERT(!newest_);
  newest_ = newest;
  still_since_ = still_since;
}

void repeat_tracker::adopt(std::span<const repeat> known, std::int64_t begun) {
  const auto adopt_one = [&](open_run& rest, repeat_kind kind) {
    if (rest.first != begun) return;
    for (const repeat& each : known) {
      const bool is_same =
          each.kind == kind && (kind == repeat_kind::still || each.lag_seconds == rest.lag);
      const bool reaches = each.start < begun - back_dated_ && each.end >= begun - 1;
      if (!is_same || !reaches) continue;
      rest.first = each.start + back_dated_;
      rest.score = std::max(rest.score, each.score);
      return;
    }
  };
  for (open_run& rest : open_) adopt_one(rest, repeat_kind::ordinary);
  if (still_) adopt_one(*still_, repeat_kind::still);
}

repeat repeat_tracker::made_of(const open_run& of, repeat_kind kind, bool open) const {
  return {kind, of.first - back_dated_, of.last, of.lag, of.score, open};
}

void append_repeat_line(std::string& out, std::string_view channel, const repeat& written,
                        const rule& by) {
  out.append("{\"channel\":\"").append(channel).append("\",\"start\":");
  append_number(out, written.start);
  append_number(out.append(",\"end\":"), written.end);
  append_number(out.append(",\"source_start\":"), written.source_start());
  append_number(out.append(",\"source_end\":"), written.source_end());
  append_number(out.append(",\"lag\":"), std::int64_t{written.lag_seconds});
  append_number(out.append(",\"seconds\":"), written.seconds());
  append_number(out.append(",\"score\":"), nearest_double(written.score, by));
  out.append(written.open ? ",\"open\":true" : ",\"open\":false");
  if (written.kind == repeat_kind::still) out.append(",\"kind\":\"still\"");
  out.append("}\n");
}

}  // namespace reprise
