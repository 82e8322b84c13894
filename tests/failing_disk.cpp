#include "tests/failing_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/match/assert.hpp"
#include "tests/failing_disk_layer.hpp"

namespace reprise {
namespace {

constexpr std::size_t sector_bytes = 512;

std::string next_name() {
  static std::mutex mutex;
  static int count = 0;
  const std::lock_guard held{mutex};
  return "failing-disk-" + std::to_string(++count);
}

}  // namespace

failing_disk::failing_disk(std::uint64_t seed)
    : name_{next_name()}, layer_{std::make_unique<layer>(*this)}, random_{seed} {}

failing_disk::~failing_disk() {
  REPRISE_ASSERT(open_files_ == 0);
}

void failing_disk::set_space(std::optional<std::uint64_t> bytes_max) {
  const std::lock_guard held{mutex_};
  space_ = bytes_max;
}

void failing_disk::fail(disk_operation kind, std::uint64_t nth, std::uint64_t count) {
  const std::lock_guard held{mutex_};
  const std::uint64_t first = counts_[kind] + nth;
  faults_[kind] = {first, first + count};
}

void failing_disk::cut_power(std::uint64_t nth) {
  const std::lock_guard held{mutex_};
  power_until_ = operations_ + nth;
}

bool failing_disk::has_power() const {
  const std::lock_guard held{mutex_};
  return !power_until_ || operations_ < *power_until_;
}

std::uint64_t failing_disk::operations() const {
  const std::lock_guard held{mutex_};
  return operations_;
}

std::uint64_t failing_disk::syncs() const {
  const std::lock_guard held{mutex_};
  const auto found = counts_.find(disk_operation::sync);
  return found == counts_.end() ? 0 : found->second;
}

std::map<std::string, failing_disk::bytes> failing_disk::files() const {
  const std::lock_guard held{mutex_};
  std::map<std::string, bytes> copied;
  for (const auto& [path, file] : nodes_) copied[path] = file->content;
  return copied;
}

void failing_disk::put_file(const std::string& path, bytes content) {
  const std::lock_guard held{mutex_};
  auto file = std::make_shared<node>();
  file->durable = content;
  file->content = std::move(content);
  nodes_[path] = std::move(file);
}

void failing_disk::remove_file(const std::string& path) {
  const std::lock_guard held{mutex_};
  nodes_.erase(path);
  unsynced_deletions_.erase(path);
}

void failing_disk::restart(survival what) {
  const std::lock_guard held{mutex_};
  REPRISE_ASSERT(open_files_ == 0);
  lose_power(what);
  power_until_.reset();
  faults_.clear();
  space_.reset();
}

// Every operation counts, so that the power can go before each.
int failing_disk::begin_operation() {
  ++operations_;
  if (!power_until_ || operations_ < *power_until_) return SQLITE_OK;
  last_error_ = EIO;
  return SQLITE_IOERR;
}

bool failing_disk::fails_now(disk_operation kind) {
  const std::uint64_t count = ++counts_[kind];
  const auto found = faults_.find(kind);
  return found != faults_.end() && count >= found->second.first && count < found->second.end;
}

std::uint64_t failing_disk::used() const {
  std::uint64_t sum = 0;
  for (const auto& [path, file] : nodes_) sum += file->content.size();
  return sum;
}

void failing_disk::apply(bytes& to, const change& made) {
  if (made.truncates) {
    to.resize(static_cast<std::size_t>(made.offset));
    return;
  }
  const std::size_t end = static_cast<std::size_t>(made.offset) + made.written.size();
  if (to.size() < end) to.resize(end);
  std::copy(made.written.begin(), made.written.end(),
            to.begin() + static_cast<std::ptrdiff_t>(made.offset));
}

int failing_disk::write(node& file, std::uint64_t offset, const void* data, std::size_t size) {
  if (begin_operation() != SQLITE_OK) return SQLITE_IOERR_WRITE;
  const bool fails = fails_now(disk_operation::write);
  const std::uint64_t end = offset + size;
  const std::uint64_t grows = end > file.content.size() ? end - file.content.size() : 0;
  const bool is_full = space_ && grows != 0 && used() + grows > *space_;
  // A write that fails has come half the way.
  if (fails || is_full) size /= 2;
  if (is_full) size = std::min<std::uint64_t>(size, *space_ > used() ? *space_ - used() : 0);
  if (size != 0) {
    const auto* begin = static_cast<const std::byte*>(data);
    change made{offset, bytes(begin, begin + size), false};
    apply(file.content, made);
    file.unsynced.push_back(std::move(made));
  }
  last_error_ = is_full ? ENOSPC : fails ? EIO : 0;
  return is_full ? SQLITE_FULL : fails ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

int failing_disk::truncate(node& file, std::uint64_t size) {
  if (begin_operation() != SQLITE_OK) return SQLITE_IOERR_TRUNCATE;
  if (fails_now(disk_operation::truncate)) {
    last_error_ = EIO;
    return SQLITE_IOERR_TRUNCATE;
  }
  change made{size, {}, true};
  apply(file.content, made);
  file.unsynced.push_back(std::move(made));
  return SQLITE_OK;
}

int failing_disk::sync(node& file) {
  if (begin_operation() != SQLITE_OK) return SQLITE_IOERR_FSYNC;
  const bool fails = fails_now(disk_operation::sync);
  if (!fails) {
    // SQLite syncs the folder with the first sync of a log that it has made.
    if (!file.durable) unsynced_deletions_.clear();
    if (!file.durable) file.durable.emplace();
    for (const change& made : file.unsynced) apply(*file.durable, made);
  }
  file.unsynced.clear();
  last_error_ = fails ? EIO : 0;
  return fails ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

void failing_disk::lose_power(survival what) {
  const auto survives = [&] {
    return what == survival::all || (what == survival::some && random_() % 2 == 0);
  };
  for (auto& [path, deleted] : unsynced_deletions_) {
    if (survives() || nodes_.contains(path)) continue;
    auto file = std::make_shared<node>();
    file->durable = deleted;
    nodes_[path] = std::move(file);
  }
  unsynced_deletions_.clear();
  for (auto at = nodes_.begin(); at != nodes_.end();) {
    node& file = *at->second;
    if (!file.durable && !survives()) {
      at = nodes_.erase(at);
      continue;
    }
    bytes left = file.durable ? *file.durable : bytes{};
    for (const change& made : file.unsynced) {
      if (made.truncates) {
        if (survives()) apply(left, made);
        continue;
      }
      for (std::size_t done = 0; done < made.written.size();) {
        const std::uint64_t offset = made.offset + done;
        const std::size_t size =
            std::min<std::size_t>(made.written.size() - done, sector_bytes - offset % sector_bytes);
        const auto begin = made.written.begin() + static_cast<std::ptrdiff_t>(done);
        if (survives())
          apply(left, {offset, bytes(begin, begin + static_cast<std::ptrdiff_t>(size)), false});
        done += size;
      }
    }
    auto kept = std::make_shared<node>();
    kept->durable = left;
    kept->content = std::move(left);
    at->second = std::move(kept);
    ++at;
  }
}

}  // namespace reprise
