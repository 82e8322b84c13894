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
  if (!lost_) device_->remove_planes(of.planes);
}

std::optional<errc> device_session::reserve(const batch_room& room) {
  if (lost_) return lost_;
  const auto refused = device_->reserve(room);
  if (refused == errc::device_lost) lost_ = refused;
  if (refused) return refused;
  rows_.reserve(room.rows);
  row_channels_.reserve(room.rows);
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
  upload(rows_);
  call([&] { return device_->score(); });
  call([&] { return device_->select(); });
  call([&]() -> std::optional<errc> {
    const auto answers = device_->download();
    if (!answers) return answers.error();
    answers_ = *answers;
    return std::nullopt;
  });
}

match_count device_session::count_of(std::uint32_t row) const noexcept {
  if (lost_) return {};
  const match_count count = answers_.rows[row];
  REPRISE_ASSERT(count.kept <= rows_[row].top_k && count.kept <= count.all);
  return count;
}

void device_session::read_best(std::uint32_t row, std::vector<match>& into) const {
  into.clear();
  if (lost_) return;
  for (const found_match& each : answers_.best.subspan(rows_[row].first_best, count_of(row).kept)) {
    into.push_back(unpack(each));
  }
}

std::span<const match> device_session::collect(std::uint32_t row) {
  told_.clear();
  call([&]() -> std::optional<errc> {
    const collect_request asked{row, 0};
    const auto collected = device_->collect({&asked, 1}, count_of(row).all);
    if (!collected) return collected.error();
    for (const found_match& each : *collected) told_.push_back(unpack(each));
    return std::nullopt;
  });
  return told_;
}

std::span<const match> device_session::probe(std::uint32_t row,
                                             std::span<const std::uint32_t> lags) {
  const query_row& asked = rows_[row];
  const score_value limit = score_of(asked.limit_low, asked.limit_high);
  told_.clear();
  for (std::size_t first = 0; first < lags.size(); first += match_device::probes_max) {
    probes_.clear();
    for (const std::uint32_t lag : lags.subspan(
             first, std::min<std::size_t>(match_device::probes_max, lags.size() - first))) {
      if (lag >= asked.least_lag && lag <= asked.greatest_lag) probes_.push_back({row, lag});
    }
    call([&]() -> std::optional<errc> {
      const auto probed = device_->probe(probes_);
      if (!probed) return probed.error();
      for (const found_match& each : *probed) {
        if (unpack(each).score > limit) told_.push_back(unpack(each));
      }
      return std::nullopt;
    });
  }
  if (lost_) told_.clear();
  return told_;
}

}  // namespace reprise
