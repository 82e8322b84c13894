#include <cstring>
#include <utility>
#include <vector>

#include "host/match/assert.hpp"
#include "host/match/rule.hpp"
#include "host/recording_formats.hpp"

namespace reprise {
namespace {

constexpr std::size_t buffer_bytes = 512 * fingerprint_bytes;

class raw_reader final : public recording_reader {
 public:
  raw_reader(std::unique_ptr<byte_source> source, std::string name, std::int64_t start)
      : source_{std::move(source)}, name_{std::move(name)}, time_{start}, buffer_(buffer_bytes) {
    REPRISE_ASSERT(start >= 0);
    REPRISE_ASSERT(start <= time_max);
  }

  [[nodiscard]] outcome<bool> next(recorded_second& read) override {
    while (end_ - begin_ < fingerprint_bytes && !at_end_) {
      if (auto filled = fill(); !filled) return filled.error();
    }
    if (end_ - begin_ < fingerprint_bytes) return at_end();
    if (time_ > time_max) {
      return malformed("the end, since the last time is 9007199254740991", "more fingerprints");
    }
    std::memcpy(read.bits.data(), buffer_.data() + begin_, fingerprint_bytes);
    read.time = time_++;
    begin_ += fingerprint_bytes;
    offset_ += fingerprint_bytes;
    return true;
  }

  [[nodiscard]] std::uint64_t bytes_read() const noexcept override { return bytes_read_; }

 private:
  outcome<void> fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    const auto read = source_->read({buffer_.data() + end_, buffer_.size() - end_});
    if (!read) return read.error();
    at_end_ = *read == 0;
    end_ += *read;
    bytes_read_ += *read;
    return {};
  }

  outcome<bool> at_end() const {
    const std::size_t left = end_ - begin_;
    if (left > 0) {
      return malformed("128 bytes of a fingerprint", "it truncated to " + std::to_string(left));
    }
    if (offset_ == 0) return malformed("fingerprints of 128 bytes", "an empty file");
    return false;
  }

  failure malformed(std::string_view expected, std::string_view found) const {
    std::string text = name_ + ": byte " + std::to_string(offset_) + ": expected ";
    text.append(expected).append(", found ").append(found);
    return {errc::data_malformed, std::move(text)};
  }

  std::unique_ptr<byte_source> source_;
  std::string name_;
  std::int64_t time_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
  std::uint64_t offset_ = 0;  // of the next fingerprint in the file
  std::uint64_t bytes_read_ = 0;
};

}  // namespace

std::unique_ptr<recording_reader> make_raw_reader(std::unique_ptr<byte_source> source,
                                                  std::string name, std::int64_t start) {
  return std::make_unique<raw_reader>(std::move(source), std::move(name), start);
}

}  // namespace reprise
