// Where a picture is looked at on a thread of its own.
#include "host/predictions/prediction_slot.hpp"

#include <gtest/gtest.h>

#include <new>
#include <optional>

#include "host/simulated_time.hpp"

namespace reprise {
namespace {

class greedy_predictor final : public predictor {
 public:
  outcome<classification> predict(std::span<const std::byte>) override {
    if (refused) throw std::bad_alloc{};
    return classification{"cat", 1};
  }
  bool refused = true;
};

TEST(ThreadSlot, FailsTheTryThatMemoryIsRefusedToAndThatAlone) {
  simulated_scheduler home{wall_time{}}, worker{wall_time{}};
  auto looks = std::make_unique<greedy_predictor>();
  greedy_predictor& greedy = *looks;
  thread_slot slot{home, worker, std::move(looks)};
  const auto predict = [&] {
    std::optional<prediction_outcome> seen;
    taken_job job;
    job.image = std::make_shared<const std::vector<std::byte>>();
    slot.predict(job, [&](const prediction_outcome& told) { seen = told; });
    worker.run_ready();
    home.run_ready();
    return seen.value();
  };
  const prediction_outcome refused = predict();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text(), "capacity_exhausted: there is no memory for it");
  EXPECT_EQ(kind_of(refused.error().reason), fault_kind::of_service);
  greedy.refused = false;
  EXPECT_EQ(predict().value(), (classification{"cat", 1}));
}

}  // namespace
}  // namespace reprise
