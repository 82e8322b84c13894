// The configuration of the real service, and its life: reloads, a second process, newer files, the
// end and what comes after it.
#include <sqlite3.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "tests/program_support.hpp"
#include "tests/serve_peer.hpp"
#include "tests/serve_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

TEST(ServeConfiguration, IsCheckedAndShownWithItsSources) {
  const temporary_folder place;
  const std::string file =
      place.file("good.toml", "[poll]\ndeadline_ms = 500\n[defaults]\ntop_k = 3\n");
  const auto checked = run_reprise({"config", "check", "--config", file});
  EXPECT_EQ(checked.status, 0) << checked.messages;
  EXPECT_EQ(checked.output, "");
  const auto shown =
      run_reprise({"config", "show", "--config", file, "--listen", "127.0.0.1:81"}, {},
                  {{"REPRISE_DEFAULTS_TOP_K", "4"}, {"REPRISE_EGRESS_ALLOW", "10.0.0.0/8,::1"}});
  EXPECT_EQ(shown.status, 0) << shown.messages;
  for (const char* line :
       {"listen = \"127.0.0.1:81\"  # --listen", "top_k = 4  # REPRISE_DEFAULTS_TOP_K",
        "allow = [\"10.0.0.0/8\", \"::1\"]  # REPRISE_EGRESS_ALLOW",
        "similarity = 0.8  # default"}) {
    EXPECT_NE(shown.output.find(std::string{line} + "\n"), std::string::npos) << line << "\n"
                                                                              << shown.output;
  }
  EXPECT_NE(shown.output.find("deadline_ms = 500  # " + file + ":2\n"), std::string::npos)
      << shown.output;
  // What is shown is a configuration.
  EXPECT_EQ(
      run_reprise({"config", "check", "--config", place.file("shown.toml", shown.output)}).status,
      0);
}

TEST(ServeConfiguration, IsRefusedWith78AndItsPlace) {
  struct bad_file {
    std::string text;
    std::string place;
    std::string words;
  };
  const temporary_folder place;
  for (const auto& [text, at, words] : std::initializer_list<bad_file>{
           {"[poll]\n  deadline_sm = 5\n", ":2:3: ", "did you mean deadline_ms?"},
           {"[pol]\n", ":1:", "did you mean poll?"},
           {"[poll]\ndeadline_ms = \"fast\"\n", ":2:", "a whole number from 50 to 950"},
           {"[poll]\ndeadline_ms = 951\n", ":2:", "a whole number from 50 to 950"},
           {"[poll]\ndeadline_ms = 500.0\n", ":2:", "a whole number"},
           {"[poll]\ndeadline_ms = 500\ndeadline_ms = 600\n", ":3:", ""},
           {"[defaults]\nsimilarity = nan\n", ":2:", "above 0 and at most 1"},
           {"[egress]\nallow = [\"10.0.0.1/33\"]\n", ":2:", "networks"},
           {"[server]\nlisten = \"localhost:1\"\n", ":2:", "ADDRESS:PORT"},
           {"[server\n", ":1:", ""},
           {"[data]\ndir = \"\xff\"\n", ":2:", ""},
       }) {
    const std::string file = place.file("bad.toml", text);
    for (const auto& command : std::initializer_list<std::vector<std::string>>{
             {"config", "check"}, {"serve", "--data-dir", place.path + "/data"}}) {
      std::vector<std::string> arguments = command;
      arguments.insert(arguments.end(), {"--config", file});
      const auto run = run_reprise(arguments);
      EXPECT_EQ(run.status, 78) << text;
      EXPECT_NE(run.messages.find(file + at), std::string::npos) << run.messages;
      EXPECT_NE(run.messages.find(words), std::string::npos) << run.messages;
      EXPECT_EQ(std::count(run.messages.begin(), run.messages.end(), '\n'), 1) << run.messages;
    }
  }
  EXPECT_FALSE(std::filesystem::exists(place.path + "/data")) << "nothing was begun";
  EXPECT_EQ(run_reprise({"config", "check", "--config", place.path + "/none"}).status, 74);
  EXPECT_EQ(run_reprise({"config", "check"}, {}, {{"REPRISE_POLL_DEADLINE_MS", "x"}}).status, 78);
}

TEST(ServeConfiguration, WarnsOfAVariableThatIsNoSetting) {
  const auto run = run_reprise({"config", "check"}, {}, {{"REPRISE_POL_DEADLINE_MS", "500"}});
  EXPECT_EQ(run.status, 0);
  EXPECT_NE(run.messages.find("REPRISE_POL_DEADLINE_MS"), std::string::npos) << run.messages;
  EXPECT_NE(run.messages.find("REPRISE_POLL_DEADLINE_MS?"), std::string::npos) << run.messages;
  const served_program service{{.environment = {{"REPRISE_NONSENSE", "1"}}}};
  EXPECT_NE(service.log().find("REPRISE_NONSENSE"), std::string::npos) << service.log();
  EXPECT_NE(service.log().find("\"warning\""), std::string::npos);
}

