#include "bench/content.hpp"

#include <algorithm>
#include <cstring>

namespace reprise::bench {
namespace {

constexpr std::uint32_t adverts_count = 29, advert_seconds = 30, plays_a_day = 20;

}  // namespace

std::string_view name_of(content_kind kind) {
  constexpr std::string_view names[] = {"random", "adverts", "still", "flicker"};
  return names[static_cast<std::size_t>(kind)];
}

day_content::day_content(content_kind kind, std::uint32_t day_seconds, std::uint64_t seed)
    : kind_{kind}, day_seconds_{day_seconds}, random_{seed} {
  if (kind != content_kind::adverts) return;
  adverts_.resize(adverts_count * advert_seconds);
  for (change_words& change : adverts_) {
    for (std::uint64_t& word : change) word = random_();
  }
  // The day is cut into places of one advert's length; the plays take a random share of them.
  std::vector<std::int32_t> places(day_seconds / advert_seconds, -1);
  const std::size_t plays = std::min<std::size_t>(places.size() / 2, adverts_count * plays_a_day);
  for (std::size_t i = 0; i < plays; ++i) {
    places[i] = static_cast<std::int32_t>(i % adverts_count * advert_seconds);
  }
  std::shuffle(places.begin(), places.end(), random_);
  advert_second_.assign(day_seconds, -1);
  for (std::uint32_t second = 0; second < places.size() * advert_seconds; ++second) {
    const std::int32_t advert = places[second / advert_seconds];
    if (advert >= 0) {
      advert_second_[second] = advert + static_cast<std::int32_t>(second % advert_seconds);
    }
  }
}

day_content::change_words day_content::change_at(std::uint32_t second) {
  change_words change{};
  if (kind_ == content_kind::still) return change;
  if (kind_ == content_kind::adverts && advert_second_[second % day_seconds_] >= 0) {
    return adverts_[static_cast<std::size_t>(advert_second_[second % day_seconds_])];
  }
  for (std::uint64_t& word : change) word = random_();
  if (kind_ == content_kind::flicker) std::fill_n(change.begin(), 4, 0x5555555555555555);
  return change;
}

const fingerprint_bits& day_content::next() {
  const change_words change = change_at(second_++);
  for (std::size_t i = 0; i < change.size(); ++i) fingerprint_[i] ^= change[i];
  std::memcpy(bits_.data(), fingerprint_.data(), bits_.size());
  return bits_;
}

}  // namespace reprise::bench
