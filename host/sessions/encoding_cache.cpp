#include "host/sessions/encoding_cache.hpp"

#include <utility>

namespace reprise {
namespace {

std::size_t bytes_of(const face_encodings& faces) noexcept {
  std::size_t bytes = encoding_cache::entry_bytes;
  for (const auto& encoding : faces) bytes += encoding.size() * sizeof(double);
  return bytes;
}

}  // namespace

encoding_cache::encodings_ptr encoding_cache::find(const sha256_digest& picture) {
  const std::scoped_lock lock{mutex_};
  const auto at = found_.find(picture);
  if (at == found_.end()) {
    ++misses_;
    return nullptr;
  }
  ++hits_;
  by_use_.splice(by_use_.begin(), by_use_, at->second);
  return at->second->faces;
}

encoding_cache::encodings_ptr encoding_cache::peek(const sha256_digest& picture) const {
  const std::scoped_lock lock{mutex_};
  const auto at = found_.find(picture);
  return at == found_.end() ? nullptr : at->second->faces;
}

void encoding_cache::put(const sha256_digest& picture, encodings_ptr faces) {
  const std::scoped_lock lock{mutex_};
  const std::size_t bytes = bytes_of(*faces);
  if (bytes > bytes_max_ || found_.contains(picture)) return;
  while (bytes_ + bytes > bytes_max_) drop_oldest();
  by_use_.push_front({picture, std::move(faces), bytes});
  found_.emplace(picture, by_use_.begin());
  bytes_ += bytes;
}

void encoding_cache::resize(std::size_t bytes_max) {
  const std::scoped_lock lock{mutex_};
  bytes_max_ = bytes_max;
  while (bytes_ > bytes_max_) drop_oldest();
}

void encoding_cache::drop_oldest() {
  const entry& oldest = by_use_.back();
  bytes_ -= oldest.bytes;
  found_.erase(oldest.picture);
  by_use_.pop_back();
}

void encoding_cache::write_metrics(metric_writer& into) const {
  const std::scoped_lock lock{mutex_};
  into.gauge("reprise_picture_cache_bytes", "Bytes of encodings before the database.", {},
             static_cast<double>(bytes_));
  into.gauge("reprise_picture_cache_bytes_limit", "How many there may be.", {},
             static_cast<double>(bytes_max_));
  into.gauge("reprise_picture_cache_entries", "Pictures whose encodings these are.", {},
             static_cast<double>(found_.size()));
  into.counter("reprise_picture_cache_hits_total", "Pictures that were found there.", {},
               static_cast<double>(hits_));
  into.counter("reprise_picture_cache_misses_total", "Pictures that were not.", {},
               static_cast<double>(misses_));
}

}  // namespace reprise
