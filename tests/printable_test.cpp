#include "host/printable.hpp"

#include <gtest/gtest.h>

namespace reprise {
namespace {

TEST(Printable, EscapesTheBytesThatCommandATerminalAndNoOthers) {
  EXPECT_EQ(printable("a\nb\x1b[31m\x7f"), "a\\x0ab\\x1b[31m\\x7f");
  EXPECT_EQ(printable(std::string_view{"\0\t ~", 4}), "\\x00\\x09 ~");
  EXPECT_EQ(printable("M\xc3\xa4rz \\x0a"), "M\xc3\xa4rz \\x0a");
  EXPECT_EQ(printable(""), "");
  EXPECT_EQ(printable(printable("\x1b")), printable("\x1b"));
}

}  // namespace
}  // namespace reprise
