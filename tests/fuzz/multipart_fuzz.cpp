// libFuzzer's entry to the reader of forms: multipart_fuzz tests/fuzz/corpus/multipart
#include "tests/fuzz/multipart_fuzz.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::check_multipart(std::string{reinterpret_cast<const char*>(data), size});
  return 0;
}
