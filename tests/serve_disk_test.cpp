// The real service on a disk that is slow, full, broken or damaged: what it still does, what it
// says of that, and that it acknowledges nothing which is not there.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/held_disk.hpp"
#include "tests/serve_peer.hpp"
#include "tests/serve_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;
using simulate::http_answer;

const std::string picture(256, 'c');

std::string lines_from(std::int64_t from, std::int64_t to) {
  std::string lines;
  for (std::int64_t at = from; at < to; ++at) {
    lines += line_of(at, picture);
  }
  return lines;
}

void expect_refused_while_not_ready(const served_program& service) {
  const raw_answer shown = service.get("/readyz?verbose");
  EXPECT_EQ(shown.status, 503);
  EXPECT_EQ(json_of(shown)["ready"], false) << shown.body;
  EXPECT_EQ(service.get("/livez").status, 200);
  EXPECT_EQ(service.get("/metrics").status, 200);
  EXPECT_EQ(service.get("/openapi.json").status, 200);
  for (const char* target : {"/channels", "/channels/kept", "/channels/kept/matches", "/deliveries",
                             "/channels/kept/fingerprints", "/events"}) {
    const raw_answer answer = service.get(target);
    expect_problem(answer, 503, "loading");
    EXPECT_EQ(answer.header("retry-after"), "1");
  }
  expect_problem(service.put("/channels/new", json::object()), 503, "loading");
  expect_problem(service.post("/report", {{"source", "kept"}}), 503, "loading");
}

TEST(ServeDisk, IsNotReadyUntilTheHistoryIsRead) {
  const temporary_directory place;
  const held_disk disk;
  serve_setting setting = disk.under({.directory = place.path()});
  const std::int64_t from = now_seconds() - 20;
  {
    served_program first{setting};
    ASSERT_EQ(first.put("/channels/kept", {{"threshold", 0}}).status, 201);
    ASSERT_EQ(first.ask(push_of("kept", lines_from(from, from + 12))).status, 202);
    EXPECT_EQ(first.stop(), 0);
  }
  disk.tell("hold-reprise-reader");
  setting.ready = false;
  served_program service{setting};
  expect_refused_while_not_ready(service);
  expect_problem(service.ask(push_of("kept", lines_from(from, from + 1))), 503, "loading");
  EXPECT_FALSE(service.logged("ready"));
  disk.untell("hold-reprise-reader");
  await("it is ready", [&] { return service.get("/readyz").status == 200; });
  service.await_logged("ready");
  EXPECT_EQ(service.get("/channels/kept/fingerprints").body, lines_from(from, from + 12));
  EXPECT_EQ(service.stop(), 0);
}

TEST(ServeDisk, IsNotReadyWhileItDrainsAndEndsWhatItHasTaken) {
  const temporary_directory place;
  const held_disk disk;
  const serve_setting setting = disk.under({.directory = place.path()});
  const std::string lines = lines_from(now_seconds() - 20, now_seconds() - 8);
  {
    served_program service{setting};
    ASSERT_EQ(service.put("/channels/kept", json::object()).status, 201);
    disk.tell("hold-reprise-history");
    raw_client pushing{service.port()};
    ASSERT_TRUE(pushing.send(bytes_of(push_of("kept", lines))));
    await("the push is being stored",
          [&] { return figure_of(service, "reprise_pushes_used") == 1; });
    service.signal(SIGTERM);
    await("it drains",
          [&] { return json_of(service.get("/readyz"))["phase"] == json("draining"); });
    expect_refused_while_not_ready(service);
    disk.untell("hold-reprise-history");
    EXPECT_EQ(pushing.answer().status, 202);
    EXPECT_EQ(service.await_end(), 0) << service.log();
    EXPECT_TRUE(service.logged("stopped"));
  }
  const served_program again{setting};
  EXPECT_EQ(again.get("/channels/kept/fingerprints").body, lines);
}

TEST(ServeDisk, AcknowledgesNothingWhileItIsFullAndHealsByItself) {
  const test_peer source{http_answer(200, picture)};
  const held_disk disk;
  served_program service{disk.under(loopback_allowed())};
  const auto channel = [&] { return service.read("/channels/polled"); };
  const auto is_troubled = [&] {
    return service.get("/readyz?verbose").body.find("the disk: ") != std::string::npos;
  };
  ASSERT_EQ(service.put("/channels/polled", {{"source_url", source.url()}}).status, 201);
  ASSERT_EQ(service.put("/channels/pushed", json::object()).status, 201);
  await("a second is durable", [&] { return channel()["durable_through"].is_number(); });
  EXPECT_FALSE(is_troubled());

  disk.tell("full");
  await("the disk's trouble is seen", is_troubled);
  const std::int64_t durable = channel()["durable_through"];
  await("seconds still come",
        [&] { return channel()["last_time"].get<std::int64_t>() >= durable + 3; });
  EXPECT_EQ(channel()["durable_through"], durable);
  const std::string lines = lines_from(now_seconds() - 20, now_seconds() - 8);
  expect_problem(service.ask(push_of("pushed", lines)), 507, "disk_full");
  expect_problem(service.put("/channels/more", json::object()), 507, "disk_full");
  EXPECT_GT(figure_of(service, "reprise_durable_lag_seconds"), 0);
  EXPECT_EQ(service.get("/channels/pushed/fingerprints").body, "");

  const std::int64_t shown = channel()["last_time"];
  disk.untell("full");
  await("all that came is durable",
        [&] { return channel()["durable_through"].get<std::int64_t>() >= shown; });
  EXPECT_FALSE(is_troubled());
  EXPECT_TRUE(service.logged("writes succeed again")) << service.log();
  EXPECT_EQ(channel()["gaps"].value("disk", 0), 0) << "it did not last for a minute";
  EXPECT_EQ(service.ask(push_of("pushed", lines)).status, 202);
  EXPECT_EQ(service.put("/channels/more", json::object()).status, 201);
  EXPECT_EQ(service.stop(), 0);
}

