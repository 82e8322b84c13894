#include "host/engine.hpp"

#include <gtest/gtest.h>

#include "host/match/reference_matcher.hpp"

namespace reprise {
namespace {

TEST(ParseEngine, KnowsThreeNames) {
  EXPECT_EQ(*parse_engine("auto"), engine_kind::automatic);
  EXPECT_EQ(*parse_engine("cpu"), engine_kind::cpu);
  EXPECT_EQ(*parse_engine("cuda"), engine_kind::cuda);
  EXPECT_EQ(parse_engine("CPU").error().what, "--engine \"CPU\": must be auto, cpu or cuda");
}

TEST(MakeOfflineEngine, RefusesAnUnknownKernelAndNamesTheChoices) {
  const auto made = make_offline_engine(rule{}, {.kernel = "sse9"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::usage);
  EXPECT_EQ(made.error().what,
            "REPRISE_KERNEL=\"sse9\": must be reference, scalar, avx2 or avx512");
}

TEST(MakeOfflineEngine, TellsThatThereIsNoCudaEngine) {
  const auto made = make_offline_engine(rule{}, {.kind = engine_kind::cuda});
  ASSERT_FALSE(made);
  EXPECT_EQ(exit_status(made.error().code), 78);
  EXPECT_EQ(made.error().what,
            "--engine cuda: no device can be used: this program is built without CUDA");
}

TEST(MakeOfflineEngine, RefusesAKernelOfTheCpuForCuda) {
  const auto made = make_offline_engine(rule{}, {engine_kind::cuda, "scalar"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::usage);
}

// A machine with so many devices, each an engine of the CPU.
device_maker machine_with(std::size_t devices, int* asked) {
  return [=](const rule& by) {
    if (asked != nullptr) ++*asked;
    made_devices made;
    for (std::size_t i = 0; i < devices; ++i) {
      made.engines.push_back({"cuda:" + std::to_string(i), make_reference_matcher(by).value()});
    }
    made.left_out = {"cuda:9 (Old): compute 7.5, at least 8.0 is needed"};
    made.why_lost = [](std::string_view device) { return "sorry, says " + std::string{device}; };
    return made;
  };
}

TEST(MakeOfflineEngine, TakesTheFirstDeviceOnlyWhereCudaIsAskedFor) {
  int asked = 0;
  const auto backend = [&](engine_kind kind) {
    const auto made = make_offline_engine(rule{}, {kind, "", machine_with(2, &asked)}).value();
    matcher& engine = *made.engine;
    return std::string{engine.backend(engine.add_channel({.window_seconds = 10}).value())};
  };
  EXPECT_EQ(backend(engine_kind::automatic), "cpu");
  EXPECT_EQ(backend(engine_kind::cpu), "cpu");
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(backend(engine_kind::cuda), "reference");
  EXPECT_EQ(asked, 1);
}

TEST(MakeOfflineEngine, KnowsWhyItsDeviceWasLost) {
  const auto of = [](engine_kind kind) {
    return make_offline_engine(rule{}, {kind, "", machine_with(2, nullptr)}).value().why_lost();
  };
  EXPECT_EQ(of(engine_kind::cuda), "sorry, says cuda:0");
  EXPECT_EQ(of(engine_kind::cpu), "");
}

struct live_told {
  live_choice choice{false, nullptr, [this](std::string_view device, const std::string& why) {
                       lost.push_back(std::string{device} + ": " + why);
                     }};
  std::vector<std::string> lost;
};

TEST(MakeLiveMatcher, TakesEveryDeviceWhereThereAreSome) {
  const live_told told;
  const auto made =
      make_live_matcher(rule{}, {.make_devices = machine_with(2, nullptr)}, told.choice);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->devices, (std::vector<std::string>{"cuda:0", "cuda:1"}));
  EXPECT_EQ(made->left_out.size(), 1u);
  EXPECT_EQ(made->why_none, "");
  matcher& engine = *made->engine;
  EXPECT_EQ(engine.backend(engine.add_channel({.window_seconds = 10}).value()), "cuda:0");
  EXPECT_EQ(engine.backend(engine.add_channel({.window_seconds = 10}).value()), "cuda:1");
  const channel_id on_host = engine.add_host_channel({.window_seconds = 10}).value();
  EXPECT_FALSE(engine.channel_memory(on_host).empty()) << "taken up while others wait for it";
}

TEST(MakeLiveMatcher, AsksForNoDeviceWhereTheCpuIsChosenOrAKernelForced) {
  const live_told told;
  int asked = 0;
  for (const engine_choice& choice :
       {engine_choice{engine_kind::cpu, "", machine_with(1, &asked)},
        engine_choice{engine_kind::automatic, "scalar", machine_with(1, &asked)},
        engine_choice{engine_kind::automatic, "reference", machine_with(1, &asked)}}) {
    const auto made = make_live_matcher(rule{}, choice, told.choice);
    ASSERT_TRUE(made);
    EXPECT_TRUE(made->devices.empty());
    EXPECT_TRUE(made->left_out.empty());
  }
  EXPECT_EQ(asked, 0);
}

TEST(MakeLiveMatcher, GoesOnWithoutADeviceUnlessCudaIsAskedFor) {
  const live_told told;
  engine_choice choice{.make_devices = machine_with(0, nullptr)};
  EXPECT_TRUE(make_live_matcher(rule{}, choice, told.choice));
  choice.make_devices = nullptr;
  EXPECT_EQ(make_live_matcher(rule{}, choice, told.choice)->why_none,
            "this program is built without CUDA");
  choice.make_devices = machine_with(0, nullptr);
  choice.kind = engine_kind::cuda;
  const auto refused = make_live_matcher(rule{}, choice, told.choice);
  ASSERT_FALSE(refused);
  EXPECT_EQ(exit_status(refused.error().code), 78);
  EXPECT_EQ(refused.error().what,
            "--engine cuda: no device can be used: cuda:9 (Old): compute 7.5, at least 8.0 is "
            "needed");
}

// Loses its device with the first channel that is added.
class lost_matcher final : public matcher {
 public:
  [[nodiscard]] const rule& parameters() const noexcept override { return rule_; }
  [[nodiscard]] result<channel_id> add_channel(const search_settings&) override {
    return errc::device_lost;
  }
  void remove_channel(channel_id) override {}
  void step(std::span<const tick>, std::span<tick_result>) override {}
  [[nodiscard]] std::size_t channel_bytes(channel_id) const noexcept override { return 0; }
  [[nodiscard]] std::string_view backend(channel_id) const noexcept override { return ""; }

 private:
  rule rule_;
};

TEST(MakeLiveMatcher, TellsWhyADeviceWasLost) {
  const live_told told;
  const auto machine = [made = machine_with(0, nullptr)](const rule& by) {
    made_devices devices = made(by);
    devices.engines.push_back({"cuda:3", std::make_unique<lost_matcher>()});
    return devices;
  };
  const auto made = make_live_matcher(rule{}, {.make_devices = machine}, told.choice);
  ASSERT_TRUE(made);
  const channel_id added = made->engine->add_channel({.window_seconds = 10}).value();
  EXPECT_EQ(made->engine->backend(added), "cpu");
  EXPECT_EQ(told.lost, std::vector<std::string>{"cuda:3: sorry, says cuda:3"});
}

}  // namespace
}  // namespace reprise
