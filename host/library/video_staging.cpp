#include "host/library/video_staging.hpp"

#include <algorithm>
#include <cstring>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

// In front of each video's texts and numbers.
struct row_head {
  std::uint64_t line = 0;
  std::uint16_t text_bytes[4] = {};  // content_id, labels, tvshow (0: none)
};
constexpr std::size_t features_bytes = sizeof(feature_vector);
constexpr std::size_t label_bytes_max = 4 * label_characters_max;
static_assert(sizeof(row_head) + content_id_bytes_max + 3 * label_bytes_max + features_bytes ==
              staged_row_bytes_max);
static_assert(staged_row_bytes_max < staging_buffer_bytes);

void append(std::vector<std::byte>& to, const void* bytes, std::size_t size) {
  const auto* begin = static_cast<const std::byte*>(bytes);
  to.insert(to.end(), begin, begin + size);
}

}  // namespace

video_staging::video_staging(std::unique_ptr<staging_file> file) : file_{std::move(file)} {
  buffer_.reserve(staging_buffer_bytes);
}

outcome<void> video_staging::add(std::uint64_t line, const video& added) {
  const std::string none;
  const std::string* const texts[] = {&added.content_id, &added.actual_label,
                                      &added.predicted_label,
                                      added.tvshow ? &*added.tvshow : &none};
  row_head head{.line = line};
  std::size_t bytes = sizeof head + features_bytes;
  for (std::size_t i = 0; i < std::size(texts); ++i) {
    REPRISE_ASSERT(texts[i]->size() <= label_bytes_max);
    head.text_bytes[i] = static_cast<std::uint16_t>(texts[i]->size());
    bytes += texts[i]->size();
  }
  if (buffer_.size() + bytes > staging_buffer_bytes) {
    if (const auto flushed = flush(); !flushed) return flushed;
  }
  append(buffer_, &head, sizeof head);
  for (const std::string* text : texts) append(buffer_, text->data(), text->size());
  append(buffer_, added.features.data(), features_bytes);
  ++count_;
  return {};
}

outcome<void> video_staging::flush() {
  const auto written = file_->append(buffer_);
  bytes_ += buffer_.size();
  buffer_.clear();
  return written;
}

outcome<void> video_staging::finish() {
  const auto flushed = flush();
  rewind();
  return flushed;
}

void video_staging::rewind() noexcept {
  buffer_.clear();
  begin_ = read_ = given_ = 0;
}

outcome<void> video_staging::fill() {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_));
  begin_ = 0;
  const std::size_t held = buffer_.size();
  const std::uint64_t left = bytes_ - read_;
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(left, staging_buffer_bytes - held));
  buffer_.resize(held + wanted);
  const auto read = file_->read_at(read_, std::span{buffer_}.subspan(held));
  if (!read) return read.error();
  if (*read != wanted) return failure{errc::io_failed, "a temporary file has lost its end"};
  read_ += wanted;
  return {};
}

outcome<bool> video_staging::next(std::uint64_t& line, video& into) {
  if (given_ == count_) return false;
  if (buffer_.size() - begin_ < staged_row_bytes_max && read_ < bytes_) {
    if (const auto filled = fill(); !filled) return filled.error();
  }
  row_head head;
  const auto take = [this](void* to, std::size_t size) {
    REPRISE_ASSERT(buffer_.size() - begin_ >= size);
    std::memcpy(to, buffer_.data() + begin_, size);
    begin_ += size;
  };
  take(&head, sizeof head);
  line = head.line;
  std::string tvshow;
  std::string* const texts[] = {&into.content_id, &into.actual_label, &into.predicted_label,
                                &tvshow};
  for (std::size_t i = 0; i < std::size(texts); ++i) {
    texts[i]->resize(head.text_bytes[i]);
    take(texts[i]->data(), texts[i]->size());
  }
  into.tvshow.reset();
  if (!tvshow.empty()) into.tvshow = std::move(tvshow);
  take(into.features.data(), features_bytes);
  ++given_;
  return true;
}

}  // namespace reprise