TEST(ServeDisk, EndsWith74WhereSyncsFailAndKeepsWhatItAcknowledged) {
  const temporary_directory place;
  const test_peer source{http_answer(200, picture)};
  const held_disk disk;
  serve_setting setting = disk.under(loopback_allowed());
  setting.directory = place.path();
  const std::string lines = lines_from(now_seconds() - 20, now_seconds() - 8);
  {
    served_program service{setting};
    ASSERT_EQ(service.put("/channels/pushed", json::object()).status, 201);
    ASSERT_EQ(service.put("/channels/polled", {{"source_url", source.url()}}).status, 201);
    ASSERT_EQ(service.ask(push_of("pushed", lines)).status, 202);
    disk.tell("unsynced");
    EXPECT_EQ(service.await_end(), 74);
    EXPECT_TRUE(service.logged("the service ends")) << service.log();
  }
  disk.untell("unsynced");
  served_program again{setting};
  EXPECT_EQ(again.get("/channels/pushed/fingerprints").body, lines);
  EXPECT_EQ(again.stop(), 0);
}

void write_at(const std::string& file, std::size_t place, const std::string& bytes) {
  std::fstream opened{file, std::ios::in | std::ios::out | std::ios::binary};
  opened.seekp(static_cast<std::streamoff>(place));
  opened << bytes;
}

std::string content_of(const std::string& file) {
  std::ifstream opened{file, std::ios::binary};
  std::ostringstream bytes;
  bytes << opened.rdbuf();
  return std::move(bytes).str();
}

std::size_t count_aside(const std::string& directory) {
  const std::filesystem::directory_iterator files{directory};
  return static_cast<std::size_t>(std::count_if(begin(files), end(files), [](const auto& each) {
    return each.path().string().find(".corrupt-") != std::string::npos;
  }));
}

class ServeDamage : public testing::Test {
 protected:
  void SetUp() override {
    for (std::int64_t i = 0; i < seconds; ++i) lines_ += line_of(from_ + i, bits_at(i));
    served_program service{{.directory = place_.path()}};
    ASSERT_EQ(service.put("/channels/damaged", json::object()).status, 201);
    ASSERT_EQ(service.ask(push_of("damaged", lines_)).status, 202);
    ASSERT_EQ(service.stop(), 0);
  }
  static std::string bits_at(std::int64_t second) {
    return bits_of(static_cast<std::uint64_t>(second));
  }
  // The lines of the channel now, each of which was pushed.
  std::int64_t lines_left(const served_program& service) const {
    std::istringstream left{service.get("/channels/damaged/fingerprints").body};
    std::int64_t count = 0;
    std::size_t at = 0;
    for (std::string line; std::getline(left, line); ++count) {
      at = lines_.find(line, at);
      EXPECT_NE(at, std::string::npos) << line;
    }
    return count;
  }
  [[nodiscard]] std::string file() const { return place_.path() + "/history.db"; }

  static constexpr std::int64_t seconds = 4'000;
  const temporary_directory place_;
  const std::int64_t from_ = now_seconds() - seconds - 100;
  std::string lines_;
};

TEST_F(ServeDamage, MakesGapsOfTicksAndTellsThatTheChannelIsDegraded) {
  std::string begin;  // of the bytes of one second, wherever they lie
  for (std::size_t i = 0; i < 32; ++i) {
    begin += static_cast<char>(std::stoi(bits_at(2'000).substr(2 * i, 2), nullptr, 16));
  }
  const std::string stored = content_of(file());
  std::size_t places = 0;
  for (std::size_t at = stored.find(begin); at != std::string::npos; ++places) {
    write_at(file(), at, "damage");
    at = stored.find(begin, at + 1);
  }
  ASSERT_GT(places, 0U);
  served_program service{{.directory = place_.path()}};
  const json shown = service.read("/channels/damaged");
  EXPECT_EQ(shown["integrity"], "degraded");
  const std::int64_t lost = shown["gaps"].value("corrupt", 0);
  EXPECT_GT(lost, 0);
  EXPECT_EQ(lines_left(service), seconds - lost);
  EXPECT_GT(figure_of(service, "reprise_history_damaged_total"), 0);
  // Whoever has them still may push them again.
  const raw_answer again = service.ask(push_of("damaged", lines_));
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(json_of(again)["stored"], lost);
  EXPECT_EQ(lines_left(service), seconds);
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(ServeDamage, KeepsADamagedFileAsideAndSaysSo) {
  write_at(file(), 4'096, std::string(4'096, '\0'));  // the root of a table
  served_program service{{.directory = place_.path()}};
  EXPECT_EQ(count_aside(place_.path()), 1U);
  service.await_logged("the history is damaged");
  EXPECT_NE(service.log().find("history.db was damaged"), std::string::npos) << service.log();
  EXPECT_LE(lines_left(service), seconds);
  EXPECT_EQ(service.ask(push_of("damaged", lines_from(now_seconds() - 5, now_seconds()))).status,
            202);
  EXPECT_EQ(service.stop(), 0);
}

}  // namespace
}  // namespace reprise
