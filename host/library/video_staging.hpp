// Videos on their way from an upload into the library: checked, in a compact form, in a file
// without a name, so that no transaction waits for a slow upload.
//
// Shapes   all are added, then finish(), then all are read, in their order, as often as wanted
// Errors   those of the file; io_failed where it does not hold what was written to it
// Threads  one at a time
// Owns     the file, one buffer of staging_buffer_bytes
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/library/staging_file.hpp"
#include "host/library/video.hpp"

namespace reprise {

inline constexpr std::size_t staging_buffer_bytes = 1'048'576;
inline constexpr std::size_t staged_row_bytes_max = 4'592;  // with the longest texts

class video_staging {
 public:
  explicit video_staging(std::unique_ptr<staging_file> file);

  // `line` is where it stands in what was uploaded.
  [[nodiscard]] outcome<void> add(std::uint64_t line, const video& added);
  [[nodiscard]] outcome<void> finish();

  void rewind() noexcept;
  // False behind the last one.
  [[nodiscard]] outcome<bool> next(std::uint64_t& line, video& into);

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  outcome<void> flush();
  outcome<void> fill();

  std::unique_ptr<staging_file> file_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;    // of what the buffer holds unread
  std::uint64_t bytes_ = 0;  // written
  std::uint64_t read_ = 0;   // into the buffer
  std::uint64_t count_ = 0;
  std::uint64_t given_ = 0;
};

}  // namespace reprise
