// Random bytes behind an interface: the system's for the service, seeded ones for a simulated day.
//
// Errors   none; the process ends where the system refuses
// Threads  the system's: any; a seeded one: one at a time
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace reprise {

class random_source {
 public:
  virtual ~random_source() = default;
  virtual void fill(std::span<std::byte> into) = 0;
  // Evenly from [0, below); below > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t below);
};

[[nodiscard]] std::unique_ptr<random_source> make_system_random();
[[nodiscard]] std::unique_ptr<random_source> make_seeded_random(std::uint64_t seed);

}  // namespace reprise
