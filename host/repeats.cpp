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

repeat_tracker::repeat_tracker(const rule& by)
    : back_dated_{std::int64_t{by.run} - 1}, score_max_{greatest_score(by)} {
  open_.reserve(2 * repeats_open_max);
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
  smallest_lag_ = 0;
  greatest_ = 0;
}

void repeat_tracker::visit(std::span<const match> piece) {
  for (const match& matched : piece) {
    const std::uint32_t lag = matched.lag_seconds;
    REPRISE_ASSERT(lag <= lag_max);
    REPRISE_ASSERT(next_runs_.empty() || lag > next_runs_.back().lag);
    if (smallest_lag_ == 0) smallest_lag_ = lag;
    greatest_ = std::max(greatest_, matched.score);
    while (runs_taken_ < runs_.size() && runs_[runs_taken_].lag < lag) ++runs_taken_;
    const bool goes_on = runs_taken_ < runs_.size() && runs_[runs_taken_].lag == lag;
    run going{.lag = lag & lag_max, .reached_max = 0, .ticks = 0};
    if (goes_on) going = runs_[runs_taken_++];
    if (going.ticks < ticks_max) ++going.ticks;
    if (matched.score == score_max_) going.reached_max = 1;
    next_runs_.push_back(going);
    if (goes_on) extend_open(matched);
    consider(going, matched.score);
  }
}

void repeat_tracker::extend_open(const match& matched) {
  while (open_taken_ < open_.size() && open_[open_taken_].lag < matched.lag_seconds) ++open_taken_;
  if (open_taken_ == open_.size() || open_[open_taken_].lag != matched.lag_seconds) return;
  open_run& extended = open_[open_taken_++];
  extended.last = time_;
  extended.score = std::max(extended.score, matched.score);
}

void repeat_tracker::consider(const run& going, score_value score) {
  const std::int64_t first = time_ - going.ticks + 1;
  if (first < candidates_from_) return;
  ++candidates_seen_;
  const open_run candidate{going.lag, first, time_, going.reached_max != 0 ? score_max_ : score};
  if (candidates_.size() == repeats_open_max) {
    if (!better(candidate, candidates_.front())) return;
    std::pop_heap(candidates_.begin(), candidates_.end(), better);
    candidates_.pop_back();
  }
  candidates_.push_back(candidate);
  std::push_heap(candidates_.begin(), candidates_.end(), better);
}

std::span<const repeat> repeat_tracker::finish_tick(bool still) {
  given_.clear();
  close_ended();
  if (!still) open_candidates();
  finish_still(still);
  std::swap(runs_, next_runs_);
  if (!still) {
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

void repeat_tracker::finish_still(bool still) {
  const bool matches = still && smallest_lag_ != 0;
  const bool goes_on = matches && still_ && still_->last == time_ - 1;
  if (still_ && !goes_on) {
    given_.push_back(made_of(*still_, repeat_kind::still, false));
    still_.reset();
  }
  if (!matches) return;
  if (!still_) still_ = open_run{smallest_lag_, time_, time_, 0};
  still_->lag = smallest_lag_;
  still_->last = time_;
  still_->score = std::max(still_->score, greatest_);
}

std::span<const repeat> repeat_tracker::open_repeats() {
  given_.clear();
  for (const open_run& open : open_) given_.push_back(made_of(open, repeat_kind::ordinary, true));
  if (still_) given_.push_back(made_of(*still_, repeat_kind::still, true));
  return given_;
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
