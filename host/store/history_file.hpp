// history.db as its writer and its reader share it: a connection for each, and the rescue of a
// damaged file, for which both are closed.
//
// Shapes   the work of a call may run twice: once more on the rescued file
// Errors   as history_store.hpp
// Threads  write() on one thread at a time, read() on another
// Owns     both connections
// Source   faults, docs/design.md
#pragma once

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "host/store/history_tables.hpp"
#include "host/store/reopening.hpp"

namespace reprise {

class history_file {
 public:
  history_file(std::string path, std::string vfs, const clock_source* clock);
  history_file(const history_file&) = delete;
  history_file& operator=(const history_file&) = delete;
  ~history_file();

  [[nodiscard]] outcome<void> open();

  // work(writer_tables&) inside one transaction, durable on success. Upon any failure but
  // data_conflict the connection is opened anew, so that what the tables hold in memory is never
  // ahead of the file.
  // The log is checkpointed where it has grown to `wal_pages`: in maintenance long before others
  // would have to.
  template <typename Work>
  [[nodiscard]] auto write(const Work& work, std::uint32_t wal_pages = wal_pages_busy)
      -> decltype(work(std::declval<writer_tables&>())) {
    return rescued([&] { return in_transaction(work, wal_pages); }, writer_, writer_damaged_);
  }
  // work(reader_tables&) inside one transaction: one state of the file.
  template <typename Work>
  [[nodiscard]] auto read(const Work& work) -> decltype(work(std::declval<reader_tables&>())) {
    using result = decltype(work(std::declval<reader_tables&>()));
    const auto once = [&] {
      return reader_.run([&](reader_tables& at) -> result {
        const auto begun = sqlite::transaction::begin_read(at.db);
        if (!begun) return begun.error();
        return work(at);
      });
    };
    return rescued(once, reader_, reader_damaged_);
  }

  [[nodiscard]] damage_count& damaged() noexcept { return damaged_; }
  [[nodiscard]] std::uint64_t rescued() const noexcept { return rescues_; }
  [[nodiscard]] std::uint64_t bytes();  // on the writer's thread
  [[nodiscard]] std::uint64_t syncs_failed() const { return writer_.syncs().failed(); }  // likewise
  [[nodiscard]] std::vector<std::string> take_notes();

 private:
  template <typename Work>
  auto in_transaction(const Work& work, std::uint32_t wal_pages)
      -> decltype(work(std::declval<writer_tables&>())) {
    using result = decltype(work(std::declval<writer_tables&>()));
    result done = writer_.run([&](writer_tables& at) -> result {
      auto begun = sqlite::transaction::begin_write(at.db);
      if (!begun) return begun.error();
      result worked = work(at);
      if (!worked) return worked;
      if (const auto committed = begun->commit(); !committed) return committed.error();
      // What is committed is durable, whatever becomes of the log: a failed sync there closes the
      // connection, and a full disk is met by the next commits.
      static_cast<void>(at.db.bound_wal(wal_pages, wal_pages_max));
      return worked;
    });
    if (!done && done.error().code != errc::data_conflict) writer_.close();
    return done;
  }

  template <typename Once, typename Side>
  auto rescued(const Once& once, Side& side, bool& damaged) -> decltype(once()) {
    for (int tries = 0;; ++tries) {
      std::uint64_t rescues = 0;
      {
        const std::shared_lock held{in_use_};
        rescues = rescues_;
        auto done = once();
        const bool is_damaged =
            std::exchange(damaged, false) || (!done && done.error().code == errc::data_malformed);
        if (!is_damaged || done) return done;
        side.close();
        if (tries == rescues_a_call_max) return failure{errc::io_failed, done.error().what};
      }
      if (const auto saved = rescue(rescues); !saved) return saved.error();
    }
  }
  outcome<void> rescue(std::uint64_t rescues);

  static constexpr int rescues_a_call_max = 1;
  static constexpr std::chrono::seconds rescue_retry{60};

  std::string path_;
  std::string vfs_;
  const clock_source* clock_;
  std::shared_mutex in_use_;  // alone: a rescue
  std::atomic<std::uint64_t> rescues_{0};
  std::optional<steady_time> rescue_failed_at_;
  failure rescue_failure_;
  damage_count damaged_;
  bool writer_damaged_ = false;
  bool reader_damaged_ = false;
  std::mutex notes_mutex_;
  std::vector<std::string> notes_;  // at most notes_max, the oldest stay
  static constexpr std::size_t notes_max = 100;
  reopening<writer_tables> writer_;
  reopening<reader_tables> reader_;
};

}  // namespace reprise
