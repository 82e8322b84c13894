// libFuzzer's entry to the readers of requests and their JSON: http_fuzz tests/fuzz/corpus/http
#include "tests/fuzz/http_fuzz.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::check_http(std::string{reinterpret_cast<const char*>(data), size});
  return 0;
}