TEST(ServeConfiguration, IsReadAgainBySighupAndABadFileChangesNothing) {
  const temporary_folder place;
  const std::string file = place.file("reprise.toml", "[defaults]\ntop_k = 3\n");
  served_program service{{.arguments = {"--config", file}}};
  const auto top_k = [&] { return service.read("/channels/a")["top_k"]; };
  ASSERT_EQ(service.put("/channels/a", json::object()).status, 201);
  EXPECT_EQ(top_k(), 3);
  const json blocked = {{"source_url", "http://127.0.0.1:9/"}};
  expect_problem(service.put("/channels/b", blocked), 422, "url_blocked", "/source_url");

  place.file("reprise.toml", "[defaults]\ntop_k = 4\n[egress]\nallow = [\"127.0.0.0/8\"]\n");
  service.signal(SIGHUP);
  service.await_logged("the configuration is taken");
  EXPECT_EQ(top_k(), 4);
  EXPECT_EQ(service.put("/channels/b", blocked).status, 201);

  place.file("reprise.toml", "[defaults]\ntop_k = 0\n");
  service.signal(SIGHUP);
  service.await_logged("the configuration is not taken");
  EXPECT_NE(service.log().find("reprise.toml:2:"), std::string::npos) << service.log();
  EXPECT_EQ(top_k(), 4);
  EXPECT_EQ(service.get("/livez").status, 200);
  EXPECT_EQ(service.stop(), 0);
}

TEST(ServeConfiguration, IsReadAgainBySighupAndHoldsForWhatIsPolledAlready) {
  // What a source that takes 400 ms answers is in time at first, and not behind the reload.
  const test_peer source{[](const peer_request&) {
    std::this_thread::sleep_for(std::chrono::milliseconds{400});
    return simulate::http_answer(200, bits_of(1));
  }};
  const temporary_folder place;
  const auto configure = [&](const std::string& text) { return place.file("reprise.toml", text); };
  const std::string listen = "[server]\nlisten = \"127.0.0.1:0\"\n";
  const std::string allowed = "[egress]\nallow = [\"127.0.0.0/8\"]\n";
  const std::string hasty = "[poll]\ndeadline_ms = 100\n";
  served_program service{
      {.arguments = {"--config", configure(listen + allowed)}, .environment = {}, .listen = {}}};
  const auto gaps = [&](const char* reason) {
    return service.read("/channels/polled")["gaps"].value(reason, 0);
  };
  const auto reload = [&](const std::string& text) {
    configure(text);
    service.signal(SIGHUP);
  };
  ASSERT_EQ(service.put("/channels/polled", {{"source_url", source.url()}}).status, 201);
  await("the source is live", [&] { return service.read("/channels/polled")["last_time"] > 0; });
  reload(listen + allowed + hasty);
  await("the shorter deadline holds", [&] { return gaps("timeout") > 0; });
  reload(listen + hasty);
  await("its address is blocked", [&] { return gaps("blocked") > 0; });
  EXPECT_TRUE(service.read("/channels/polled")["last_error"].is_string());
  const std::size_t asked = source.requests().size();
  const int blocked = gaps("blocked");
  await("it stays blocked", [&] { return gaps("blocked") >= blocked + 2; });
  EXPECT_LE(source.requests().size(), asked + 1) << "one was on its way";
  reload(allowed + "[server]\nlisten = \"127.0.0.1:1\"\n");
  await("it is live again", [&] { return service.read("/channels/polled")["state"] != "down"; });
  EXPECT_EQ(service.get("/livez").status, 200) << "it listens where it did";
  await("it says what waits for the next start", [&] {
    return service.logged(
        "server.listen, data.dir, the engine, the library, predictions and moving_averages.windows "
        "change with the next start alone");
  });
  EXPECT_EQ(service.stop(), 0);
}

TEST(ServeLife, LetsNoSecondProcessIntoItsDirectory) {
  const served_program service;
  const auto second =
      run_reprise({"serve", "--listen", "127.0.0.1:0", "--data-dir", service.directory()});
  EXPECT_EQ(second.status, 74);
  EXPECT_NE(second.messages.find("pid " + std::to_string(service.pid())), std::string::npos)
      << second.messages;
  // Off a terminal what it says is the log's, to its end.
  const std::size_t last = second.messages.rfind('\n', second.messages.size() - 2) + 1;
  EXPECT_EQ(json::parse(second.messages.substr(last))["event"], "the service does not start")
      << second.messages;
  const auto listen =
      run_reprise({"serve", "--listen", "127.0.0.1:" + std::to_string(service.port()), "--data-dir",
                   service.directory() + "/other"});
  EXPECT_EQ(listen.status, 74) << "nor to its address: " << listen.messages;
  EXPECT_EQ(service.get("/livez").status, 200);
}

