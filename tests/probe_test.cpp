// The picture by which what predicts is tried.
#include "host/predictions/probe.hpp"

#include <gtest/gtest.h>

#include "host/picture_header.hpp"

namespace reprise {
namespace {

TEST(Probe, IsAWholePictureOfItsOwn) {
  const taken_job probe = make_probe();
  const auto shown = check_picture(*probe.image);
  ASSERT_TRUE(shown) << shown.error().what;
  EXPECT_EQ(*shown, (picture_header{picture_type::png, 96, 96}));
  EXPECT_EQ(probe.tries, 0U);
}

}  // namespace
}  // namespace reprise
