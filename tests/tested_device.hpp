// The device that the CUDA engine is tested over. Each test program is linked with one: one that
// runs on the host, or a card.
//
// Errors   a program whose device this machine lacks skips its tests and says why; it fails instead
//          where REPRISE_REQUIRE_GPU is 1
// Threads  one at a time
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "cuda/match_device.hpp"

namespace reprise {

// Empty where there is one.
[[nodiscard]] std::string why_no_tested_device();
// `memory_bytes_max`: of planes and batches; 0: what there is.
[[nodiscard]] std::unique_ptr<match_device> make_tested_device(const rule& by,
                                                               std::size_t memory_bytes_max = 0);

// Of every suite that asks a device.
class device_test : public testing::Test {
 protected:
  void SetUp() override;
};

}  // namespace reprise
