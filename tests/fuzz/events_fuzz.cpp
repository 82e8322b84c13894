// libFuzzer's entry to the reader of events: events_fuzz tests/fuzz/corpus/events
#include "tests/fuzz/events_fuzz.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::check_events(std::string{reinterpret_cast<const char*>(data), size});
  return 0;
}
