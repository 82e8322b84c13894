#include "host/store/history_file.hpp"

#include "host/printable.hpp"
#include "host/store/history_reads.hpp"
#include "host/store/history_rescue.hpp"

namespace reprise {
namespace {

const system_clock_source system_clock;

}  // namespace

history_file::history_file(std::string path, std::string vfs, const clock_source* clock)
    : path_{std::move(path)},
      vfs_{std::move(vfs)},
      clock_{clock != nullptr ? clock : &system_clock},
      writer_{[this](sync_rule& syncs) {
                return writer_tables::open(path_, {.vfs = vfs_,
                                                   .damaged = &writer_damaged_,
                                                   .syncs = &syncs,
                                                   .page_bytes = history_page_bytes,
                                                   .cache_bytes = history_writer_cache_bytes});
              },
              clock_},
      reader_{[this](sync_rule& syncs) {
                return reader_tables::open(path_, {.vfs = vfs_,
                                                   .damaged = &reader_damaged_,
                                                   .syncs = &syncs,
                                                   .cache_bytes = history_reader_cache_bytes});
              },
              clock_} {}

// The reader first: the last one to close checkpoints, and only the writer may.
history_file::~history_file() {
  reader_.close();
}

outcome<void> history_file::open() {
  if (const auto finished = finish_rescue(path_, vfs_); !finished) return finished;
  const auto written = write([](writer_tables&) -> outcome<void> { return {}; });
  if (!written) return written;
  return read([](reader_tables& at) { return check_order(at); });
}

std::uint64_t history_file::bytes() {
  const std::shared_lock held{in_use_};
  return writer_.get() != nullptr ? writer_.get()->db.file_bytes() : 0;
}

std::vector<std::string> history_file::take_notes() {
  std::vector<std::string> taken;
  {
    const std::lock_guard held{notes_mutex_};
    taken = std::exchange(notes_, {});
  }
  if (const auto news = damaged_.take_news()) {
    taken.push_back(printable(path_) + " is damaged: " + *news);
  }
  return taken;
}

// Whoever comes first saves the file; the other one goes on with the new file. Where that fails,
// as on a full disk, it is tried again after a while, not with each call.
outcome<void> history_file::rescue(std::uint64_t rescues) {
  const std::unique_lock held{in_use_};
  if (rescues_ != rescues) return {};
  if (rescue_failed_at_ && clock_->steady() - *rescue_failed_at_ < rescue_retry)
    return rescue_failure_;
  writer_.close();
  reader_.close();
  const auto saved = rescue_history(path_, vfs_, tick_of(clock_->wall()));
  if (!saved) {
    rescue_failed_at_ = clock_->steady();
    rescue_failure_ = saved.error();
    return saved.error();
  }
  ++rescues_;
  rescue_failed_at_.reset();
  const std::lock_guard noted{notes_mutex_};
  if (notes_.size() < notes_max) notes_.push_back(*saved);
  return {};
}

}  // namespace reprise
