// libFuzzer's entry to what comes of pictures over HTTP: inference_fuzz tests/fuzz/corpus/inference
#include "tests/fuzz/inference_fuzz.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::check_inference(std::string{reinterpret_cast<const char*>(data), size});
  return 0;
}
