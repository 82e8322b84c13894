#include "host/store/data_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>

namespace reprise {
namespace {

using namespace std::chrono_literals;

class DataDirectory : public ::testing::Test {
 protected:
  DataDirectory() : path_{(std::filesystem::temp_directory_path() / "reprise-XXXXXX").string()} {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~DataDirectory() override { std::filesystem::remove_all(path_); }

  std::string path_;
};

TEST_F(DataDirectory, IsMadeWithItsParentsWhereItIsMissing) {
  const auto held = data_directory::hold(path_ + "/a/b");
  ASSERT_TRUE(held) << held.error().what;
  EXPECT_TRUE(std::filesystem::is_directory(path_ + "/a/b"));
}

TEST_F(DataDirectory, IsItsOwnersAloneWhereItIsMade) {
  using std::filesystem::perms;
  const auto mode = [](const std::string& path) {
    return std::filesystem::status(path).permissions() & perms::all;
  };
  ASSERT_TRUE(data_directory::hold(path_ + "/new"));
  EXPECT_EQ(mode(path_ + "/new"), perms::owner_all);
  std::filesystem::permissions(path_, perms::owner_all | perms::group_read | perms::group_exec);
  ASSERT_TRUE(data_directory::hold(path_));
  EXPECT_EQ(mode(path_), perms::owner_all | perms::group_read | perms::group_exec);
}

TEST_F(DataDirectory, IsHeldOnceAndTellsByWhom) {
  const auto first = data_directory::hold(path_);
  ASSERT_TRUE(first) << first.error().what;
  const auto second = data_directory::hold(path_, std::chrono::milliseconds{0});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::io_failed);
  EXPECT_EQ(second.error().what,
            path_ + ": in use by the process with the pid " + std::to_string(::getpid()));
}

TEST_F(DataDirectory, IsTriedWithoutAFailureWhereItIsHeld) {
  const auto first = data_directory::try_hold(path_);
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_NE(*first, nullptr);
  const auto second = data_directory::try_hold(path_);
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_EQ(*second, nullptr);
}

TEST_F(DataDirectory, TellsWhereTheServiceListensThatHoldsIt) {
  {
    const auto held = data_directory::hold(path_);
    ASSERT_TRUE(held) << held.error().what;
    EXPECT_EQ(data_directory::service_of(path_), std::nullopt);
    (*held)->tell_service("127.0.0.1:8080");
    EXPECT_EQ(data_directory::service_of(path_), "127.0.0.1:8080");
    EXPECT_EQ(data_directory::in_use(path_).what,
              path_ + ": in use by the process with the pid " + std::to_string(::getpid()));
  }
  const auto other = data_directory::hold(path_);
  EXPECT_EQ(data_directory::service_of(path_), std::nullopt);
}

TEST_F(DataDirectory, IsAwaitedWhereItsHolderIsNoService) {
  auto first = data_directory::hold(path_);
  ASSERT_TRUE(first) << first.error().what;
  auto second =
      std::async(std::launch::async, [&] { return data_directory::hold(path_, 60s).has_value(); });
  EXPECT_EQ(second.wait_for(100ms), std::future_status::timeout);
  first->reset();
  EXPECT_TRUE(second.get());
}

TEST_F(DataDirectory, IsNotAwaitedWhereAServiceHoldsIt) {
  const auto first = data_directory::hold(path_);
  ASSERT_TRUE(first) << first.error().what;
  (*first)->tell_service("127.0.0.1:8080");
  EXPECT_FALSE(data_directory::hold(path_, 24h));
}

TEST_F(DataDirectory, IsFreeAgainBehindItsHolder) {
  { ASSERT_TRUE(data_directory::hold(path_)); }
  EXPECT_TRUE(data_directory::hold(path_));
}

TEST_F(DataDirectory, RefusesAFileInItsPlace) {
  const auto held = data_directory::hold("/dev/null");
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, errc::io_failed);
}

}  // namespace
}  // namespace reprise
