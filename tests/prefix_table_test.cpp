// The prefix table against a map, under a key that makes collisions likely to be seen.
#include "host/match/prefix_table.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <vector>

namespace reprise {
namespace {

struct owned_table {
  explicit owned_table(std::uint32_t ids_max)
      : memory{*mapped_memory::make(bytes(ids_max), mapped_memory::pages::on_touch)},
        layout{memory.data()},
        table{layout, ids_max, 4, {1, 2}} {}
  static std::size_t bytes(std::uint32_t ids_max) {
    memory_layout counted{nullptr};
    static_cast<void>(prefix_table{counted, ids_max, 4, {1, 2}});
    return counted.bytes();
  }
  mapped_memory memory;
  memory_layout layout;
  prefix_table table;
};

using prefix = std::vector<std::uint64_t>;

TEST(PrefixTable, EqualsAMapWhilePrefixesComeAndGo) {
  std::mt19937_64 random{3};
  constexpr std::uint32_t ids_max = 200;
  owned_table owned{ids_max};
  struct known {
    prefix_id id;
    std::uint32_t count, latest;
  };
  std::map<prefix, known> expected;
  std::deque<prefix> present;
  for (std::uint32_t slot = 0; slot < 50'000; ++slot) {
    if (present.size() == ids_max) {
      known& oldest = expected[present.front()];
      owned.table.remove(oldest.id);
      if (--oldest.count == 0) expected.erase(present.front());
      present.pop_front();
    }
    // Phases of few and of many different prefixes: the table fills up and empties again.
    const std::uint64_t variety = slot / 1000 % 2 == 0 ? 5 : 100'000;
    const prefix added{random() % variety, 0, 0, 1};
    std::uint32_t earlier = 0;
    const prefix_id id =
        owned.table.add(added.data(), owned.table.hash(added.data()), slot, earlier);
    const auto [place, is_new] = expected.try_emplace(added, known{id, 0, slot});
    ASSERT_EQ(place->second.id, id) << slot;
    if (!is_new) {
      ASSERT_EQ(earlier, place->second.latest);
    }
    place->second.latest = slot;
    ASSERT_EQ(owned.table.count(id), ++place->second.count);
    present.push_back(added);
  }
}

TEST(PrefixTable, TellsPrefixesApartThatDifferInOneBit) {
  owned_table owned{300};
  std::map<prefix_id, int> seen;
  for (int bit = 0; bit < 256; ++bit) {
    prefix added(4, 0);
    added[static_cast<std::size_t>(bit / 64)] = std::uint64_t{1} << (bit % 64);
    std::uint32_t earlier = 0;
    ++seen[owned.table.add(added.data(), owned.table.hash(added.data()), 0, earlier)];
  }
  EXPECT_EQ(seen.size(), 256u);
}

TEST(KeyedHash, IsSipHash13) {
  // SipHash-1-3 of eight bytes 0 to 7 under the key 00..0f, worked out from the paper's definition.
  const hash_key key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  const std::uint64_t words[] = {0x0706050403020100};
  EXPECT_EQ(keyed_hash(key, words, 1), 0x369095118d299a8eu);
}

TEST(KeyedHash, DependsOnTheKeyAndTheProcessHasOne) {
  const std::uint64_t words[] = {1, 2, 3, 4};
  EXPECT_NE(keyed_hash({1, 2}, words, 4), keyed_hash({1, 3}, words, 4));
  EXPECT_NE(process_hash_key().k0, process_hash_key().k1);
}

}  // namespace
}  // namespace reprise
