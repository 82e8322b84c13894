// A staging file in memory that is full after a number of bytes.
//
// Errors   storage_full where an append would pass the bound
// Threads  one at a time
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "host/library/staging_file.hpp"

namespace reprise {

class memory_staging final : public staging_file {
 public:
  explicit memory_staging(std::size_t bytes_max = std::numeric_limits<std::size_t>::max())
      : bytes_max_{bytes_max} {}
  outcome<void> append(std::span<const std::byte> bytes) override {
    if (bytes.size() > bytes_max_ - held_.size()) return failure{errc::storage_full, "full"};
    held_.insert(held_.end(), bytes.begin(), bytes.end());
    return {};
  }
  outcome<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    const std::size_t at = std::min<std::uint64_t>(offset, held_.size());
    const std::size_t count = std::min(into.size(), held_.size() - at);
    std::copy_n(held_.begin() + static_cast<std::ptrdiff_t>(at), count, into.begin());
    return count;
  }

 private:
  std::size_t bytes_max_;
  std::vector<std::byte> held_;
};

}  // namespace reprise
