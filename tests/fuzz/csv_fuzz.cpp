// libFuzzer's entry to the reader of CSV: csv_fuzz tests/fuzz/corpus/csv
#include "tests/fuzz/csv_fuzz.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::check_csv(std::string{reinterpret_cast<const char*>(data), size});
  return 0;
}
