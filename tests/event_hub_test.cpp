#include "net/event_hub.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "host/worker_thread.hpp"

namespace reprise {
namespace {

class EventHub : public testing::Test {
 protected:
  std::shared_ptr<body_stream> watch(event_filter filter = {}) {
    auto made = hub.subscribe(std::move(filter), link);
    EXPECT_TRUE(made);
    auto stream = *made;
    EXPECT_EQ(next_of(*stream), "retry: 2000\n\n");
    return stream;
  }
  // Runs the API until the stream has given its next piece.
  std::optional<std::string> next_of(body_stream& stream) {
    std::optional<std::string> piece;
    net::co_spawn(api, stream.next(), [&](std::exception_ptr, std::optional<std::string> given) {
      piece = std::move(given);
    });
    api.restart();
    api.run();
    return piece;
  }
  void publish(std::string_view kind, std::string channel, std::string data = "{}") {
    hub.publish({kind, std::move(channel), std::move(data)});
  }

  net::io_context api;
  worker_thread core{"core"};
  api_link link{core, api.get_executor()};
  event_hub hub{std::chrono::hours{1}};
};

TEST_F(EventHub, IsHeardOnlyWhileSomebodyWatches) {
  EXPECT_FALSE(hub.heard());
  auto stream = watch();
  EXPECT_TRUE(hub.heard());
  stream.reset();
  publish("tick", "bbc1");
  EXPECT_FALSE(hub.heard());
}

TEST_F(EventHub, WritesEventsAsTheStandardSays) {
  const auto stream = watch();
  publish("tick", "bbc1", R"({"channel":"bbc1","time":5})");
  publish("match", "bbc1", R"({"channel":"bbc1"})");
  EXPECT_EQ(next_of(*stream),
            "event: tick\ndata: {\"channel\":\"bbc1\",\"time\":5}\n\n"
            "event: match\ndata: {\"channel\":\"bbc1\"}\n\n");
}

TEST_F(EventHub, LetsThroughWhatWasAskedFor) {
  const auto of_channel = watch({{"bbc1", "itv"}, {}});
  const auto of_kind = watch({{}, {"match"}});
  publish("tick", "bbc1");
  publish("match", "cnn");
  publish("delivery", "");
  EXPECT_EQ(next_of(*of_channel), "event: tick\ndata: {}\n\n");
  EXPECT_EQ(next_of(*of_kind), "event: match\ndata: {}\n\n");
}

TEST_F(EventHub, WakesAStreamThatWaits) {
  const auto stream = watch();
  core.post([&] { publish("tick", "bbc1"); });
  EXPECT_EQ(next_of(*stream), "event: tick\ndata: {}\n\n");
}

TEST_F(EventHub, EndsAWatcherThatReadsTooSlowlyAndSaysSo) {
  const auto slow = watch();
  const auto quick = watch();
  const std::string big(event_buffer_bytes_max / 2, 'x');
  const std::size_t framed = std::string_view{"event: tick\ndata: \n\n"}.size() + big.size();
  publish("tick", "bbc1", big);
  EXPECT_EQ(next_of(*quick)->size(), framed);
  publish("tick", "bbc1", big);
  EXPECT_EQ(next_of(*slow)->size(), framed);  // what it got before
  EXPECT_NE(next_of(*slow)->find("event: overflow\n"), std::string::npos);
  EXPECT_EQ(next_of(*slow), std::nullopt);
  EXPECT_EQ(next_of(*quick)->size(), framed);
}

TEST_F(EventHub, TakesOnlySoManyWatchers) {
  std::vector<std::shared_ptr<body_stream>> streams;
  for (std::size_t i = 0; i < event_watchers_max; ++i) streams.push_back(watch());
  const auto refused = hub.subscribe({}, link);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, errc::overloaded);
  streams.pop_back();
  EXPECT_TRUE(hub.subscribe({}, link));
}

TEST_F(EventHub, EndsItsStreamsWhenItCloses) {
  const auto stream = watch();
  publish("tick", "bbc1");
  core.post([&] { hub.close(); });
  EXPECT_EQ(next_of(*stream), "event: tick\ndata: {}\n\n");
  EXPECT_EQ(next_of(*stream), std::nullopt);
  EXPECT_EQ(hub.subscribe({}, link).error().code, errc::stopping);
}

TEST_F(EventHub, LetsACancelledStreamGo) {
  const auto stream = watch();
  bool ended = false;
  net::cancellation_signal stop;
  net::co_spawn(api, stream->next(),
                net::bind_cancellation_slot(
                    stop.slot(),
                    [&](std::exception_ptr, std::optional<std::string> piece) { ended = !piece; }));
  api.restart();
  api.poll();
  EXPECT_FALSE(ended);
  stop.emit(net::cancellation_type::terminal);
  api.run();
  EXPECT_TRUE(ended);
}

TEST_F(EventHub, LosesNothingBetweenThreads) {
  const auto stream = watch();
  constexpr int events = 5'000;
  core.post([&] {
    for (int i = 0; i < events; ++i)
      publish("tick", "bbc1", "{\"time\":" + std::to_string(i) + "}");
    hub.close();
  });
  std::string all;
  while (auto piece = next_of(*stream)) all += *piece;
  std::string expected;
  for (int i = 0; i < events; ++i) {
    expected += "event: tick\ndata: {\"time\":" + std::to_string(i) + "}\n\n";
  }
  EXPECT_EQ(all, expected);
}

TEST(EventHeartbeat, ComesWhenNothingElseDoes) {
  net::io_context api;
  worker_thread core{"core"};
  const api_link link{core, api.get_executor()};
  event_hub hub{std::chrono::milliseconds{1}};
  const auto stream = *hub.subscribe({}, link);
  std::vector<std::string> pieces;
  const auto run = [&]() -> net::awaitable<void> {
    for (int i = 0; i < 3; ++i) pieces.push_back(*co_await stream->next());
  };
  net::co_spawn(api, run(), net::detached);
  api.run();
  EXPECT_EQ(pieces,
            (std::vector<std::string>{"retry: 2000\n\n", ": heartbeat\n\n", ": heartbeat\n\n"}));
}

}  // namespace
}  // namespace reprise
