// Clients of the real service that are slow, greedy or gone, and what they may not do to others.
#include <memory>
#include <random>

#include "tests/serve_peer.hpp"
#include "tests/serve_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;
using simulate::http_answer;

// Fingerprints of seconds that match no other: a still picture's cost half a millisecond each.
std::string unlike_seconds(std::int64_t count) {
  std::mt19937_64 random{1};
  std::string bytes(128 * static_cast<std::size_t>(count), '\0');
  for (char& each : bytes) each = static_cast<char>(random());
  return bytes;
}

// Both last ten seconds, so that one test waits for them together.
TEST(ServeSlowClients, AreCutOffAndDelayNobody) {
  served_program service;
  ASSERT_EQ(service.put("/channels/long", json::object()).status, 201);
  constexpr std::int64_t seconds = 60'000;  // more in an export than sockets buffer
  ASSERT_EQ(service
                .ask({.method = "POST",
                      .target = "/channels/long/fingerprints?start=" +
                                std::to_string(now_seconds() - seconds - 60),
                      .body = unlike_seconds(seconds),
                      .content_type = "application/octet-stream"})
                .status,
            202);
  std::unique_ptr<raw_client> unread, slow;
  await("others are answered while both are there", [&] {
    unread = std::make_unique<raw_client>(service.port(), 4'096);
    slow = std::make_unique<raw_client>(service.port());
    EXPECT_TRUE(unread->send(bytes_of({.target = "/channels/long/fingerprints"})));
    EXPECT_EQ(unread->line(), "HTTP/1.1 200 OK");
    EXPECT_TRUE(
        slow->send("POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                   "Content-Length: 10\r\n\r\n{"));
    EXPECT_EQ(service.get("/channels").status, 200);
    EXPECT_EQ(service.get("/channels/long/fingerprints?to=0").status, 200);
    EXPECT_EQ(service.ask(push_of("long", line_of(now_seconds(), bits_of(1)))).status, 202);
    return figure_of(service, "reprise_http_connections") == 3;
  });
  const raw_answer late = slow->answer();
  expect_problem(late, 408, "request_timeout");
  EXPECT_EQ(late.header("connection"), "close");
  EXPECT_TRUE(slow->ends());
  await("who does not read is cut off",
        [&] { return figure_of(service, "reprise_http_connections") == 1; });
  while (!unread->line().empty()) continue;  // what the sockets had buffered
  EXPECT_EQ(service.stop(), 0);
}

TEST(ServeUploads, LeaveNothingWhereTheyEndEarly) {
  const served_program service;
  ASSERT_EQ(service.put("/channels/cut", json::object()).status, 201);
  const std::string line = line_of(now_seconds() - 10, bits_of(1));
  std::string half = bytes_of(push_of("cut", line + line_of(now_seconds() - 9, bits_of(2))));
  half.resize(half.size() - line.size());
  raw_client aborted{service.port()};
  ASSERT_TRUE(aborted.send(half));
  await("the first half has come",
        [&] { return figure_of(service, "reprise_http_bodies_bytes") > 0; });
  aborted.reset();
  await("it is given up", [&] { return figure_of(service, "reprise_http_bodies_bytes") == 0; });
  raw_client ended{service.port()};
  ASSERT_TRUE(ended.send(half));
  ended.end_sending();
  expect_problem(ended.answer(), 400, "bad_framing");
  EXPECT_EQ(service.get("/channels/cut/fingerprints").body, "");
  EXPECT_EQ(service.read("/channels/cut")["durable_through"], nullptr);
}

TEST(ServeUploads, LargerThanTheirBoundAreToldSoWhileTheyAreStillSent) {
  const served_program service;
  ASSERT_EQ(service.put("/channels/large", json::object()).status, 201);
  raw_client declared{service.port()};
  ASSERT_TRUE(
      declared.send("POST /channels/large/fingerprints?start=1 HTTP/1.1\r\nHost: localhost\r\n"
                    "Content-Type: application/octet-stream\r\nContent-Length: 33554433\r\n\r\n"));
  ASSERT_TRUE(declared.send(std::string(200'000, 'x')));  // what it has sent before it hears
  expect_problem(declared.answer(), 413, "body_too_large");
  raw_client chunked{service.port()};
  ASSERT_TRUE(
      chunked.send("POST /channels/large/fingerprints?start=1 HTTP/1.1\r\nHost: localhost\r\n"
                   "Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "2000001\r\n"));
  expect_problem(chunked.answer(), 413, "body_too_large");
  EXPECT_EQ(service.get("/channels/large/fingerprints").body, "");
}

TEST(ServeMemory, BeyondItsBoundTakesNoMoreChannels) {
  serve_setting setting;
  setting.environment["REPRISE_ENGINE_MEMORY_BYTES_MAX"] = "40000000";  // two channels of a day
  const served_program service{setting};
  int made = 0;
  raw_answer last;
  for (; made < 5; ++made) {
    last = service.put("/channels/c" + std::to_string(made), json::object());
    if (last.status != 201) break;
  }
  EXPECT_EQ(made, 2);
  expect_problem(last, 503, "capacity_exhausted");
  EXPECT_EQ(service.put("/channels/small", json{{"window_seconds", 600}}).status, 201);
  EXPECT_EQ(service.get("/readyz").status, 200);
}

TEST(ServeConnections, BeyondTheirNumberAreToldSo) {
  const served_program service;
  const auto expect_refused = [&](std::uint8_t address) {
    raw_client late;
    late.connect_from(address, service.port());
    late.send(bytes_of({.target = "/livez"}));
    const raw_answer refused = late.answer();
    EXPECT_EQ(refused.status, 503);
    EXPECT_NE(refused.header("retry-after"), "");
  };
  std::vector<std::unique_ptr<raw_client>> held;
  const auto hold = [&](std::uint8_t address) {
    for (int i = 0; i < 64; ++i) {
      held.push_back(std::make_unique<raw_client>());
      held.back()->connect_from(address, service.port());
    }
  };
  hold(1);
  expect_refused(1);  // of one peer
  for (std::uint8_t address = 2; address <= 16; ++address) hold(address);
  expect_refused(17);  // of all together
  held.clear();
  await("there is room again", [&] {
    raw_client asking;
    asking.connect_from(17, service.port());
    asking.send(bytes_of({.target = "/livez"}));
    return asking.answer().status == 200;
  });
}

TEST(ServeDescriptors, RunOutForNewConnectionsAloneWhilePollingGoesOn) {
  const test_peer source{http_answer(200, bits_of(1))};
  serve_setting setting = loopback_allowed();
  setting.files_max = 128;  // of which 64 are kept in reserve
  served_program service{setting};
  raw_client held{service.port()};
  const auto ask = [&](const service_request& request) {
    EXPECT_TRUE(held.send(bytes_of(request)));
    return held.answer();
  };
  ASSERT_EQ(ask({.method = "PUT",
                 .target = "/channels/polled",
                 .body = json{{"source_url", source.url()}}.dump()})
                .status,
            201);
  std::vector<std::unique_ptr<raw_client>> greedy;
  for (int i = 0; i < 63; ++i) greedy.push_back(std::make_unique<raw_client>(service.port()));
  await("it accepts no more", [&] {
    const std::string told = ask({.target = "/metrics"}).body;
    return told.find("reprise_http_accept_pauses_total 0\n") == std::string::npos;
  });
  const auto last_time = [&] {
    const json shown = json_of(ask({.target = "/channels/polled"}))["last_time"];
    return shown.is_number() ? shown.get<std::int64_t>() : 0;
  };
  await("the source is asked", [&] { return last_time() > 0; });
  const std::int64_t before = last_time();
  await("polling goes on", [&] { return last_time() >= before + 2; });
  EXPECT_EQ(ask({.method = "PUT", .target = "/channels/more", .body = "{}"}).status, 201);
  greedy.clear();
  EXPECT_EQ(service.get("/readyz").status, 200);
  EXPECT_EQ(service.stop(), 0);
}

}  // namespace
}  // namespace reprise
