// The queue of jobs where the service is refused memory.
#include "tests/job_queue_support.hpp"
#include "tests/memory_limit.hpp"

namespace reprise {
namespace {

class JobQueueMemory : public job_queue_fixture {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "the sanitizers need the memory themselves";
#endif
    ASSERT_TRUE(open());
    ASSERT_TRUE(ask<void>([](auto& on, auto told) {
      on.put({"long", "", std::string(long_bytes, 'x'), image_of("image")}, told);
    }));
  }

  static constexpr std::size_t long_bytes = 50'000'000;
  static constexpr std::size_t allowed = 75'000'000;  // for SQLite's copy, and not for ours
};

TEST_F(JobQueueMemory, FailsTheReadThatIsRefusedAndThatAlone) {
  ASSERT_TRUE(put("short"));
  {
    const memory_limit limit{allowed};
    const auto got = ask<std::optional<job>>([](auto& on, auto told) { on.get("long", told); });
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::host_memory);
    const auto listed = list(std::nullopt, 10);
    ASSERT_FALSE(listed);
    EXPECT_EQ(listed.error().code, errc::host_memory);
    EXPECT_EQ(get("short")->name, "name of short");
  }
  EXPECT_EQ(get("long")->name.size(), long_bytes);
  EXPECT_EQ(list(std::nullopt, 10)->items.size(), 2U);
}

TEST_F(JobQueueMemory, StartsOnceThereIsEnough) {
  (void)take_one();
  make_queue();
  const auto start = [this] {
    return ask<std::vector<job>>([](auto& on, auto told) { on.start(told); });
  };
  {
    const memory_limit limit{allowed};
    const auto started = start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, errc::host_memory);
  }
  const auto started = start();
  ASSERT_TRUE(started);
  EXPECT_EQ(started->size(), 1U);
  EXPECT_EQ(take_one().tries, 2U);
}

}  // namespace
}  // namespace reprise
