// The CUDA engine's talk with its device: records are staged, a batch of rows is asked, answers are
// read. Once the device is lost, nothing is called any more, and nothing is answered.
//
// Shapes   rows are numbered from 0 in the order in which they are added to a batch
// Errors   lost(); add_planes, reserve: device_memory, device_lost
// Threads  one at a time
// Owns     the device. Answers stay valid until the next begin_batch()
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cuda/device_channel.hpp"
#include "cuda/match_device.hpp"

namespace reprise {

class device_session {
 public:
  device_session(const rule& by, std::unique_ptr<match_device> device)
      : rule_{by}, device_{std::move(device)} {}

  [[nodiscard]] const std::optional<errc>& lost() const noexcept { return lost_; }

  [[nodiscard]] device_memory_use memory() const noexcept { return device_->memory(); }

  [[nodiscard]] result<channel_planes> add_planes(std::uint32_t slots);
  void remove_planes(const device_channel& of);
  // For batches of that size, of channels with windows of at most so many seconds.
  [[nodiscard]] std::optional<errc> reserve(const batch_room& room, std::uint32_t window_seconds);

  // The channel's slot gets this prefix and the channel's newest suffix.
  void stage(device_channel& of, std::uint32_t slot, prefix_id prefix);
  void clear(const device_channel& of, std::uint32_t first, std::uint32_t count);

  void begin_batch() noexcept;
  // `row` gets its places in the answers.
  void add_row(device_channel& of, query_row row);
  // Everything that is staged joins the histories; then the rows are scored.
  void answer_batch();

  [[nodiscard]] std::uint32_t rows() const noexcept {
    return static_cast<std::uint32_t>(rows_.size());
  }
  [[nodiscard]] device_channel& channel_of(std::uint32_t row) const noexcept {
    return *row_channels_[row];
  }
  // Empty where the device was lost.
  [[nodiscard]] match_count count_of(std::uint32_t row) const noexcept;
  void read_best(std::uint32_t row, std::vector<match>& into) const;
  // All matches of some rows, or those at some lags: asked first, of as many rows as wanted, then
  // told, row by row in the order of asking, by increasing lag. Few calls of the device answer all.
  void ask_all(std::uint32_t row);
  void ask_lags(std::uint32_t row, std::span<const std::uint32_t> lags);
  using row_teller = std::function<void(std::uint32_t row, std::span<const match>)>;
  void tell_asked(const row_teller& tell);

 private:
  void answer_collects(const row_teller& tell);
  void answer_probes(const row_teller& tell);
  [[nodiscard]] bool are_sound(const batch_answers& answers) const noexcept;
  void upload(std::span<const query_row> rows);
  void settle(const device_channel& of);
  // Calls nothing any more once the device is lost.
  template <typename Call>
  void call(Call device_call) {
    if (lost_) return;
    if (device_call()) lost_ = errc::device_lost;
  }

  rule rule_;
  std::unique_ptr<match_device> device_;
  std::optional<errc> lost_;
  std::uint64_t uploads_ = 1;
  std::uint32_t appends_ = 0;  // records staged
  std::vector<query_row> rows_;
  std::vector<device_channel*> row_channels_;
  batch_room room_;
  batch_room used_;
  batch_answers answers_;
  std::vector<std::uint32_t> collected_rows_;
  std::vector<collect_request> collects_;
  std::vector<probe_request> probes_;
  std::vector<match> told_;
};

}  // namespace reprise
