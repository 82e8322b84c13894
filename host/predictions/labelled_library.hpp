// The library of labelled videos as predictions search it: read into memory, and anew when it has
// changed.
//
// Shapes   rows in the order of their content_id. Behind a reading they are given as they are for
//          reading_share_max times as long as it took, whatever has changed meanwhile: so a change
//          is unseen for that long at most, and is in what is given from then on. A video that
//          changes while it is read is there as a whole, before or after
// Errors   those of video_reader; parameter_out_of_range: more than rows_max videos; stopping:
//          cancelled
// Threads  any; current() waits for a reading, rows() for nothing. The reader is this one's alone
// Owns     the rows, with whoever searches them: a reading has those of before beside it
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "host/cancel_signal.hpp"
#include "host/clock.hpp"
#include "host/library/video_store.hpp"
#include "host/predictions/labelled_rows.hpp"

namespace reprise {

class labelled_library {
 public:
  static constexpr std::uint64_t rows_max = 200'000;
  static constexpr int reading_share_max = 10;

  labelled_library(std::unique_ptr<video_reader> from, const clock_source& clock,
                   const cancel_signal* cancel = nullptr, std::uint64_t videos_max = rows_max)
      : from_{std::move(from)}, clock_{clock}, cancel_{cancel}, videos_max_{videos_max} {}

  [[nodiscard]] outcome<std::shared_ptr<const labelled_rows>> current();
  // Of the last reading.
  [[nodiscard]] std::size_t rows() const noexcept { return count_; }

 private:
  outcome<std::shared_ptr<const labelled_rows>> read();

  std::unique_ptr<video_reader> from_;
  const clock_source& clock_;
  const cancel_signal* cancel_;
  std::uint64_t videos_max_;
  std::mutex mutex_;
  std::shared_ptr<const labelled_rows> rows_;
  std::uint64_t revision_ = 0;
  steady_time fresh_until_{};  // however the library has changed
  std::atomic<std::size_t> count_{0};
};

}  // namespace reprise
