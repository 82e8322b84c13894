#include "host/channel_book.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace reprise {
namespace {

struct log final : channel_book::observer {
  void channel_added(channel_entry& entry) override { lines.push_back("added " + entry.name); }
  void channel_changed(channel_entry& entry) override { lines.push_back("changed " + entry.name); }
  void channel_erased(channel_entry& entry) override { lines.push_back("erased " + entry.name); }
  std::vector<std::string> lines;
};

TEST(ChannelBook, FindsAChannelByNameAndByNumberUntilItIsErased) {
  channel_book book;
  channel_entry& entry = book.add(7, "bbc1", {}, 100);
  EXPECT_EQ(book.find("bbc1"), &entry);
  EXPECT_EQ(book.find(7), &entry);
  book.erase(entry);
  EXPECT_EQ(book.find("bbc1"), nullptr);
  EXPECT_EQ(book.find(7), nullptr);
}

TEST(ChannelBook, TellsItsObserversOfEveryChange) {
  channel_book book;
  log told;
  book.observe(told);
  channel_entry& entry = book.add(1, "a", {}, 0);
  book.change(entry, {.enabled = false});
  book.erase(entry);
  EXPECT_EQ(told.lines, (std::vector<std::string>{"added a", "changed a", "erased a"}));
}

TEST(ChannelBook, ListsByNameBehindACursor) {
  channel_book book;
  for (const char* name : {"c", "a", "b"}) book.add(name[0], name, {}, 0);
  const auto listed = book.list("a", 1);
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0]->name, "b");
}

TEST(ChannelBook, NamesTheStateThatMattersMost) {
  channel_entry entry;
  EXPECT_EQ(state_of(entry), "pending");
  entry.last_time = 5;
  EXPECT_EQ(state_of(entry), "live");  // push only, and something came
  entry.health = source_health::live;
  entry.still_since = 3;
  EXPECT_EQ(state_of(entry), "still");
  entry.health = source_health::down;
  EXPECT_EQ(state_of(entry), "down");
  entry.settings.enabled = false;
  EXPECT_EQ(state_of(entry), "disabled");
}

}  // namespace
}  // namespace reprise
