// Image sessions where memory is refused: what it was for fails, and nothing else.
#include "tests/allocation_count.hpp"
#include "tests/session_routes_support.hpp"

namespace reprise {
namespace {

// A face whose numbers take 32 KiB.
std::string wide_face() {
  std::string face = "[[1";
  for (std::size_t i = 1; i < encoding_numbers_max; ++i) face += ",1";
  return face + "]]";
}

class SessionMemory : public SessionCalls {};

TEST_F(SessionMemory, FailAPictureAloneWhoseEncodingsMemoryIsRefusedFor) {
  const std::string key = make_key();
  {
    will_answer(200, wide_face());
    const refused_memory from{encoding_numbers_max * sizeof(double)};
    expect_refused(encode(key, jpeg_of("a")), 503, "capacity_exhausted");
  }
  EXPECT_TRUE(summary(key).empty());
  will_answer(200, wide_face());
  EXPECT_EQ(encode(key, jpeg_of("a")).status, 200U);
}

}  // namespace
}  // namespace reprise