void set_version(const std::string& file, int version) {
  ::sqlite3* db = nullptr;
  ASSERT_EQ(::sqlite3_open(file.c_str(), &db), SQLITE_OK);
  const std::string text = "PRAGMA user_version = " + std::to_string(version);
  EXPECT_EQ(::sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  ::sqlite3_close(db);
}

TEST(ServeLife, RefusesFilesOfANewerProgramUntouched) {
  for (const char* name : {"history.db", "state.db"}) {
    const temporary_directory place;
    served_program first{{.directory = place.path()}};
    ASSERT_EQ(first.put("/channels/kept", json::object()).status, 201);
    ASSERT_EQ(first.stop(), 0);
    const std::string file = place.path() + "/" + name;
    set_version(file, 4'711);
    const auto before = std::filesystem::last_write_time(file);
    const auto refused =
        run_reprise({"serve", "--listen", "127.0.0.1:0", "--data-dir", place.path()});
    EXPECT_EQ(refused.status, 74) << refused.messages;
    EXPECT_NE(refused.messages.find(std::string{name} + ": has schema version 4711, which is "
                                                        "newer than "),
              std::string::npos)
        << refused.messages;
    EXPECT_EQ(std::filesystem::last_write_time(file), before);
  }
}

TEST(ServeLife, IsTheSameAfterItsEndAndAfterAKill) {
  const temporary_directory place;
  const std::int64_t from = now_seconds() - 30;
  std::string lines;
  for (int i = 0; i < 20; ++i) {
    lines += "{\"time\": " + std::to_string(from + i) + ", \"bits\": \"" + std::string(256, '7') +
             "\"}\n";
  }
  // One of the still picture, and not less of it than `reprise scan` finds.
  const auto scanned = run_reprise(
      {"scan", "-", "--channel", "kept", "--threshold", "0", "--top", "2", "--repeats"}, lines);
  ASSERT_EQ(std::count(scanned.output.begin(), scanned.output.end(), '\n'), 1) << scanned.output;
  json shown, matches;
  {
    served_program service{{.directory = place.path()}};
    ASSERT_EQ(service.put("/channels/kept", {{"threshold", 0}, {"top_k", 2}}).status, 201);
    ASSERT_EQ(service
                  .ask({.method = "POST",
                        .target = "/channels/kept/fingerprints",
                        .body = lines,
                        .content_type = "application/x-ndjson"})
                  .status,
              202);
    await("all is matched", [&] {
      matches = service.read("/channels/kept/matches");
      return matches["items"].size() == 14;
    });
    shown = service.read("/channels/kept");
    EXPECT_EQ(service.stop(), 0);
    EXPECT_TRUE(service.logged("stopped"));
  }
  for (int restarts = 0; restarts < 2; ++restarts) {
    served_program service{{.directory = place.path()}};
    json now = service.read("/channels/kept");
    for (const char* changing : {"gaps", "still_since", "state"}) {
      now.erase(changing);
      shown.erase(changing);
    }
    EXPECT_EQ(now, shown);
    EXPECT_EQ(service.read("/channels/kept/matches"), matches);
    EXPECT_EQ(service.read("/channels/kept/repeats")["items"],
              json::array({json::parse(scanned.output)}));
    EXPECT_EQ(service.get("/channels/kept/fingerprints").body, lines);
    service.kill();
  }
}

TEST(ServeLife, IsAskedByHealthcheck) {
  served_program service;
  const std::vector<std::string> check = {"healthcheck", "--listen",
                                          "127.0.0.1:" + std::to_string(service.port())};
  const auto good = run_reprise(check);
  EXPECT_EQ(good.status, 0) << good.messages;
  EXPECT_EQ(good.output, "");
  EXPECT_EQ(service.stop(), 0);
  const auto bad = run_reprise(check);
  EXPECT_EQ(bad.status, 1) << bad.messages;
  EXPECT_EQ(std::count(bad.messages.begin(), bad.messages.end(), '\n'), 1);
}

TEST(ServeLife, EndsAtOnceAtASecondSignalToo) {
  served_program service;
  raw_client watcher{service.port()};  // that would be waited for
  ASSERT_TRUE(watcher.send(bytes_of({.target = "/events"})));
  ASSERT_EQ(watcher.line(), "HTTP/1.1 200 OK");
  service.signal(SIGINT);
  const int status = service.stop();
  EXPECT_TRUE(status == 0 || status == 128 + SIGTERM) << status;
}

}  // namespace
}  // namespace reprise
