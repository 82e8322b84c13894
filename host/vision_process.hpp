// Pictures seen by the helper program reprise-vision, which is started once and kept.
//
// Errors   as vision.hpp. start(): configuration_invalid where a model, its labels or a cascade is
//          missing or broken; helper_missing; helper_failed; stopping. A crash, an answer that is
//          none, or a picture that takes too long ends the helper and fails that picture alone: the
//          next one starts another
// Threads  one at a time; each call waits, picture_max at most, and start_max where a helper
//          starts. The helper ends with the thread that started it
// Owns     the helper
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "host/cancel_signal.hpp"
#include "host/classifier_setting.hpp"
#include "host/helper_process.hpp"
#include "host/vision.hpp"
#include "host/vision_protocol.hpp"

namespace reprise {

struct vision_options {
  std::optional<classifier_setting> classifier = {};
  // Address space of reprise-vision, besides what it takes when it is ready. A progressive JPEG of
  // picture_pixels_max takes 0.25 GiB.
  std::uint64_t memory_bytes_max = std::uint64_t{1} << 30;
  std::chrono::milliseconds start_max{60'000};
  std::chrono::milliseconds picture_max{5'000};
  const cancel_signal* cancel = nullptr;  // outlives it
};

class vision_process final : public vision {
 public:
  explicit vision_process(vision_options options = {}) : options_{std::move(options)} {}

  // Waits until the helper is ready. Without it, the first picture starts the helper.
  [[nodiscard]] outcome<void> start();

  [[nodiscard]] outcome<picture_descriptor> describe(std::span<const std::byte> picture) override;
  [[nodiscard]] outcome<std::vector<face_encoding>> encode_faces(
      std::span<const std::byte> picture) override;
  // Asserted: there is a classifier.
  [[nodiscard]] outcome<classification> classify(std::span<const std::byte> picture) override;

 private:
  template <typename Answer>
  [[nodiscard]] outcome<Answer> ask(sight::question asked, std::span<const std::byte> picture);
  [[nodiscard]] outcome<sight::reply> exchange(sight::question asked,
                                               std::span<const std::byte> picture);
  [[nodiscard]] outcome<sight::reply> hear();
  [[nodiscard]] failure failure_of(const sight::refused& said) const;
  void drop();

  vision_options options_;
  std::optional<helper_process> helper_;
  sight::reply_reader replies_;
};

}  // namespace reprise
