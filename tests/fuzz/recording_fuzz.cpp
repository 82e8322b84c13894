// libFuzzer's entry to the readers of recordings: recording_fuzz tests/fuzz/corpus/recording
#include "tests/fuzz/recording_fuzz.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::check_recording(std::string{reinterpret_cast<const char*>(data), size});
  return 0;
}
