// Keys of the real service: made and revoked while it runs and while it does not, asked for on
// every route, and told by nothing.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/program_support.hpp"
#include "tests/serve_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

struct shown_key {
  std::string secret;
  std::string id;
};

std::vector<std::string> keys(std::vector<std::string> arguments, const std::string& directory) {
  arguments.insert(arguments.begin(), "keys");
  arguments.insert(arguments.end(), {"--data-dir", directory});
  return arguments;
}

shown_key create_key(const std::string& directory, const std::string& label = "test") {
  const auto run = run_reprise(keys({"create", "--label", label}, directory));
  EXPECT_EQ(run.status, 0) << run.messages;
  EXPECT_TRUE(run.output.starts_with("rpr_") && run.output.ends_with('\n')) << run.output;
  shown_key made{run.output.substr(0, run.output.size() - 1), {}};
  EXPECT_EQ(run.messages.find(made.secret), std::string::npos) << "on standard output alone";
  const std::string before = "made the key ";
  const std::size_t at = run.messages.find(before) + before.size();
  made.id = run.messages.substr(at, run.messages.find(';', at) - at);
  return made;
}

std::string bearer(const std::string& key) {
  return "Authorization: Bearer " + key;
}

service_request with_key(const std::string& target, const std::string& key) {
  return {.target = target, .headers = {bearer(key)}};
}

TEST(ServeKeys, AreMadeListedAndRevokedWhileTheServiceRuns) {
  const served_program service;
  EXPECT_EQ(service.get("/channels").status, 200) << "no key, and loopback alone";
  const shown_key first = create_key(service.directory(), "first");
  expect_problem(service.get("/channels"), 401, "unauthorized");
  EXPECT_EQ(service.ask(with_key("/channels", first.secret)).status, 200);
  const shown_key second = create_key(service.directory(), "second");
  EXPECT_NE(first.secret, second.secret);
  const auto listed = run_reprise(keys({"list"}, service.directory()));
  EXPECT_EQ(listed.status, 0);
  for (const shown_key& each : {first, second}) {
    EXPECT_NE(listed.output.find(each.id), std::string::npos) << listed.output;
    EXPECT_EQ(listed.output.find(each.secret), std::string::npos);
  }
  EXPECT_NE(listed.output.find("first"), std::string::npos);
  EXPECT_EQ(run_reprise(keys({"revoke", first.id}, service.directory())).status, 0);
  expect_problem(service.ask(with_key("/channels", first.secret)), 401, "unauthorized");
  EXPECT_EQ(service.ask(with_key("/channels", second.secret)).status, 200);
  const auto again = run_reprise(keys({"revoke", first.id}, service.directory()));
  EXPECT_NE(again.status, 0) << "it is not valid any more";
  const auto after = run_reprise(keys({"list"}, service.directory()));
  EXPECT_NE(after.output.find("revoked"), std::string::npos) << after.output;
}

// With the last chunk of a stream.
bool ends_in_order(raw_client& watcher) {
  while (!watcher.ends()) {
    if (watcher.line() == "0") return true;
  }
  return false;
}

TEST(ServeKeys, EndTheStreamsThatWereOpenedWithThemWhenTheyAreRevoked) {
  const served_program service;
  raw_client keyless{service.port()};
  ASSERT_TRUE(keyless.send(bytes_of({.target = "/events"})));
  EXPECT_EQ(keyless.line(), "HTTP/1.1 200 OK");
  const shown_key good = create_key(service.directory());
  EXPECT_TRUE(ends_in_order(keyless)) << "the first key has come";
  const shown_key revoked = create_key(service.directory());
  raw_client watcher{service.port()};
  ASSERT_TRUE(watcher.send(bytes_of(with_key("/events", revoked.secret))));
  EXPECT_EQ(watcher.line(), "HTTP/1.1 200 OK");
  EXPECT_EQ(run_reprise(keys({"revoke", revoked.id}, service.directory())).status, 0);
  EXPECT_TRUE(ends_in_order(watcher));
  EXPECT_EQ(service.ask(with_key("/channels", good.secret)).status, 200);
}

