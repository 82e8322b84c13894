#include "tests/tested_device.hpp"

#include <cstdlib>
#include <string_view>

namespace reprise {

void device_test::SetUp() {
  const std::string why = why_no_tested_device();
  if (why.empty()) return;
  const char* const required = std::getenv("REPRISE_REQUIRE_GPU");
  if (required != nullptr && std::string_view{required} == "1") {
    FAIL() << "REPRISE_REQUIRE_GPU is 1, and " << why;
  }
  GTEST_SKIP() << why;
}

}  // namespace reprise
