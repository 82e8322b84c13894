// The library of labelled videos in the real service.
#include <filesystem>
#include <future>
#include <memory>
#include <set>

#include <sqlite3.h>

#include "tests/program_support.hpp"
#include "tests/serve_peer.hpp"
#include "tests/serve_support.hpp"
#include "tests/train_support.hpp"
#include "tests/video_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

service_request import_of(const std::string& csv, const std::string& query = {}) {
  return {.method = "POST",
          .target = "/videos/batch/csv" + query,
          .body = form_with(csv),
          .content_type = form_type};
}

std::set<std::string> files_in(const std::string& directory) {
  std::set<std::string> names;
  for (const auto& each : std::filesystem::directory_iterator{directory}) {
    names.insert(each.path().filename());
  }
  return names;
}

std::size_t videos_of(const served_program& service) {
  return service.read("/videos?limit=1000")["items"].size();
}

TEST(ServeVideos, AreImportedFromAFileThatMayBeSentTwice) {
  served_program service;
  const std::vector<video> videos = make_videos(200);
  const std::string csv = csv_of(videos);
  const raw_answer first = service.ask(import_of(csv));
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(json_of(first)["inserted"], 200);
  EXPECT_EQ(json_of(service.ask(import_of(csv)))["present"], 200);
  EXPECT_TRUE(service.logged("an import ended"));
  EXPECT_NE(service.log().find(R"("inserted":"200")"), std::string::npos) << service.log();
  EXPECT_EQ(figure_of(service, "reprise_library_videos"), 200);
  service.kill();
  const served_program again{{.directory = service.directory()}};
  EXPECT_EQ(figure_of(again, "reprise_library_videos"), 200) << "what was answered is durable";
  EXPECT_EQ(again.get("/videos/v150").body, json_text(videos[150]));
}

TEST(ServeVideos, AreSentToTheServiceThatTheCommandNames) {
  const served_program service;
  const auto refused = run_reprise({"videos", "import", "-", "--data-dir", service.directory()});
  EXPECT_EQ(refused.status, 74);
  EXPECT_NE(refused.messages.find("'http://127.0.0.1:" + std::to_string(service.port()) +
                                  "/videos/batch/csv'"),
            std::string::npos)
      << refused.messages;
}

// The last byte of the upload is held back until one page was read.
TEST(ServeVideos, AreReadWhileAnImportRunsAndAppearAllAtOnce) {
  const served_program service;
  const std::string whole = bytes_of(import_of(csv_of(make_videos(900))));
  raw_client uploading{service.port()};
  ASSERT_TRUE(uploading.send(std::string_view{whole}.substr(0, whole.size() - 1)));
  await("it has begun", [&] { return figure_of(service, "reprise_library_uploads") == 1; });
  EXPECT_EQ(videos_of(service), 0u);
  ASSERT_TRUE(uploading.send(std::string_view{whole}.substr(whole.size() - 1)));
  std::set<std::size_t> seen;
  await("it is there", [&] {
    seen.insert(videos_of(service));
    return seen.contains(900);
  });
  EXPECT_EQ(uploading.answer().status, 200);
  seen.insert(0);  // the merge may be done before the first page
  EXPECT_EQ(seen, (std::set<std::size_t>{0, 900}));
}

TEST(ServeVideos, AreImportedFromTwoFilesAtOnce) {
  const served_program service;
  const std::vector<video> videos = make_videos(400);
  const std::string files[] = {csv_of({videos.begin(), videos.begin() + 300}),
                               csv_of({videos.begin() + 100, videos.end()})};
  std::vector<std::future<raw_answer>> answers;
  for (const std::string& each : files) {
    answers.push_back(
        std::async(std::launch::async, [&service, &each] { return service.ask(import_of(each)); }));
  }
  int inserted = 0, present = 0;
  for (auto& each : answers) {
    const raw_answer answer = each.get();
    EXPECT_EQ(answer.status, 200) << answer.body;
    inserted += json_of(answer)["inserted"].get<int>();
    present += json_of(answer)["present"].get<int>();
  }
  EXPECT_EQ(inserted, 400);
  EXPECT_EQ(present, 200);
  EXPECT_EQ(videos_of(service), 400u);
}

TEST(ServeVideos, LeaveNothingOfAnUploadThatIsCutOff) {
  const served_program service;
  const auto before = files_in(service.directory());
  const std::string whole = bytes_of(import_of(csv_of(make_videos(100))));
  for (std::size_t tenth = 1; tenth < 10; ++tenth) {
    raw_client client{service.port()};
    ASSERT_TRUE(client.send(std::string_view{whole}.substr(0, whole.size() * tenth / 10)));
    await("it has begun", [&] { return figure_of(service, "reprise_library_uploads") == 1; });
    client.reset();
    await("it is given up", [&] { return figure_of(service, "reprise_library_uploads") == 0; });
  }
  EXPECT_EQ(figure_of(service, "reprise_library_imports_total{result=\"aborted\"}"), 9);
  EXPECT_EQ(videos_of(service), 0u);
  EXPECT_EQ(files_in(service.directory()), before);
}

TEST(ServeVideos, AreNotImportedFromFilesThatAreTooLongOrCompressed) {
  const served_program service{{.environment = {{"REPRISE_LIBRARY_IMPORT_BYTES_MAX", "20000"}}}};
  const std::string csv = csv_of(make_videos(10));
  expect_problem(service.ask(import_of(csv)), 413, "body_too_large");
  service_request encoded = import_of("x");
  encoded.headers = {"Content-Encoding: gzip"};
  expect_problem(service.ask(encoded), 415, "unsupported_media_type");
  expect_problem(service.ask(import_of("\x1f\x8b\x08 anything")), 415, "unsupported_media_type");
  service_request plain = import_of("x");
  plain.content_type = "text/csv";
  expect_problem(service.ask(plain), 415, "unsupported_media_type");
  EXPECT_EQ(videos_of(service), 0u);
  const std::string one = csv_of(make_videos(1));
  EXPECT_EQ(service.ask(import_of(one)).status, 200);
}