TEST(ServeKeys, AreLookedForInADirectoryThatIsThere) {
  const temporary_directory place;
  const std::string directory = place.path() + "/mistyped";
  const std::vector<std::vector<std::string>> looks = {{"list"}, {"revoke", "a"}};
  for (const auto& asked : looks) {
    const auto told = run_reprise(keys(asked, directory));
    EXPECT_EQ(told.status, 74);
    EXPECT_NE(told.messages.find(directory + ": No such file or directory"), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(directory));
}

TEST(ServeKeys, AreMadeAndRevokedWhileTheServiceDoesNotRun) {
  const temporary_directory place;
  const std::string directory = place.path() + "/data";
  const shown_key good = create_key(directory);
  const shown_key revoked = create_key(directory);
  EXPECT_EQ(run_reprise(keys({"revoke", revoked.id}, directory)).status, 0);
  served_program service{{.directory = directory}};
  EXPECT_EQ(service.ask(with_key("/channels", good.secret)).status, 200);
  expect_problem(service.ask(with_key("/channels", revoked.secret)), 401, "unauthorized");
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(run_reprise(keys({"revoke", good.id}, directory)).status, 0);
  served_program again{{.directory = directory}};
  expect_problem(again.ask(with_key("/channels", good.secret)), 401, "unauthorized");
}

// The routes come from the service's own description, so that none is forgotten.
TEST(ServeKeys, AreAskedForOnEveryRouteButTheHealthChecks) {
  const served_program service;
  const json paths = service.read("/openapi.json")["paths"];
  const shown_key good = create_key(service.directory());
  const shown_key revoked = create_key(service.directory());
  ASSERT_EQ(run_reprise(keys({"revoke", revoked.id}, service.directory())).status, 0);
  std::string wrong = good.secret;
  wrong.back() = wrong.back() == 'A' ? 'B' : 'A';
  const std::vector<std::vector<std::string>> refused = {
      {},
      {bearer(wrong)},
      {bearer(revoked.secret)},
      {bearer("rpr_" + std::string(48, 'A'))},
      {bearer("")},
      {"Authorization: Basic " + good.secret},
      {"X-Api-Key: " + good.secret},
      {bearer(good.secret), bearer(good.secret)},
  };
  int routes = 0;
  for (const auto& [pattern, methods] : paths.items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (method == "parameters") continue;
      ++routes;
      std::string name = method;
      for (char& each : name) each = static_cast<char>(std::toupper(each));
      std::string target = pattern;
      const std::size_t open_at = target.find('{'), close_at = target.find('}');
      if (open_at != std::string::npos) {
        target = target.substr(0, open_at) + "1" + target.substr(close_at + 1);
      }
      SCOPED_TRACE(name + " " + target);
      const bool open = target == "/livez" || target == "/readyz" || target == "/ping";
      for (const auto& headers : refused) {
        const raw_answer answer =
            service.ask({.method = name, .target = target, .headers = headers});
        if (open) {
          EXPECT_EQ(answer.status, 200);
        } else {
          expect_problem(answer, 401, "unauthorized");
          EXPECT_EQ(answer.header("www-authenticate"), "Bearer");
        }
      }
      if (target == "/events") continue;
      const raw_answer answer =
          service.ask({.method = name, .target = target, .headers = {bearer(good.secret)}});
      EXPECT_NE(answer.status, 401);
      EXPECT_NE(answer.status, 405) << "the description names a route that is not there";
      if (answer.status == 404) {
        EXPECT_NE(json_of(answer)["detail"], "there is nothing here");
      }
    }
  }
  EXPECT_EQ(routes, 42);
  // A key in a URL opens nothing.
  expect_problem(service.get("/channels?key=" + good.secret), 401, "unauthorized");
}

TEST(ServeKeys, AreNeededToListenBeyondLoopback) {
  const temporary_directory place;
  const std::string directory = place.path() + "/data";
  const std::vector<std::string> serve = {"serve", "--listen", "0.0.0.0:0", "--data-dir",
                                          directory};
  const auto refused = run_reprise(serve);
  EXPECT_EQ(refused.status, 78);
  EXPECT_NE(refused.messages.find("keys create"), std::string::npos) << refused.messages;
  const shown_key key = create_key(directory);
  const served_program service{{.directory = directory, .environment = {}, .listen = "0.0.0.0:0"}};
  EXPECT_EQ(service.ask(with_key("/channels", key.secret)).status, 200);
  expect_problem(service.get("/channels"), 401, "unauthorized");
  EXPECT_EQ(run_reprise(keys({"revoke", key.id}, directory)).status, 0);
  expect_problem(service.get("/channels"), 401, "unauthorized");
}

