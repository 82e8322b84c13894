#include "cuda/plane_layout.hpp"

#include <gtest/gtest.h>

#include <set>

namespace reprise {
namespace {

constexpr std::uint32_t windows[] = {
    1, 5, 123, 124, 4'090, 4'091, 4'092, 86'400, window_seconds_max};

TEST(PlaneLayout, GivesTheRingRoomForWindowRunAndWhatIsAhead) {
  for (const std::uint32_t window : windows) {
    for (const std::uint32_t ahead : {0u, 1u, 1'024u}) {
      const std::uint32_t slots = slots_of(rule{}, window, ahead);
      EXPECT_EQ(slots % block_slots, 0u);
      EXPECT_GE(slots, window + 5 + ahead);
      EXPECT_LT(slots, window + 5 + ahead + block_slots);
    }
  }
}

TEST(PlaneLayout, TilesCoverEverySlotOnce) {
  for (const std::uint32_t window : windows) {
    const std::uint32_t slots = slots_of(rule{}, window, 0);
    std::uint32_t covered = 0;
    for (std::uint32_t tile = 0; tile < tiles_of(slots); ++tile) {
      const tile_range range = range_of_tile(tile, slots);
      EXPECT_EQ(range.first, covered);
      EXPECT_GT(range.last, range.first);
      EXPECT_EQ((range.last - range.first) % block_slots, 0u);
      covered = range.last;
    }
    EXPECT_EQ(covered, slots);
  }
}

TEST(PlaneLayout, NoTwoWordsShareAPlaceAndNoneLiesOutside) {
  for (const rule& by : {rule{}, rule{128, 64, 1}, rule{2048, 64, 5}, rule{320, 256, 3}}) {
    const std::uint32_t slots = slots_of(by, 300, 0);
    std::uint32_t* const base = nullptr;
    const channel_planes planes{base, slots};
    std::set<std::size_t> places;
    const auto add = [&](const std::uint32_t* place) {
      const auto offset = reinterpret_cast<std::uintptr_t>(place);
      ASSERT_LT(offset, plane_bytes(by, slots));
      ASSERT_TRUE(places.insert(offset).second);
    };
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
      add(prefix_plane(planes) + slot);
      for (std::uint32_t plane = 0; plane < by.run; ++plane) {
        add(agreement_plane(planes, plane) + slot);
      }
      for (std::uint32_t w = 0; w < suffix_words_of(by); ++w) {
        add(suffix_of(planes, slot, by) + suffix_word(w));
      }
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(suffix_of(planes, slot, by)) % 16, 0u);
    }
  }
}

TEST(PlaneLayout, LagsAndSlotsAreEachOthersInverse) {
  constexpr std::uint32_t slots = 384;
  for (const std::uint32_t newest : {0u, 1u, 200u, slots - 1}) {
    for (std::uint32_t back = 0; back < slots; ++back) {
      const std::uint32_t slot = slot_back(newest, back, slots);
      ASSERT_LT(slot, slots);
      EXPECT_EQ(lag_of(newest, slot, slots), back);
    }
  }
}

TEST(PlaneLayout, EachTickOfARunHasAPlaneOfItsOwn) {
  for (std::uint32_t run = 1; run <= run_max; ++run) {
    for (std::int64_t time = 100; time < 100 + run; ++time) {
      const auto newest = static_cast<std::uint32_t>(time % run);
      for (std::uint32_t back = 0; back < run; ++back) {
        EXPECT_EQ(plane_back(newest, back, run), static_cast<std::uint32_t>((time - back) % run));
      }
    }
  }
}

TEST(PlaneLayout, ADayOfTheDefaultRuleTakesTenMegabytes) {
  EXPECT_EQ(slots_of(rule{}, 86'400, 0), 86'528u);
  EXPECT_EQ(plane_bytes(rule{}, 86'528), 10'383'360u);
}

}  // namespace
}  // namespace reprise
