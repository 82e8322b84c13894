#include "net/resolver.hpp"

#include <gtest/gtest.h>

#include "host/simulated_time.hpp"
#include "net/core_scheduler.hpp"
#include "tests/scripted_lookup.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

constexpr const char* source = "cam.example";

class Resolver : public ::testing::Test {
 protected:
  // What an exchange that begins now and ends in 800 ms would see: the first address, or the reason.
  std::string ask(const std::string& host = source) {
    std::string seen = "nothing";
    names_.resolve(host, time_.clock().steady() + 800ms,
                   [&seen](const resolved& answer) { seen = word(answer); });
    time_.run_for(800ms);
    return seen;
  }
  static std::string word(const resolved& answer) {
    return answer ? answer->front().to_string() : std::string{to_string(answer.error().reason)};
  }

  simulated_scheduler time_{start_of_tick(1'700'000'000)};
  scripted_lookup lookup_{time_};
  resolver names_{time_, lookup_, egress_guard{}};
};

TEST_F(Resolver, AnswersLiteralsAtOnceAndWithoutALookup) {
  EXPECT_EQ(ask("8.8.8.8"), "8.8.8.8");
  EXPECT_EQ(ask("2606:4700::1111"), "2606:4700::1111");
  EXPECT_EQ(ask("127.0.0.1"), "blocked");
  EXPECT_EQ(ask("::ffff:10.0.0.1"), "blocked");
  EXPECT_EQ(lookup_.asked, 0u);
}

TEST_F(Resolver, KeepsAnAnswerForThirtySeconds) {
  lookup_.script(source, {{"8.8.8.8"}, {"9.9.9.9"}});
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(ask(), "8.8.8.8");
    time_.run_for(200ms);
  }
  EXPECT_EQ(lookup_.asked, 1u);
  EXPECT_EQ(ask(), "8.8.8.8");  // and asks again behind our back
  EXPECT_EQ(ask(), "9.9.9.9");
  EXPECT_EQ(lookup_.asked, 2u);
}

TEST_F(Resolver, UsesTheLastAddressForSixtySecondsWhileLookupsFail) {
  lookup_.script(source, {{"8.8.8.8"}});
  EXPECT_EQ(ask(), "8.8.8.8");
  lookup_.failing = true;
  time_.run_for(58s);
  EXPECT_EQ(ask(), "8.8.8.8");
  time_.run_for(1s);
  EXPECT_EQ(ask(), "dns");
  lookup_.failing = false;
  time_.run_for(1s);
  EXPECT_EQ(ask(), "8.8.8.8");
}

TEST_F(Resolver, UsesTheLastAddressForSixtySecondsWhileLookupsHang) {
  lookup_.script(source, {{"8.8.8.8"}});
  EXPECT_EQ(ask(), "8.8.8.8");
  lookup_.hanging = true;
  time_.run_for(58s);
  EXPECT_EQ(ask(), "8.8.8.8");
  time_.run_for(1s);
  EXPECT_EQ(ask(), "timeout");
  EXPECT_EQ(lookup_.asked, 2u);  // one in flight, however many ask
}

TEST_F(Resolver, BeginsAHungLookupAnewAfterAMinute) {
  lookup_.script(source, {{"8.8.8.8"}});
  lookup_.hanging = true;
  EXPECT_EQ(ask(), "timeout");
  lookup_.hanging = false;
  EXPECT_EQ(ask(), "timeout");
  time_.run_for(60s);
  EXPECT_EQ(ask(), "8.8.8.8");
  ASSERT_EQ(lookup_.hung.size(), 1u);
  lookup_.hung[0](scripted_lookup::addresses({"10.0.0.1"}));  // too late to count
  EXPECT_EQ(ask(), "8.8.8.8");
}

TEST_F(Resolver, BlocksANameThatFlipsToAPrivateAddress) {
  lookup_.script(source, {{"8.8.8.8"}, {"10.0.0.1"}});
  EXPECT_EQ(ask(), "8.8.8.8");
  time_.run_for(30s);
  EXPECT_EQ(ask(), "8.8.8.8");  // the address that was judged before
  EXPECT_EQ(ask(), "blocked");
}

TEST_F(Resolver, BlocksANameWithOnePrivateAnswerAmongOthers) {
  lookup_.script(source, {{"8.8.8.8", "::ffff:192.168.0.1"}});
  EXPECT_EQ(ask(), "blocked");
}

TEST_F(Resolver, AsksOnceForManyWhoWait) {
  lookup_.script(source, {{"8.8.8.8"}});
  int answered = 0;
  for (int i = 0; i < 1000; ++i) {
    names_.resolve(source, time_.clock().steady() + 800ms,
                   [&](const resolved& answer) { answered += word(answer) == "8.8.8.8" ? 1 : 0; });
  }
  time_.run_for(1s);
  EXPECT_EQ(answered, 1000);
  EXPECT_EQ(lookup_.asked, 1u);
}

TEST_F(Resolver, DoesNotAskForAFailedNameAgainWithinASecond) {
  EXPECT_EQ(ask(), "dns");
  EXPECT_EQ(ask(), "dns");
  EXPECT_EQ(lookup_.asked, 1u);
  EXPECT_EQ(ask(), "dns");
  EXPECT_EQ(lookup_.asked, 2u);
}

TEST_F(Resolver, TellsTheLookupWhichNamesHaveBeenFoundBefore) {
  lookup_.script(source, {{"8.8.8.8"}});
  EXPECT_EQ(ask(), "8.8.8.8");
  EXPECT_EQ(lookup_.asked_known, 0u);
  time_.run_for(30s);
  ask();
  EXPECT_EQ(lookup_.asked_known, 1u);
}

TEST_F(Resolver, PutsAnAddressThatDoesNotAnswerBehindTheOthers) {
  lookup_.script(source, {{"8.8.8.8", "9.9.9.9"}});
  EXPECT_EQ(ask(), "8.8.8.8");
  names_.distrust(source, net::ip::make_address("8.8.8.8"));
  EXPECT_EQ(ask(), "9.9.9.9");
  names_.distrust(source, net::ip::make_address("8.8.8.8"));
  time_.run_for(31s);
  ask();
  EXPECT_EQ(ask(), "9.9.9.9");  // after a new lookup, too
}

TEST_F(Resolver, JudgesAnewAfterAReload) {
  lookup_.script(source, {{"10.0.0.1"}});
  EXPECT_EQ(ask(), "blocked");
  names_.reload(egress_guard::make(std::vector<std::string>{"10.0.0.0/8"}).value());
  EXPECT_EQ(ask(), "10.0.0.1");
  names_.reload(egress_guard{});
  EXPECT_EQ(ask(), "blocked");
}

TEST_F(Resolver, DropsAnAnswerThatWasOnItsWayAtAReload) {
  lookup_.hanging = true;
  std::string seen;
  names_.resolve(source, time_.clock().steady() + 800ms,
                 [&](const resolved& answer) { seen = word(answer); });
  names_.reload(egress_guard{});
  ASSERT_EQ(lookup_.hung.size(), 2u);
  lookup_.hung[0](scripted_lookup::addresses({"8.8.8.8"}));
  EXPECT_EQ(seen, "");
  lookup_.hung[1](scripted_lookup::addresses({"9.9.9.9"}));
  EXPECT_EQ(seen, "9.9.9.9");
}

TEST_F(Resolver, RefusesMoreNamesAndWaitersThanItsBounds) {
  resolver small{time_, lookup_, egress_guard{}, {.names_max = 2, .waiters_max = 1}};
  lookup_.hanging = true;
  std::vector<std::string> seen;
  for (const char* host : {"a.example", "b.example", "c.example"}) {
    small.resolve(host, time_.clock().steady() + 800ms,
                  [&](const resolved& answer) { seen.push_back(word(answer)); });
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"overload", "overload"}));
  time_.run_for(1s);
  EXPECT_EQ(seen.back(), "timeout");
}