TEST(ServeKeys, GoIntoAFileThatItsOwnerAloneReads) {
  const temporary_directory place;
  const std::string directory = place.path() + "/data", file = place.path() + "/key";
  const auto made = run_reprise(keys({"create", "--output", file}, directory));
  EXPECT_EQ(made.status, 0) << made.messages;
  EXPECT_EQ(made.output, "");
  struct ::stat of {};
  ASSERT_EQ(::stat(file.c_str(), &of), 0);
  EXPECT_EQ(of.st_mode & 0777, 0600u);
  std::ifstream in{file};
  std::string secret;
  std::getline(in, secret);
  EXPECT_TRUE(secret.starts_with("rpr_"));
  EXPECT_EQ(run_reprise(keys({"create", "--output", file}, directory)).status, 74)
      << "no file is overwritten";
  // And that refusal made no key.
  const auto listed = run_reprise(keys({"list"}, directory));
  EXPECT_EQ(std::count(listed.output.begin(), listed.output.end(), '\n'), 1) << listed.output;
  const auto none = run_reprise(keys({"create", "--if-none"}, directory));
  EXPECT_EQ(none.status, 0);
  EXPECT_EQ(none.output, "") << "there is one";
  const served_program service{{.directory = directory}};
  EXPECT_EQ(service.ask(with_key("/channels", secret)).status, 200);
}

TEST(ServeKeys, AndOtherSecretsAreToldByNothing) {
  const std::string canary = "canary7f3a91";
  served_program service{loopback_allowed()};
  raw_client watcher{service.port()};
  ASSERT_TRUE(watcher.send("GET /events HTTP/1.0\r\nHost: localhost\r\n\r\n"));
  ASSERT_EQ(watcher.line(), "HTTP/1.1 200 OK");
  const json settings = {{"source_url", "http://127.0.0.1:9/frame?key=" + canary},
                         {"reporting_url", "http://127.0.0.1:9/sink?key=" + canary},
                         {"report_empty", true},
                         {"source_headers", {{"X-Key", canary}}},
                         {"reporting_headers", {{"Authorization", canary}}}};
  ASSERT_EQ(service.put("/channels/canary", settings).status, 201);
  const raw_answer called = service.post("/report", {{"source", "called"},
                                                     {"source_url", settings["source_url"]},
                                                     {"reporting_url", settings["reporting_url"]}});
  EXPECT_EQ(called.status, 502) << called.body;
  const std::string push = "{\"time\": " + std::to_string(now_seconds()) + ", \"bits\": \"" +
                           std::string(256, '0') + "\"}\n";
  // The channel is polled, so that a tick may be there already.
  ASSERT_EQ(service
                .put("/channels/pushed",
                     {{"reporting_url", settings["reporting_url"]}, {"report_empty", true}})
                .status,
            201);
  ASSERT_EQ(service
                .ask({.method = "POST",
                      .target = "/channels/pushed/fingerprints",
                      .body = push,
                      .content_type = "application/x-ndjson"})
                .status,
            202);
  await("source and sink have failed", [&] {
    const json shown = service.read("/channels/canary");
    const json sent = service.read("/deliveries")["items"];
    return shown["last_error"].is_string() && !sent.empty() && sent[0]["last_error"].is_string();
  });
  const shown_key key = create_key(service.directory());
  std::string wrong = key.secret;
  wrong[10] = wrong[10] == 'x' ? 'y' : 'x';
  std::string told = called.body;
  for (const char* target :
       {"/channels/canary/matches", "/channels/canary/repeats", "/deliveries", "/metrics",
        "/readyz?verbose", "/openapi.json", "/channels/canary/fingerprints"}) {
    told += service.ask(with_key(target, key.secret)).body;
    told += service.ask(with_key(target, wrong)).body;
  }
  EXPECT_EQ(service.stop(), 0);
  told += service.log();
  for (std::string line = watcher.line(); !line.empty() || !watcher.ends(); line = watcher.line()) {
    told += line + "\n";
  }
  EXPECT_NE(told.find("event: channel"), std::string::npos) << "something was told at all";
  EXPECT_EQ(told.find(canary), std::string::npos) << told;
  EXPECT_EQ(told.find(key.secret.substr(4)), std::string::npos);
  EXPECT_EQ(told.find(wrong.substr(4)), std::string::npos);
  // Keys are stored as hashes.
  for (const auto& each : std::filesystem::directory_iterator{service.directory()}) {
    if (!each.is_regular_file()) continue;
    // Credentials of sources stand in them.
    const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
    EXPECT_EQ(each.status().permissions() & others, std::filesystem::perms::none) << each.path();
    std::ifstream file{each.path(), std::ios::binary};
    std::ostringstream bytes;
    bytes << file.rdbuf();
    EXPECT_EQ(bytes.str().find(key.secret.substr(4)), std::string::npos) << each.path();
  }
}

}  // namespace
}  // namespace reprise
