#include "cuda/device_session.hpp"

#include <algorithm>
#include <cstring>

#include "host/match/assert.hpp"

namespace reprise {

result<channel_planes> device_session::add_planes(std::uint32_t slots) {
  if (lost_) return *lost_;
  const auto made = device_->add_planes(slots);
  if (!made && made.error() == errc::device_lost) lost_ = made.error();
  return made;
}

void device_session::remove_planes(const device_channel& of) {
  settle(of);
  call([&] { return device_->remove_planes(of.planes); });
}

std::optional<errc> device_session::reserve(const batch_room& room, std::uint32_t window_seconds) {
  if (lost_) return lost_;
  const auto refused = device_->reserve(room);
  if (refused == errc::device_lost) lost_ = refused;
  if (refused) return refused;
  rows_.reserve(room.rows);
  row_channels_.reserve(room.rows);
  collected_rows_.reserve(room.rows);
  collects_.reserve(room.rows);
  told_.reserve(std::max<std::size_t>(told_.capacity(), window_seconds));
  room_ = room;
  return std::nullopt;
}

// Records of that channel that are staged reach the device before what comes next.
void device_session::settle(const device_channel& of) {
  if (of.staged_in == uploads_ && of.staged > 0) upload({});
}

void device_session::upload(std::span<const query_row> rows) {
  call([&] { return device_->upload(appends_, rows); });
  appends_ = 0;
  ++uploads_;
}

void device_session::stage(device_channel& of, std::uint32_t slot, prefix_id prefix) {
  // Records of one upload lie in different slots.
  if (of.staged_in == uploads_ && of.staged == of.planes.slots) upload({});
  if (appends_ == match_device::appends_max) upload({});
  if (lost_) return;
  if (of.staged_in != uploads_) of.staged = 0;
  of.staged_in = uploads_;
  ++of.staged;
  std::byte* const record = device_->staging() + appends_ * append_bytes(rule_);
  const append_record head{of.planes, slot, prefix};
  std::memcpy(record, &head, sizeof head);
  if (prefix != prefix_missing) {
    std::memcpy(record + sizeof head, of.suffix(), suffix_words_of(rule_) * 4);
  }
  ++appends_;
}

void device_session::clear(const device_channel& of, std::uint32_t first, std::uint32_t count) {
  settle(of);
  call([&] { return device_->clear(of.planes, first, count); });
}

void device_session::begin_batch() noexcept {
  rows_.clear();
  row_channels_.clear();
  collected_rows_.clear();
  probes_.clear();
  used_ = {};
}

void device_session::add_row(device_channel& of, query_row row) {
  row.first_tile = used_.tiles;
  row.first_found = used_.found;
  row.first_best = used_.best;
  const std::uint32_t tiles = tiles_of(of.planes.slots);
  used_.rows += 1;
  used_.tiles += tiles;
  used_.found += tiles * row.top_k;
  used_.best += row.top_k;
  rows_.push_back(row);
  row_channels_.push_back(&of);
}

void device_session::answer_batch() {
  answers_ = {};
  if (rows_.empty()) return;
  REPRISE_ASSERT(used_.rows <= room_.rows && used_.tiles <= room_.tiles);
  REPRISE_ASSERT(used_.found <= room_.found && used_.best <= room_.best);
  upload(rows_);
  call([&] { return device_->score(); });
  call([&] { return device_->select(); });
  call([&]() -> std::optional<errc> {
    const auto answers = device_->download();
    if (!answers) return answers.error();
    if (!are_sound(*answers)) return errc::device_lost;
    answers_ = *answers;
    return std::nullopt;
  });
}

// What a device says is believed no further than our own memory's bounds.
bool device_session::are_sound(const batch_answers& answers) const noexcept {
  if (answers.rows.size() != rows_.size() || answers.best.size() < used_.best) return false;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const match_count& count = answers.rows[row];
    if (count.kept > rows_[row].top_k || count.kept > count.all) return false;
    if (count.all > rows_[row].greatest_lag) return false;
  }
  return true;
}

match_count device_session::count_of(std::uint32_t row) const noexcept {
  return lost_ ? match_count{} : answers_.rows[row];
}

void device_session::read_best(std::uint32_t row, std::vector<match>& into) const {
  into.clear();
  if (lost_) return;
  for (const found_match& each : answers_.best.subspan(rows_[row].first_best, count_of(row).kept)) {
    into.push_back(unpack(each));
  }
}

void device_session::ask_all(std::uint32_t row) {
  collected_rows_.push_back(row);
}

void device_session::ask_lags(std::uint32_t row, std::span<const std::uint32_t> lags) {
  for (const std::uint32_t lag : lags) {
    if (lag < rows_[row].least_lag || lag > rows_[row].greatest_lag) continue;
    probes_.push_back({row, lag});
  }
}

void device_session::tell_asked(const row_teller& tell) {
  answer_collects(tell);
  answer_probes(tell);
}

void device_session::answer_collects(const row_teller& tell) {
  static_assert(window_seconds_max <= match_device::collected_max);  // any row fits by itself
  for (std::size_t first = 0; first < collected_rows_.size() && !lost_;) {
    collects_.clear();
    std::uint32_t matches = 0;
    std::size_t last = first;
    for (; last < collected_rows_.size(); ++last) {
      const std::uint32_t row = collected_rows_[last];
      if (matches + count_of(row).all > match_device::collected_max) break;
      collects_.push_back({row, matches});
      matches += count_of(row).all;
    }
    call([&]() -> std::optional<errc> {
      const auto collected = device_->collect(collects_, matches);
      if (!collected) return collected.error();
      for (const collect_request& each : collects_) {
        told_.clear();
        for (const found_match& found : collected->subspan(each.first, count_of(each.row).all)) {
          told_.push_back(unpack(found));
        }
        tell(each.row, told_);
      }
      return std::nullopt;
    });
    first = last;
  }
  collected_rows_.clear();
}

void device_session::answer_probes(const row_teller& tell) {
  told_.clear();
  for (std::size_t first = 0; first < probes_.size() && !lost_; first += match_device::probes_max) {
    const std::span<const probe_request> asked = std::span{probes_}.subspan(
        first, std::min<std::size_t>(match_device::probes_max, probes_.size() - first));
    call([&]() -> std::optional<errc> {
      const auto probed = device_->probe(asked);
      if (!probed) return probed.error();
      for (std::size_t i = 0; i < asked.size(); ++i) {
        const query_row& row = rows_[asked[i].row];
        const match found = unpack((*probed)[i]);
        if (found.score > score_of(row.limit_low, row.limit_high)) told_.push_back(found);
        const bool is_last =
            first + i + 1 == probes_.size() || probes_[first + i + 1].row != asked[i].row;
        if (!is_last) continue;
        if (!told_.empty()) tell(asked[i].row, told_);
        told_.clear();
      }
      return std::nullopt;
    });
  }
  probes_.clear();
}

}  // namespace reprise
