#include "host/random_source.hpp"

#include <sys/random.h>

#include <cstring>
#include <random>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

class system_random final : public random_source {
 public:
  void fill(std::span<std::byte> into) override {
    constexpr std::size_t asked_max = 256;  // what getrandom(2) gives in one piece
    while (!into.empty()) {
      const std::size_t asked = std::min(into.size(), asked_max);
      REPRISE_ASSERT(::getrandom(into.data(), asked, 0) == static_cast<::ssize_t>(asked));
      into = into.subspan(asked);
    }
  }
};

class seeded_random final : public random_source {
 public:
  explicit seeded_random(std::uint64_t seed) : engine_{seed} {}
  void fill(std::span<std::byte> into) override {
    while (!into.empty()) {
      const std::uint64_t word = engine_();
      const std::size_t taken = std::min(into.size(), sizeof word);
      std::memcpy(into.data(), &word, taken);
      into = into.subspan(taken);
    }
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace

std::uint64_t random_source::below(std::uint64_t below) {
  REPRISE_ASSERT(below > 0);
  const std::uint64_t surplus = (UINT64_MAX % below + 1) % below;
  for (;;) {
    std::uint64_t drawn = 0;
    fill(std::as_writable_bytes(std::span{&drawn, 1}));
    if (drawn <= UINT64_MAX - surplus) return drawn % below;
  }
}

std::unique_ptr<random_source> make_system_random() {
  return std::make_unique<system_random>();
}

std::unique_ptr<random_source> make_seeded_random(std::uint64_t seed) {
  return std::make_unique<seeded_random>(seed);
}

}  // namespace reprise
