// A vision that sees what a test says, and a picture to show it.
//
// Threads  as the test's functions
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/base64.hpp"
#include "host/vision.hpp"

namespace reprise {

struct vision_script {
  std::function<outcome<picture_descriptor>(std::span<const std::byte>)> describe =
      [](std::span<const std::byte>) {
        picture_descriptor seen{};
        seen[0] = 1;
        return outcome<picture_descriptor>{seen};
      };
  std::function<outcome<classification>(std::span<const std::byte>)> classify =
      [](std::span<const std::byte>) {
        return outcome<classification>{classification{"cat", 0.5}};
      };
};

class scripted_vision final : public vision {
 public:
  explicit scripted_vision(const vision_script& script) : script_{script} {}
  outcome<picture_descriptor> describe(std::span<const std::byte> picture) override {
    return script_.describe(picture);
  }
  outcome<std::vector<face_encoding>> encode_faces(std::span<const std::byte>) override {
    return failure{errc::helper_missing, "no faces here"};
  }
  outcome<classification> classify(std::span<const std::byte> picture) override {
    return script_.classify(picture);
  }

 private:
  const vision_script& script_;
};

// A PNG of one black pixel.
inline const std::string small_picture =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==";

}  // namespace reprise
