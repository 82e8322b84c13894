// What tests of recordings share: streams in memory that can be cut into small reads and made to
// fail, and made-up recordings.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "host/byte_stream.hpp"
#include "host/recording_formats.hpp"

namespace reprise {

class memory_source final : public byte_source {
 public:
  explicit memory_source(std::string held, std::size_t read_bytes_max = 65'536,
                         std::optional<failure> fails_at_end = {})
      : held_{std::move(held)}, read_bytes_max_{read_bytes_max}, fails_{std::move(fails_at_end)} {}

  [[nodiscard]] outcome<std::size_t> read(std::span<char> into) override {
    const std::size_t count = std::min({into.size(), read_bytes_max_, held_.size() - taken_});
    if (count == 0 && fails_) return *fails_;
    std::memcpy(into.data(), held_.data() + taken_, count);
    taken_ += count;
    return count;
  }

 private:
  std::string held_;
  std::size_t read_bytes_max_;
  std::optional<failure> fails_;
  std::size_t taken_ = 0;
};

// Appends to a string of the test; fails once `bytes_max` have been written.
class memory_sink final : public byte_sink {
 public:
  explicit memory_sink(std::string& out, std::size_t bytes_max = ~std::size_t{0},
                       failure fails = {errc::io_failed, "memory: no space left"})
      : out_{&out}, bytes_max_{bytes_max}, fails_{std::move(fails)} {}

  [[nodiscard]] outcome<void> write(std::span<const char> written) override {
    if (out_->size() + written.size() > bytes_max_) return fails_;
    out_->append(written.data(), written.size());
    return {};
  }
  [[nodiscard]] outcome<void> finish() override { return {}; }

 private:
  std::string* out_;
  std::size_t bytes_max_;
  failure fails_;
};

inline std::unique_ptr<recording_reader> ndjson_of(std::string text,
                                                   std::size_t read_bytes_max = 65'536) {
  return make_ndjson_reader(std::make_unique<memory_source>(std::move(text), read_bytes_max),
                            "a.ndjson");
}

inline std::unique_ptr<recording_reader> raw_of(std::string bytes, std::int64_t start,
                                                std::size_t read_bytes_max = 65'536) {
  return make_raw_reader(std::make_unique<memory_source>(std::move(bytes), read_bytes_max), "a.bin",
                         start);
}

// All seconds up to the end or the failure.
struct read_recording {
  std::vector<recorded_second> seconds;
  std::optional<failure> failed;
};

inline read_recording read_all(recording_reader& reader) {
  read_recording all;
  recorded_second second;
  for (;;) {
    const auto more = reader.next(second);
    if (!more) all.failed = more.error();
    if (!more || !*more) return all;
    all.seconds.push_back(second);
  }
}

inline recorded_second made_up_second(std::int64_t time, std::mt19937_64& random) {
  recorded_second made{.time = time};
  for (std::byte& byte : made.bits) byte = static_cast<std::byte>(random() & 0xff);
  return made;
}

}  // namespace reprise