TEST_F(Resolver, ForgetsNamesNobodyHasAskedForWhenItsPlaceIsNeeded) {
  resolver small{time_, lookup_, egress_guard{}, {.names_max = 1}};
  lookup_.script("a.example", {{"8.8.8.8"}});
  lookup_.script("b.example", {{"9.9.9.9"}});
  std::string seen;
  const auto note = [&](const resolved& answer) { seen = word(answer); };
  small.resolve("a.example", time_.clock().steady() + 800ms, note);
  time_.run_for(59s);
  small.resolve("b.example", time_.clock().steady() + 800ms, note);
  EXPECT_EQ(seen, "overload");
  time_.run_for(2s);
  small.resolve("b.example", time_.clock().steady() + 800ms, note);
  time_.run_for(1s);
  EXPECT_EQ(seen, "9.9.9.9");
}

TEST_F(Resolver, IgnoresAnswersThatComeAfterItsEnd) {
  lookup_.hanging = true;
  {
    resolver brief{time_, lookup_, egress_guard{}};
    brief.resolve(source, time_.clock().steady() + 800ms, [](const resolved&) { FAIL(); });
  }
  lookup_.hung.at(0)(scripted_lookup::addresses({"8.8.8.8"}));
  time_.run_for(1s);
}

class SystemLookup : public ::testing::Test {
 protected:
  lookup_result look_up(const std::string& name) {
    std::optional<lookup_result> found;
    lookup_->start(name, false, [&](lookup_result answer) { found = std::move(answer); });
    EXPECT_FALSE(found);
    const auto working = net::make_work_guard(io_);
    while (!found) io_.run_one();
    return std::move(*found);
  }
  net::io_context io_;
  core_scheduler core_{io_};
  std::unique_ptr<name_lookup> lookup_ = make_system_lookup(core_);
};

TEST_F(SystemLookup, FindsAddressesAndGivesThemOnTheCoreExecutor) {
  const auto found = look_up("127.1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->at(0).to_string(), "127.0.0.1");
  ASSERT_TRUE(look_up("localhost"));
}

TEST_F(SystemLookup, SaysWhyANameCannotBeFound) {
  const auto found = look_up("256.256.256.256.");
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().what, "");
}

TEST_F(SystemLookup, AnswersManyAtOnceAndDropsThemWhenItEnds) {
  std::size_t answered = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    lookup_->start("127.0.0." + std::to_string(i), i % 2 == 0,
                   [&](const lookup_result& answer) { answered += answer ? 1 : 0; });
  }
  const auto working = net::make_work_guard(io_);
  while (answered < 200) io_.run_one();
  for (std::size_t i = 0; i < 200; ++i) {
    lookup_->start("127.0.0.1", true, [](const lookup_result&) {});
  }
  lookup_ = nullptr;
  io_.poll();
}

}  // namespace
}  // namespace reprise
