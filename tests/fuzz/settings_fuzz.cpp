// libFuzzer's entry to the readers of settings: settings_fuzz tests/fuzz/corpus/settings
#include "tests/fuzz/settings_fuzz.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::check_settings(std::string{reinterpret_cast<const char*>(data), size});
  return 0;
}
