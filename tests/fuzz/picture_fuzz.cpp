// libFuzzer's entry to the reader of pictures' headers: picture_fuzz tests/fuzz/corpus/picture
#include "tests/fuzz/picture_fuzz.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::check_picture_file(std::string{reinterpret_cast<const char*>(data), size});
  return 0;
}
