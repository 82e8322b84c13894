// libFuzzer's entry to the reader of answers: answer_fuzz tests/fuzz/corpus/answer
#include "tests/fuzz/answer_fuzz.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::check_answer(std::string{reinterpret_cast<const char*>(data), size});
  return 0;
}
