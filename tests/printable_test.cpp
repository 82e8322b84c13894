#include "host/printable.hpp"

#include <gtest/gtest.h>

namespace reprise {
namespace {

TEST(Printable, EscapesControlBytesAlone) {
  EXPECT_EQ(printable("a\nb\x1b[0m\x7f"), "a\\x0ab\\x1b[0m\\x7f");
  EXPECT_EQ(printable(std::string_view{"\0", 1}), "\\x00");
}

TEST(Printable, LeavesEverythingElseAsItIs) {
  EXPECT_EQ(printable("C:\\film ~ f\xc3\xbcr.mkv"), "C:\\film ~ f\xc3\xbcr.mkv");
  EXPECT_EQ(printable(printable("\n")), printable("\n"));
}

}  // namespace
}  // namespace reprise
