#include "tests/hostile_content.hpp"

#include <algorithm>
#include <cstring>

namespace reprise {

hostile_content::hostile_content(const rule& by, std::uint32_t reach, std::uint64_t seed)
    : rule_{by}, reach_{reach}, random_{seed}, time_{1'700'000'000}, fingerprint_(by.words()) {
  for (std::uint64_t& word : fingerprint_) word = random_();
  prefixes_.resize(1 + below(4), words(by.prefix_words()));
  for (words& prefix : prefixes_) {
    for (std::uint64_t& word : prefix) word = random_();
  }
}

void hostile_content::start_passage() {
  passage_ = static_cast<passage>(below(6));
  passage_left_ = 1 + below(below(4) == 0 ? reach_ : 12);
  period_ = 1 + below(4);
  lag_ = 1 + below(reach_ + 8);
  if (held_still_) {
    passage_ = below(3) == 0 ? passage::repeat : passage::still;
    passage_left_ = 1 + below(passage_ == passage::still ? 200 : 7);
  }
  if (passage_ == passage::gap) {
    passage_left_ = below(3);
    // Now and then the clock jumps: a little, to the edge of the ring, or far beyond it.
    switch (below(6)) {
      case 0:
        time_ += below(6);
        break;
      case 1:
        time_ += reach_ + below(16);
        break;
      case 2:
        time_ += std::int64_t{1} << below(32);
        break;
      default:
        break;
    }
  }
}

hostile_content::words hostile_content::random_change() {
  words change(rule_.words());
  for (std::uint64_t& word : change) word = random_();
  if (below(2) == 0) {
    const words& prefix = prefixes_[below(static_cast<std::uint32_t>(prefixes_.size()))];
    std::copy(prefix.begin(), prefix.end(), change.begin());
  }
  return change;
}

hostile_content::words hostile_content::make_change() {
  const auto back = [&](std::uint32_t lag) {
    return lag <= changes_.size() ? changes_[changes_.size() - lag] : random_change();
  };
  words change;
  switch (passage_) {
    case passage::repeat:
      change = back(lag_);
      break;
    case passage::loop:
      change = back(period_);
      break;
    case passage::still:
      change.assign(rule_.words(), 0);
      break;
    case passage::hot_prefix:
      change = random_change();
      std::copy(prefixes_[0].begin(), prefixes_[0].end(), change.begin());
      break;
    default:
      change = random_change();
      break;
  }
  // Noise: mostly in the suffix, so that scores differ; now and then a prefix bit.
  if (passage_ != passage::still && below(3) == 0) {
    const bool in_prefix = below(8) == 0;
    const std::uint32_t bit = in_prefix ? below(rule_.prefix_bits)
                                        : rule_.prefix_bits + below(rule_.bits - rule_.prefix_bits);
    change[bit / 64] ^= std::uint64_t{1} << (bit % 64);
  }
  return change;
}

made_second hostile_content::next() {
  if (passage_left_ == 0) start_passage();
  if (passage_left_ > 0) --passage_left_;
  made_second made{++time_, {}};
  if (passage_ == passage::gap) return made;
  const words change = make_change();
  changes_.push_back(change);
  for (std::size_t i = 0; i < change.size(); ++i) fingerprint_[i] ^= change[i];
  made.fingerprint.resize(rule_.bytes());
  std::memcpy(made.fingerprint.data(), fingerprint_.data(), rule_.bytes());
  return made;
}

}  // namespace reprise
