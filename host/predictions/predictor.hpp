// What tells what a picture shows, one picture after the other.
//
// Errors   predict: those of vision and, by the library, of labelled_library; data_insufficient:
//          the library has no video with features
// Threads  each call waits; one at a time an object
// Owns     its vision; a library outlives it
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "host/predictions/labelled_library.hpp"
#include "host/vision.hpp"

namespace reprise {

class predictor {
 public:
  virtual ~predictor() = default;
  [[nodiscard]] virtual outcome<classification> predict(std::span<const std::byte> picture) = 0;
};

// The label of most of the nearest videos of a library, by their feature vectors.
class library_predictor final : public predictor {
 public:
  library_predictor(std::unique_ptr<vision> sees, labelled_library& library, std::size_t neighbours)
      : sees_{std::move(sees)}, library_{library}, neighbours_{neighbours} {}
  [[nodiscard]] outcome<classification> predict(std::span<const std::byte> picture) override;

 private:
  std::unique_ptr<vision> sees_;
  labelled_library& library_;
  std::size_t neighbours_;
};

// What a model of the user's says.
class classifier_predictor final : public predictor {
 public:
  explicit classifier_predictor(std::unique_ptr<vision> sees) : sees_{std::move(sees)} {}
  [[nodiscard]] outcome<classification> predict(std::span<const std::byte> picture) override {
    return sees_->classify(picture);
  }

 private:
  std::unique_ptr<vision> sees_;
};

}  // namespace reprise
