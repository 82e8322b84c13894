#include "host/repeats.hpp"

#include <algorithm>
#include <utility>

#include "host/json_text.hpp"
#include "host/match/assert.hpp"

namespace reprise {
namespace {

constexpr auto better = [](const auto& a, const auto& b) {
  return a.score != b.score ? a.score > b.score : a.lag < b.lag;
};
constexpr auto by_lag = [](const auto& a, const auto& b) { return a.lag < b.lag; };

}  // namespace

repeat_tracker::repeat_tracker(const rule& by) : back_dated_{std::int64_t{by.run} - 1} {
  open_.reserve(2 * repeats_open_max);
  open_lags_.reserve(repeats_open_max);
  candidates_.reserve(repeats_open_max);
  given_.reserve(repeats_open_max + 1);
}

void repeat_tracker::begin_tick(std::int64_t time) {
  REPRISE_ASSERT(!newest_ || time > *newest_);
  time_ = time;
  follows_ = newest_ && time == *newest_ + 1;
  // Behind a gap no run goes on.
  lags_taken_ = follows_ ? 0 : lags_.size();
  open_taken_ = follows_ ? 0 : open_.size();
  next_lags_.clear();
  candidates_.clear();
  candidates_seen_ = 0;
}

std::span<const std::uint32_t> repeat_tracker::watched_lags() const {
  if (!follows_) return {};
  return open_lags_;
}

void repeat_tracker::visit(std::span<const match> piece) {
  for (const match& matched : piece) {
    const std::uint32_t lag = matched.lag_seconds;
    REPRISE_ASSERT(next_lags_.empty() || lag > next_lags_.back());
    next_lags_.push_back(lag);
    while (lags_taken_ < lags_.size() && lags_[lags_taken_] < lag) ++lags_taken_;
    const bool goes_on = lags_taken_ < lags_.size() && lags_[lags_taken_] == lag;
    if (!extend_open(matched) && !goes_on) add_candidate(matched);
  }
}

bool repeat_tracker::extend_open(const match& matched) {
  while (open_taken_ < open_.size() && open_[open_taken_].lag < matched.lag_seconds) ++open_taken_;
  if (open_taken_ == open_.size() || open_[open_taken_].lag != matched.lag_seconds) return false;
  open_run& extended = open_[open_taken_++];
  extended.last = time_;
  extended.score = std::max(extended.score, matched.score);
  return true;
}

void repeat_tracker::add_candidate(const match& matched) {
  ++candidates_seen_;
  if (candidates_.size() == repeats_open_max) {
    // Lags increase within a tick, so that this one loses a tie.
    if (matched.score <= candidates_.front().score) return;
    std::pop_heap(candidates_.begin(), candidates_.end(), better);
    candidates_.pop_back();
  }
  candidates_.push_back({matched.lag_seconds, time_, time_, matched.score});
  std::push_heap(candidates_.begin(), candidates_.end(), better);
}

std::span<const repeat> repeat_tracker::finish_tick(const tick_result& answer) {
  given_.clear();
  close_ended();
  if (answer.still) {
    next_lags_.clear();
  } else {
    open_candidates();
  }
  finish_still(answer);
  open_lags_.clear();
  for (const open_run& open : open_) open_lags_.push_back(open.lag);
  std::swap(lags_, next_lags_);
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
