#include "host/ordered_output.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace reprise {
namespace {

constexpr std::chrono::milliseconds patience{5};

TEST(OrderedOutput, GivesTheTextsOfManyThreadsInTheOrderOfTheParts) {
  constexpr std::size_t parts = 40;
  ordered_output output{parts, 6};
  const std::string line(1'000, 'x');
  std::vector<std::jthread> workers;
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back([&] {
      while (const auto part = output.next_part()) {
        const std::string text = std::to_string(*part) + line;
        for (int j = 0; j < 50; ++j) ASSERT_TRUE(output.append(*part, text));
        std::optional<failure> failed;
        if (*part % 7 == 0) failed = failure{errc::io_failed, std::to_string(*part)};
        output.finish(*part, "note " + std::to_string(*part), failed);
      }
    });
  }
  std::string all, expected;
  std::size_t finished = 0;
  while (const auto piece = output.take(patience)) {
    all += piece->text;
    if (!piece->last) continue;
    EXPECT_EQ(piece->note, "note " + std::to_string(finished));
    EXPECT_EQ(piece->failed.has_value(), finished % 7 == 0);
    ++finished;
  }
  EXPECT_EQ(finished, parts);
  for (std::size_t part = 0; part < parts; ++part) {
    for (int j = 0; j < 50; ++j) expected += std::to_string(part) + line;
  }
  EXPECT_EQ(all, expected);
}

TEST(OrderedOutput, HoldsBackAWorkerWhosePartIsFull) {
  ordered_output output{2, 2};
  std::atomic<std::size_t> appended{0};
  const std::string text(ordered_output::part_bytes_max / 4, 'x');
  std::jthread worker{[&] {
    ASSERT_EQ(output.next_part(), 0u);
    ASSERT_EQ(output.next_part(), 1u);
    while (output.append(1, text)) appended += text.size();
  }};
  // Part 0 never ends, so nothing of part 1 is taken: its worker can hold one full part and no
  // more.
  while (appended < ordered_output::part_bytes_max) EXPECT_EQ(output.take(patience)->text, "");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(output.take(patience)->text, "");
  EXPECT_EQ(appended, ordered_output::part_bytes_max);
  output.cancel();
}

TEST(OrderedOutput, BeginsNoPartTooFarAhead) {
  ordered_output output{3, 1};
  EXPECT_EQ(output.next_part(), 0u);
  std::atomic<bool> begun{false};
  std::jthread worker{[&] {
    EXPECT_EQ(output.next_part(), 1u);
    begun = true;
  }};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(output.take(patience)->text, "");
  EXPECT_FALSE(begun);
  output.finish(0, {}, {});
  EXPECT_TRUE(output.take(patience)->last);
  worker.join();
  output.cancel();
  EXPECT_EQ(output.next_part(), std::nullopt);
  EXPECT_FALSE(output.append(1, "x"));
}

}  // namespace
}  // namespace reprise
