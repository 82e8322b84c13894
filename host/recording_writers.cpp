#include <charconv>
#include <utility>

#include "host/hex.hpp"
#include "host/match/rule.hpp"
#include "host/recording_formats.hpp"

namespace reprise {
namespace {

constexpr std::size_t buffer_bytes = 65'536;

class buffered_writer final : public recording_writer {
 public:
  buffered_writer(std::unique_ptr<byte_sink> sink, std::string name, recording_format format)
      : sink_{std::move(sink)}, name_{std::move(name)}, format_{format} {
    buffer_.reserve(buffer_bytes);
  }

  [[nodiscard]] outcome<void> write(const recorded_second& written) override {
    if (auto checked = check(written.time); !checked) return checked;
    newest_ = written.time;
    if (format_ == recording_format::raw) {
      buffer_.append(reinterpret_cast<const char*>(written.bits.data()), written.bits.size());
    } else {
      buffer_ += "{\"time\": ";
      char digits[20];
      const auto end = std::to_chars(digits, digits + sizeof digits, written.time).ptr;
      buffer_.append(digits, end);
      buffer_ += ", \"bits\": \"";
      append_hex(buffer_, written.bits);
      buffer_ += "\"}\n";
    }
    constexpr std::size_t second_bytes_max = 512;  // a line and more
    if (buffer_.size() + second_bytes_max > buffer_bytes) return flush();
    return {};
  }

  [[nodiscard]] outcome<void> finish() override {
    if (auto flushed = flush(); !flushed) return flushed;
    return sink_->finish();
  }

 private:
  outcome<void> check(std::int64_t time) const {
    const bool follows =
        newest_ < 0 || format_ == recording_format::ndjson ? time > newest_ : time == newest_ + 1;
    if (follows && time >= 0 && time <= time_max) return {};
    const std::string after = std::to_string(newest_);
    const bool gap = format_ == recording_format::raw && newest_ >= 0;
    return failure{errc::data_malformed,
                   name_ + ": expected " +
                       (gap ? "the second after " + after + ", since a raw recording has no gaps"
                            : "a time after " + after) +
                       ", found " + std::to_string(time)};
  }

  outcome<void> flush() {
    if (buffer_.empty()) return {};
    auto written = sink_->write(buffer_);
    buffer_.clear();
    return written;
  }

  std::unique_ptr<byte_sink> sink_;
  std::string name_;
  recording_format format_;
  std::string buffer_;
  std::int64_t newest_ = -1;
};

}  // namespace

std::unique_ptr<recording_writer> make_ndjson_writer(std::unique_ptr<byte_sink> sink,
                                                     std::string name) {
  return std::make_unique<buffered_writer>(std::move(sink), std::move(name),
                                           recording_format::ndjson);
}

std::unique_ptr<recording_writer> make_raw_writer(std::unique_ptr<byte_sink> sink,
                                                  std::string name) {
  return std::make_unique<buffered_writer>(std::move(sink), std::move(name), recording_format::raw);
}

}  // namespace reprise
