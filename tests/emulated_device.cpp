#include "tests/emulated_device.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "cuda/candidate.hpp"

namespace reprise {
namespace {

class emulated_device final : public match_device {
 public:
  emulated_device(const rule& by, std::shared_ptr<device_script> script)
      : rule_{by}, script_{std::move(script)}, staging_(appends_max * append_bytes(by)) {}
  ~emulated_device() override { script_->bytes = 0; }

  result<channel_planes> add_planes(std::uint32_t slots) override {
    if (fails()) return errc::device_lost;
    const std::size_t bytes = plane_bytes(rule_, slots);
    if (script_->bytes + bytes > script_->bytes_max) return errc::device_memory;
    script_->bytes += bytes;
    auto words = std::make_unique<plane_words>(bytes / sizeof(suffix_chunk));
    // What was never written must never be read but where it is missing.
    std::memset(static_cast<void*>(words->data()), 0xa5, bytes);
    const channel_planes made{words->front().word, slots};
    planes_[made.base] = std::move(words);
    std::fill_n(prefix_plane(made), slots, 0u);
    return made;
  }

  std::optional<errc> remove_planes(const channel_planes& removed) override {
    if (fails()) return errc::device_lost;
    script_->bytes -= plane_bytes(rule_, removed.slots);
    EXPECT_EQ(planes_.erase(removed.base), 1u);
    return std::nullopt;
  }

  std::optional<errc> reserve(const batch_room& room) override {
    if (fails()) return errc::device_lost;
    room_ = room;
    return std::nullopt;
  }

  device_memory_use memory() const noexcept override {
    return {script_->bytes, script_->bytes_max, staging_.size()};
  }

  std::byte* staging() noexcept override { return staging_.data(); }

  std::optional<errc> clear(const channel_planes& of, std::uint32_t first,
                            std::uint32_t count) override {
    if (fails()) return errc::device_lost;
    EXPECT_LE(first + count, of.slots);
    std::fill_n(prefix_plane(of) + first, count, 0u);
    return std::nullopt;
  }

  std::optional<errc> upload(std::uint32_t appends, std::span<const query_row> rows) override {
    if (fails()) return errc::device_lost;
    EXPECT_LE(rows.size(), room_.rows);
    std::map<const void*, int> written;
    for (std::uint32_t i = 0; i < appends; ++i) {
      const std::byte* const record = staging_.data() + i * append_bytes(rule_);
      append_record head;
      std::memcpy(&head, record, sizeof head);
      EXPECT_TRUE(planes_.contains(head.planes.base));
      EXPECT_EQ(written[prefix_plane(head.planes) + head.slot]++, 0) << "a slot twice";
      prefix_plane(head.planes)[head.slot] = head.prefix;
      if (head.prefix == 0) continue;
      for (std::uint32_t w = 0; w < suffix_words_of(rule_); ++w) {
        std::memcpy(suffix_of(head.planes, head.slot, rule_) + suffix_word(w),
                    record + sizeof head + w * 4, 4);
      }
    }
    std::memset(staging_.data(), 0x5a, appends * append_bytes(rule_));
    rows_.assign(rows.begin(), rows.end());
    return std::nullopt;
  }

  // The walk of the grid: every tile of every row, every slot of a tile, newest slots first.
  std::optional<errc> score() override {
    if (fails()) return errc::device_lost;
    tiles_.assign(room_.tiles, {});
    found_.assign(room_.found, {});
    for (const query_row& row : rows_) {
      for (std::uint32_t tile = 0; tile < tiles_of(row.planes.slots); ++tile) {
        score_tile(row, tile);
      }
    }
    return std::nullopt;
  }

