#include "net/channel_routes.hpp"

#include <gtest/gtest.h>

#include "tests/service_support.hpp"

namespace reprise {
namespace {

class ChannelChanges : public testing::Test {
 protected:
  // Holds the turn until `held_` loses it.
  void ask_for(const std::string& name) {
    net::co_spawn(
        api_,
        [](ChannelChanges* self, std::string of) -> net::awaitable<void> {
          auto turn = co_await self->changes_.take_turn(of);
          self->order_ += of;
          self->held_.push_back(std::move(turn));
        }(this, name),
        net::detached);
    run();
  }
  void run() {
    api_.restart();
    api_.poll();
  }

  net::io_context api_;
  channel_changes changes_{api_.get_executor()};
  std::string order_;
  std::vector<std::optional<channel_changes::turn>> held_;
};

TEST_F(ChannelChanges, OfOneChannelWaitForEachOtherAndOfOthersDoNot) {
  ask_for("a");
  ask_for("a");
  ask_for("b");
  EXPECT_EQ(order_, "ab");
  held_[1].reset();
  run();
  EXPECT_EQ(order_, "ab");
  held_[0].reset();
  run();
  EXPECT_EQ(order_, "aba");
  held_[2].reset();
  ask_for("a");
  EXPECT_EQ(order_, "abaa");
}

TEST(NoSuchChannel, IsNotSaidBeforeTheChannelsAreRead) {
  service_world world;
  world.prepare();
  EXPECT_EQ(no_such_channel(*world.service, "a").code, errc::loading);
  world.kill();
  world.start();
  EXPECT_EQ(no_such_channel(*world.service, "a").code, errc::not_found);
}

}  // namespace
}  // namespace reprise
