#include "host/machine_memory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/temporary_directory.hpp"

namespace reprise {
namespace {

class MachineMemory : public ::testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path whole = std::filesystem::path{folder_.path()} / path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream{whole} << text;
  }
  std::size_t usable() {
    const std::string root = folder_.path();
    return usable_memory({root + "/proc", root + "/cgroup"});
  }
  temporary_directory folder_;
};

TEST_F(MachineMemory, IsThatOfTheMachineWhereNoGroupSaysLess) {
  write("proc/meminfo", "MemTotal:       32768 kB\nMemFree: 5 kB\n");
  EXPECT_EQ(usable(), 32768u * 1024);
  write("proc/self/cgroup", "0::/user.slice\n");
  write("cgroup/user.slice/memory.max", "max\n");
  EXPECT_EQ(usable(), 32768u * 1024);
  write("cgroup/user.slice/memory.max", "99999999999\n");
  EXPECT_EQ(usable(), 32768u * 1024);
}

TEST_F(MachineMemory, IsTheLeastLimitOfAGroupAndThoseAboveIt) {
  write("proc/meminfo", "MemTotal:       32768 kB\n");
  write("proc/self/cgroup", "0::/pod/reprise\n");
  write("cgroup/pod/reprise/memory.max", "9000000\n");
  EXPECT_EQ(usable(), 9'000'000u);
  write("cgroup/pod/memory.max", "8000000\n");
  EXPECT_EQ(usable(), 8'000'000u);
  write("cgroup/memory.max", "7000000\n");
  EXPECT_EQ(usable(), 7'000'000u);
}

TEST_F(MachineMemory, ReadsTheFirstVersionOfGroupsToo) {
  write("proc/meminfo", "MemTotal:       32768 kB\n");
  write("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a/b\n0::/\n");
  write("cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
  write("cgroup/memory/a/memory.limit_in_bytes", "6000000\n");
  EXPECT_EQ(usable(), 6'000'000u);
}

TEST_F(MachineMemory, OfThisMachineIsKnown) {
  EXPECT_GT(usable_memory(), std::size_t{1} << 20);
  EXPECT_LT(usable_memory(), std::size_t{1} << 50);
}

}  // namespace
}  // namespace reprise