  std::optional<errc> select() override {
    if (fails()) return errc::device_lost;
    counts_.assign(rows_.size(), {});
    best_.assign(room_.best, {});
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const query_row& row = rows_[i];
      std::vector<match> all;
      for (std::uint32_t tile = 0; tile < tiles_of(row.planes.slots); ++tile) {
        const match_count& count = tiles_[row.first_tile + tile];
        counts_[i].all += count.all;
        for (std::uint32_t k = 0; k < count.kept; ++k) {
          all.push_back(unpack(found_[row.first_found + tile * row.top_k + k]));
        }
      }
      counts_[i].kept = keep_best(all, row.top_k, best_.data() + row.first_best);
    }
    return std::nullopt;
  }

  result<batch_answers> download() override {
    if (fails()) return errc::device_lost;
    return batch_answers{counts_, best_};
  }

  result<std::span<const found_match>> collect(std::span<const collect_request> asked,
                                               std::uint32_t matches) override {
    if (fails()) return errc::device_lost;
    given_.assign(matches, {});
    for (const collect_request& each : asked) {
      const query_row& row = rows_[each.row];
      std::uint32_t place = each.first;
      for (std::uint32_t lag = row.least_lag; lag <= row.greatest_lag; ++lag) {
        const score_value score = score_at(row, lag);
        if (score <= score_of(row.limit_low, row.limit_high)) continue;
        given_.at(place++) = pack({lag, score});
      }
    }
    return std::span<const found_match>{given_};
  }

  result<std::span<const found_match>> probe(std::span<const probe_request> asked) override {
    if (fails()) return errc::device_lost;
    given_.clear();
    for (const probe_request& each : asked) {
      given_.push_back(pack({each.lag_seconds, score_at(rows_[each.row], each.lag_seconds)}));
    }
    return std::span<const found_match>{given_};
  }

 private:
  using plane_words = std::vector<suffix_chunk>;

  bool fails() {
    EXPECT_FALSE(script_->lost) << "called after it was lost";
    script_->lost = script_->lost || ++script_->calls == script_->fails_at;
    return script_->lost;
  }

  static std::uint32_t keep_best(std::vector<match>& all, std::uint32_t top_k, found_match* into) {
    std::sort(all.begin(), all.end(), ranks_before);
    all.resize(std::min<std::size_t>(all.size(), top_k));
    for (const match& each : all) *into++ = pack(each);
    return static_cast<std::uint32_t>(all.size());
  }

  score_value score_at(const query_row& row, std::uint32_t lag) const {
    return slot_score<suffix_words_max>(row, slot_back(row.slot, lag, row.planes.slots), rule_);
  }

  void score_tile(const query_row& row, std::uint32_t tile) {
    const tile_range range = range_of_tile(tile, row.planes.slots);
    std::vector<match> all;
    for (std::uint32_t slot = range.last; slot-- > range.first;) {
      ++script_->scored_slots;
      if (!is_candidate(row, slot, prefix_plane(row.planes)[slot])) continue;
      const std::uint32_t newest =
          suffix_agreement<suffix_words_max>(suffix_of(row.planes, row.slot, rule_), suffix_stride,
                                             suffix_of(row.planes, slot, rule_), rule_);
      if (row.keeps != 0) agreement_plane(row.planes, row.plane)[slot] = newest;
      const score_value score = run_score<suffix_words_max>(row, slot, newest, rule_);
      if (score <= score_of(row.limit_low, row.limit_high)) continue;
      all.push_back({lag_of(row.slot, slot, row.planes.slots), score});
    }
    match_count& count = tiles_.at(row.first_tile + tile);
    count.all = static_cast<std::uint32_t>(all.size());
    count.kept = keep_best(all, row.top_k, &found_.at(row.first_found + tile * row.top_k));
  }

  rule rule_;
  std::shared_ptr<device_script> script_;
  std::vector<std::byte> staging_;
  std::map<const void*, std::unique_ptr<plane_words>> planes_;
  batch_room room_;
  std::vector<query_row> rows_;
  std::vector<match_count> tiles_, counts_;
  std::vector<found_match> found_, best_, given_;
};

}  // namespace

std::unique_ptr<match_device> make_emulated_device(const rule& by,
                                                   std::shared_ptr<device_script> script) {
  return std::make_unique<emulated_device>(by, std::move(script));
}

}  // namespace reprise