TEST(ServeVideos, AreStoredAndRefusedOneByOne) {
  const served_program service;
  const video sent = make_video("ad:1");
  const auto post = [&](const std::string& body) {
    return service.ask({.method = "POST", .target = "/videos", .body = body});
  };
  EXPECT_EQ(post(json_text(sent)).status, 201);
  EXPECT_EQ(post(json_text(sent)).status, 200);
  expect_problem(post(json_text(make_video("ad:1", 2))), 409, "data_conflict");
  expect_problem(post(std::string(70'000, ' ')), 413, "body_too_large");
  EXPECT_EQ(service.get("/videos/ad%3A1").body, json_text(sent));
  expect_problem(service.get("/videos/none"), 404, "not_found");
  expect_problem(service.get("/videos?limit=0"), 422, "out_of_range", "limit");
  EXPECT_EQ(service.ask({.method = "DELETE", .target = "/videos/ad:1"}).status, 204);
}

TEST(ServeVideos, StandBackBehindMatching) {
  const temporary_directory place;
  std::filesystem::create_directory(place.path() + "/library.db");
  served_program service{{.directory = place.path()}};
  EXPECT_TRUE(service.logged("the library cannot be opened: what needs it fails"));
  EXPECT_EQ(service.put("/channels/bbc1", json::object()).status, 201);
  expect_problem(service.get("/videos"), 503, "storage_failed");
  expect_problem(service.ask(import_of(csv_of(make_videos(1)))), 503, "storage_failed");
  EXPECT_EQ(service.stop(), 0);
}

// Whoever holds the library's writer holds nobody's report.
TEST(ServeVideos, DoNotHoldUpReportsWhereTheyWaitToBeWritten) {
  const served_program service{loopback_allowed()};
  const test_peer sink{simulate::http_answer(204, "")};
  ASSERT_EQ(
      service
          .put("/channels/bbc1", {{"threshold", 0}, {"top_k", 1}, {"reporting_url", sink.url("/")}})
          .status,
      201);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open((service.directory() + "/library.db").c_str(), &other), SQLITE_OK);
  sqlite3_busy_timeout(other, 60'000);
  ASSERT_EQ(sqlite3_exec(other, "begin immediate", nullptr, nullptr, nullptr), SQLITE_OK);
  auto waiting = std::async(std::launch::async, [&] {
    return service.ask({.method = "POST", .target = "/videos", .body = json_text(make_video("a"))});
  });
  std::string lines;
  const std::int64_t now = now_seconds();
  for (std::int64_t at = now - 12; at < now; ++at) lines += line_of(at, std::string(256, 'b'));
  EXPECT_EQ(service.ask(push_of("bbc1", lines)).status, 202);
  await("all are delivered", [&] { return sink.requests().size() == 6; });
  EXPECT_EQ(videos_of(service), 0u);
  EXPECT_EQ(sqlite3_exec(other, "commit", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  const int status = waiting.get().status;  // 503 where that took longer than a writer waits
  EXPECT_TRUE(status == 201 || status == 503) << status;
}

// By reprise-train itself, where it is built.
TEST(ServeVideos, TellWhichFeatureMatters) {
  const auto bin = std::filesystem::path{REPRISE_PROGRAM}.parent_path();
  const bool is_built =
      std::filesystem::exists(bin.parent_path() / "libexec" / "reprise" / "reprise-train");
  const served_program service;
  ASSERT_EQ(service.ask(import_of(csv_of(tellable_videos(60)))).status, 200);
  std::string target = "/videos/analysis/feature-importance?model=forest&top=2";
  raw_answer answer = service.get(target);
  while (answer.status == 202) {
    target = json_of(answer)["url"];
    answer = service.get(target);
  }
  if (!is_built) return expect_problem(answer, 501, "helper_missing");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json best = json_of(answer)["features"][0];
  EXPECT_EQ(best["feature"], 17);
  EXPECT_GT(best["gain"], 0.99);
  EXPECT_EQ(json_of(answer)["model"], "forest");
}

// The upload's half that has not come is awaited for the grace of the server.
TEST(ServeVideos, DoNotKeepTheServiceFromStopping) {
  const temporary_directory place;
  const stand_in never{"cat >/dev/null; touch '" + place.path() + "/asked'; exec sleep 3600"};
  served_program service;
  ASSERT_EQ(service.ask(import_of(csv_of(tellable_videos(20)))).status, 200);
  auto learnt = std::async(std::launch::async,
                           [&] { return service.get("/videos/analysis/feature-importance"); });
  await("it learns", [&] { return std::filesystem::exists(place.path() + "/asked"); });
  raw_client half{service.port()};
  const std::string whole = bytes_of(import_of(csv_of(make_videos(100))));
  ASSERT_TRUE(half.send(std::string_view{whole}.substr(0, whole.size() / 2)));
  await("it has begun", [&] { return figure_of(service, "reprise_library_uploads") == 1; });
  EXPECT_EQ(service.stop(), 0);
  expect_problem(learnt.get(), 503, "stopping");
  const served_program again{{.directory = service.directory()}};
  EXPECT_EQ(videos_of(again), 20u);
}

}  // namespace
}  // namespace reprise
