// The demonstration from outside. What it shows in full is run by hand and by `./dev demo`.
#include <gtest/gtest.h>

#include "tests/program_support.hpp"

namespace reprise {
namespace {

TEST(DemoProgram, EndsWhenNobodyReadsIt) {
  const program_run run = run_reprise_unread({"demo", "--for", "86400"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.messages.find("error"), std::string::npos) << run.messages;
}

}  // namespace
}  // namespace reprise
