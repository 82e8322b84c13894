#include "host/match/assert.hpp"
#include "host/store/history_file.hpp"
#include "host/store/history_reads.hpp"
#include "host/store/history_store.hpp"
#include "host/store/history_write.hpp"

namespace reprise {
namespace {

class sqlite_history_writer final : public history_writer {
 public:
  explicit sqlite_history_writer(std::shared_ptr<history_file> file) : file_{std::move(file)} {}

  outcome<void> commit(std::span<const stored_tick> batch, std::uint64_t& refused) override {
    const auto done = file_->write([&](writer_tables& at) -> outcome<std::uint64_t> {
      std::uint64_t count = 0;
      const auto written = write_ticks(at, file_->damaged(), batch, count);
      if (!written) return written.error();
      return count;
    });
    if (!done) return done.error();
    refused += *done;
    return {};
  }

  outcome<insert_counts> insert(channel_number channel,
                                std::span<const recorded_second> seconds) override {
    return file_->write(
        [&](writer_tables& at) { return insert_ticks(at, file_->damaged(), channel, seconds); });
  }

  outcome<void> record(const outage& added) override {
    REPRISE_ASSERT(added.start <= added.end && added.reason != gap_reason::none);
    return file_->write([&](writer_tables& at) {
      const auto reason = static_cast<std::int64_t>(added.reason);
      return at.add_outage.run(added.start, added.end, reason,
                               checksum_of({added.start, added.end, reason}));
    });
  }

  outcome<bool> maintain(std::int64_t now, std::int64_t expire_before) override {
    return file_->write(
        [&](writer_tables& at) {
          return maintain_history(at, file_->damaged(), now, expire_before);
        },
        wal_pages_calm);
  }

  outcome<void> forget(channel_number channel) override {
    return file_->write([&](writer_tables& at) -> outcome<void> {
      const std::int64_t time = at.newest;
      const auto added = at.add_forgotten.run(channel, time, checksum_of({channel, time}));
      if (added) at.forgotten.insert(channel);
      return added;
    });
  }

  std::uint64_t file_bytes() const override { return file_->bytes(); }
  std::uint64_t syncs_failed() const override { return file_->syncs_failed(); }
  std::vector<std::string> take_notes() override { return file_->take_notes(); }

 private:
  std::shared_ptr<history_file> file_;
};

class sqlite_history_reader final : public history_reader {
 public:
  explicit sqlite_history_reader(std::shared_ptr<history_file> file) : file_{std::move(file)} {}

  outcome<void> read(channel_number channel, std::int64_t from, std::int64_t to,
                     std::size_t count_max, std::vector<recorded_second>& into) override {
    if (count_max == 0) return {};
    const std::size_t before = into.size();
    return file_->read([&](reader_tables& at) {
      into.resize(before);
      return visit_ticks(at.queries, file_->damaged(), channel, from, to,
                         [&](const stored_tick& tick) {
                           if (tick.reason != gap_reason::none) return true;
                           into.push_back({tick.time, tick.bits});
                           return into.size() - before < count_max;
                         });
    });
  }

  outcome<gap_counts> gaps(channel_number channel, std::int64_t from, std::int64_t to) override {
    return file_->read(
        [&](reader_tables& at) { return count_gaps(at, file_->damaged(), channel, from, to); });
  }

  outcome<std::optional<history_extent>> extent(channel_number channel) override {
    return file_->read(
        [&](reader_tables& at) { return find_extent(at, file_->damaged(), channel); });
  }

  outcome<std::optional<std::int64_t>> newest_tick() override {
    return file_->read([&](reader_tables& at) { return find_newest_tick(at, file_->damaged()); });
  }

  std::uint64_t damaged() const noexcept override { return file_->damaged().count(); }
  std::uint64_t rescued() const noexcept override { return file_->rescued(); }

 private:
  std::shared_ptr<history_file> file_;
};

}  // namespace

outcome<history_files> open_history(const std::string& directory, const std::string& vfs,
                                    const clock_source* clock) {
  auto file = std::make_shared<history_file>(directory + "/history.db", vfs, clock);
  if (const auto opened = file->open(); !opened) return opened.error();
  return history_files{std::make_unique<sqlite_history_writer>(file),
                       std::make_unique<sqlite_history_reader>(file)};
}

}  // namespace reprise
