#include "net/simulate/source_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/simulate_support.hpp"

namespace reprise {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

constexpr std::int64_t begin = 1'700'000'000;

std::string get(std::uint32_t channel) {
  return "GET /c/" + std::to_string(channel) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

outcome<fingerprint> decoded(const std::string& answer) {
  const std::string body = body_of(answer);
  return decode_fingerprint(std::as_bytes(std::span{body}));
}

// Sources on loopback at a time that stands; made-up content without gaps.
class sources_running {
 public:
  explicit sources_running(source_server_options options)
      : server{*source_server::make(io, clock, shown, options)}, network{io} {}
  explicit sources_running(source_fault fault)
      : sources_running{source_server_options{.faults = {{fault, 1}}}} {}

  // What one connection hears, to one asking.
  std::string ask(std::uint32_t channel) {
    byte_client client{server->address()};
    EXPECT_TRUE(client.send(get(channel)));
    return client.read_answer();
  }

  standing_clock clock{begin};
  broadcast shown{{.seed = 9, .gap_percent = 0}};
  net::io_context io{1};
  std::unique_ptr<source_server> server;
  network_thread network;
};

TEST(SourceServer, AnswersWithWhatTheChannelShowsInEveryForm) {
  sources_running sources{source_server_options{.channels = 40}};
  std::set<std::size_t> forms;
  for (std::uint32_t channel = 0; channel < 40; ++channel) {
    const std::string answer = sources.ask(channel);
    EXPECT_EQ(status_of(answer), "200");
    forms.insert(body_of(answer).size());
    const auto bits = decoded(answer);
    ASSERT_TRUE(bits) << answer;
    const std::int64_t told = std::stoll(header_of(answer, "X-Frame-Time"));
    EXPECT_THAT(told, AnyOf(begin, begin - 1));
    EXPECT_EQ(*bits, sources.shown.at(channel, told));
  }
  EXPECT_EQ(forms, (std::set<std::size_t>{128, 256, 257, 1'024}));
}

TEST(SourceServer, RemembersWhatItServedForWhichTick) {
  sources_running sources{source_server_options{}};
  const std::string answer = sources.ask(0);
  fingerprint bits = *decoded(answer);
  const std::int64_t told = std::stoll(header_of(answer, "X-Frame-Time"));
  sources.network.finish();
  EXPECT_TRUE(sources.server->served(0, told, bits));
  EXPECT_FALSE(sources.server->served(0, told + 1, bits));
  EXPECT_FALSE(sources.server->served(0, told - 1, bits));
  bits[100] ^= std::byte{1};
  EXPECT_FALSE(sources.server->served(0, told, bits));
  EXPECT_EQ(sources.server->counts().served, 1U);
}

TEST(SourceServer, WithoutFrameTimesServesTheTickInWhichTheAskingBegan) {
  sources_running sources{source_server_options{.frame_time = false}};
  const std::string answer = sources.ask(0);
  const fingerprint bits = *decoded(answer);
  EXPECT_EQ(header_of(answer, "X-Frame-Time"), "");
  sources.network.finish();
  EXPECT_TRUE(sources.server->served(0, begin, bits));
  EXPECT_TRUE(sources.server->served(0, begin - 1, bits));
  EXPECT_FALSE(sources.server->served(0, begin + 1, bits));
  EXPECT_FALSE(sources.server->served(0, begin - 2, bits));
}

TEST(SourceServer, ForgetsTheOldestOfManyAnswersAndSaysSo) {
  sources_running sources{source_server_options{}};
  byte_client client{sources.server->address()};
  const auto asked = static_cast<std::int64_t>(served_answers_max) + 10;
  for (std::int64_t i = 0; i < asked; ++i) {
    sources.clock.set(begin + i, 500);
    ASSERT_TRUE(client.send(get(0)));
    ASSERT_EQ(status_of(client.read_answer()), "200");
  }
  sources.network.finish();
  EXPECT_GE(sources.server->remembered_from(0), begin + 9);
  EXPECT_LE(sources.server->remembered_from(0), begin + 12);
}

TEST(SourceServer, AnswersForThousandsOfChannelsOnOneConnection) {
  constexpr std::uint32_t channels = 5'000;
  sources_running sources{source_server_options{.channels = channels}};
  byte_client client{sources.server->address()};
  std::size_t right = 0;
  for (std::uint32_t first = 0; first < channels; first += 100) {
    std::string asked;
    for (std::uint32_t channel = first; channel < first + 100; ++channel) asked += get(channel);
    ASSERT_TRUE(client.send(asked));
    for (std::uint32_t channel = first; channel < first + 100; ++channel) {
      const std::string answer = client.read_answer();
      const auto bits = decoded(answer);
      const std::int64_t told = std::stoll(header_of(answer, "X-Frame-Time"));
      right += bits && *bits == sources.shown.at(channel, told) ? 1 : 0;
    }
  }
  EXPECT_EQ(right, channels);
}

TEST(SourceServer, RefusesWhatIsNoAskingForAChannel) {
  sources_running sources{source_server_options{.channels = 2}};
  for (const auto& [asked, status] : std::vector<std::pair<std::string, std::string>>{
           {"GET /c/2 HTTP/1.1\r\nHost: x\r\n\r\n", "404"},
           {"GET /c/-1 HTTP/1.1\r\nHost: x\r\n\r\n", "404"},
           {"GET /other HTTP/1.1\r\nHost: x\r\n\r\n", "404"},
           {"POST /c/1 HTTP/1.1\r\nHost: x\r\n\r\n", "404"},
           {"GET /c/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", "413"},
           {"GET /c/1 HTTP/1.1\r\n\r\n", "400"},
           {"GET /c/1\r\nHost: x\r\n\r\n", "400"},
           {"GET /c/1 HTTP/1.1\r\nHost : x\r\n\r\n", "400"},
           {"GET /c/1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
           {"GET /c/1 HTTP/1.1\r\nHost: x\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n", "400"}}) {
    byte_client client{sources.server->address()};
    ASSERT_TRUE(client.send(asked));
    EXPECT_EQ(status_of(client.read_answer()), status) << asked.substr(0, 60);
  }
}

TEST(SourceServer, AnswersASecondWithoutAPictureWith503) {
  const standing_clock clock{begin};
  const broadcast shown{{.recordings = {played_recording(10)}}};
  net::io_context io{1};
  const auto server = *source_server::make(io, clock, shown, {});
  network_thread network{io};
  byte_client client{server->address()};
  ASSERT_TRUE(client.send(get(0)));
  EXPECT_EQ(status_of(client.read_answer()), "503");
}

TEST(SourceFaults, AreDealtToTheirShareOfTheChannelsBySeed) {
  const auto shares = parse_faults("slow=0.1,hang=0.3,status=0.001");
  ASSERT_TRUE(shares);
  const auto dealt = assign_faults(*shares, 50, 1);
  const auto count = [&](source_fault fault) {
    return std::count(dealt.begin(), dealt.end(), fault);
  };
  EXPECT_EQ(count(source_fault::slow), 5);
  EXPECT_EQ(count(source_fault::hang), 15);
  EXPECT_EQ(count(source_fault::status), 1);
  EXPECT_EQ(count(source_fault::none), 29);
  EXPECT_EQ(dealt, assign_faults(*shares, 50, 1));
  EXPECT_NE(dealt, assign_faults(*shares, 50, 2));
}

TEST(SourceFaults, AreRefusedWhereTheyMakeNoSense) {
  for (const char* text :
       {"", "slow", "slow=", "slow=0", "slow=-1", "slow=2", "none=0.1", "bogus=0.1",
        "slow=0.1,slow=0.1", "slow=0.6,hang=0.6", "slow=0.1,", "slow=nan"}) {
    EXPECT_FALSE(parse_faults(text)) << text;
  }
  EXPECT_TRUE(parse_faults("flapping=1"));
}

TEST(SourceFault, LengthIsABodyThatIsNoFingerprint) {
  const std::string answer = sources_running{source_fault::length}.ask(0);
  EXPECT_EQ(status_of(answer), "200");
  EXPECT_FALSE(decoded(answer));
}

TEST(SourceFault, StatusIsNot200) {
  EXPECT_THAT(status_of(sources_running{source_fault::status}.ask(0)),
              AnyOf("404", "500", "502", "503"));
}

TEST(SourceFault, RedirectPointsToAnotherSource) {
  const std::string answer = sources_running{source_fault::redirect}.ask(0);
  EXPECT_EQ(status_of(answer), "302");
  EXPECT_EQ(header_of(answer, "Location"), "/c/0");
}

TEST(SourceFault, GzipIsAnEncodingThatNobodyAskedFor) {
  EXPECT_EQ(header_of(sources_running{source_fault::gzip}.ask(0), "Content-Encoding"), "gzip");
}

TEST(SourceFault, HugeIsAMegabyte) {
  EXPECT_EQ(body_of(sources_running{source_fault::huge}.ask(0)).size(), 1'048'576U);
}

TEST(SourceFault, FrameTimeIsOfAnotherHour) {
  const std::string answer = sources_running{source_fault::frame_time}.ask(0);
  EXPECT_GT(std::stoll(header_of(answer, "X-Frame-Time")), begin + 3'000);
}

TEST(SourceFault, ChunkingIsNone) {
  sources_running sources{source_fault::chunking};
  byte_client client{sources.server->address()};
  client.send(get(0));
  client.end_sending();
  const std::string answer = client.read_all();
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_EQ(body_of(answer).substr(0, 2), "zz");
}

TEST(SourceFault, LeftoverStandsBehindAWholeAnswer) {
  sources_running sources{source_fault::leftover};
  byte_client client{sources.server->address()};
  client.send(get(0));
  client.end_sending();
  EXPECT_TRUE(decoded(client.read_answer()));
  EXPECT_TRUE(decoded(client.read_answer()));
}

// Half of the resets come within the answer: two seconds that fall out differently are among many.
TEST(SourceFault, ResetEndsTheConnectionBeforeOrWithinTheAnswer) {
  sources_running sources{source_fault::reset};
  for (std::int64_t i = 0; i < 8; ++i) {
    sources.clock.set(begin + i, 0);
    byte_client client{sources.server->address()};
    client.send(get(0));
    const std::string heard = client.read_all();
    EXPECT_EQ(client.error(), ECONNRESET);
    EXPECT_FALSE(decoded(heard));
  }
}

TEST(SourceFault, HangSaysNothingUntilTheAskerGoes) {
  sources_running sources{
      source_server_options{.channels = 2, .faults = {{source_fault::hang, .5}}}};
  const std::uint32_t hanging = sources.server->fault(0) == source_fault::hang ? 0 : 1;
  byte_client client{sources.server->address()};
  client.send(get(hanging));
  EXPECT_TRUE(decoded(sources.ask(1 - hanging)));
  client.end_sending();
  EXPECT_EQ(client.read_all(), "");
}

TEST(SourceFault, SlowAnswersRightlyButLate) {
  sources_running soon{source_server_options{.faults = {{source_fault::slow, 1}},
                                             .slow = std::chrono::milliseconds{1}}};
  EXPECT_TRUE(decoded(soon.ask(0)));
  sources_running late{
      source_server_options{.faults = {{source_fault::slow, 1}}, .slow = std::chrono::hours{1}}};
  byte_client client{late.server->address()};
  client.send(get(0));
  EXPECT_EQ(status_of(late.ask(7)), "404");  // the asking before it has been taken
  net::post(late.io, [&] { late.server->stop(); });
  EXPECT_EQ(client.read_all(), "");
}

TEST(SourceFault, DripSendsTheRightAnswerByteByByte) {
  sources_running sources{source_server_options{.faults = {{source_fault::drip, 1}},
                                                .drip = std::chrono::milliseconds{0}}};
  EXPECT_TRUE(decoded(sources.ask(0)));
}

TEST(SourceFault, DriftLeavesTheTrueSecondBehindOrAhead) {
  sources_running sources{source_fault::drift};
  sources.clock.set(begin + 1'000, 0);
  const std::int64_t told = std::stoll(header_of(sources.ask(0), "X-Frame-Time"));
  EXPECT_GE(std::abs(told - (begin + 1'000)), 19);
  EXPECT_LE(std::abs(told - (begin + 1'000)), 21);
}

TEST(SourceFault, FlappingIsWellAndIllByTurns) {
  sources_running sources{source_fault::flapping};
  std::string turns;
  for (std::int64_t at = begin; at < begin + 40; at += 10) {
    sources.clock.set(at, 0);
    turns += decoded(sources.ask(0)) ? '+' : '-';
  }
  EXPECT_THAT(turns, AnyOf("+-+-", "-+-+"));
}

}  // namespace
}  // namespace reprise
