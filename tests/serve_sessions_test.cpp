// Image sessions of the real service, with an encoder on loopback that works, or does not.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include "net/context_thread.hpp"
#include "tests/program_support.hpp"
#include "tests/scripted_server.hpp"
#include "tests/serve_peer.hpp"
#include "tests/serve_support.hpp"
#include "tests/session_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;
using simulate::http_answer;

const std::string two_faces = "[[0.5,-0.25],[1e-300,3]]";

// Its encoder is there; no source or sink on loopback would be asked.
serve_setting with_encoder(const std::string& url, const std::string& directory = {}) {
  return {.directory = directory, .environment = {{"REPRISE_ENCODER_URL", url}}};
}

std::string make_key(const served_program& service) {
  return service.read("/session").value("key", "");
}

service_request upload_of(const std::string& key, const std::string& picture) {
  return {.method = "POST",
          .target = "/encode",
          .body = picture_form(picture),
          .content_type = picture_form_type,
          .headers = {"key: " + key}};
}

raw_answer ask_with_key(const served_program& service, const std::string& method,
                        const std::string& target, const std::string& key) {
  return service.ask({.method = method, .target = target, .headers = {"key: " + key}});
}

json images_of(const served_program& service, const std::string& key) {
  const raw_answer answer = ask_with_key(service, "GET", "/summary", key);
  EXPECT_EQ(answer.status, 200) << answer.body;
  return json_of(answer)["image_encodings"];
}

TEST(ServeSessions, EncodePicturesAndKeepThemThroughAKill) {
  const test_peer encoder{http_answer(200, two_faces)};
  const temporary_directory place;
  std::string key, shown;
  {
    served_program service{with_encoder(encoder.url("/v1/selfie"), place.path())};
    const raw_answer made = service.get("/session");
    EXPECT_EQ(made.status, 200);
    EXPECT_EQ(made.header("cache-control"), "no-store");
    key = json_of(made)["key"];
    const raw_answer answer = service.ask(upload_of(key, jpeg_of("a")));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body, R"({"faces":[{"encoding":[0.5,-0.25]},{"encoding":[1e-300,3]}]})");
    EXPECT_EQ(service.ask(upload_of(key, jpeg_of("b"))).status, 200);
    EXPECT_EQ(service.ask(upload_of(key, jpeg_of("a"))).status, 200);
    shown = ask_with_key(service, "GET", "/summary", key).body;
    EXPECT_EQ(json::parse(shown)["image_encodings"].size(), 3U);
    const auto requests = encoder.requests();
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(requests[0].head.target, "/v1/selfie");
    EXPECT_NE(requests[0].body.find(jpeg_of("a")), std::string::npos);
    service.kill();
  }
  served_program again{with_encoder(encoder.url("/v1/selfie"), place.path())};
  EXPECT_EQ(ask_with_key(again, "GET", "/summary", key).body, shown);
  EXPECT_EQ(again.ask(upload_of(key, jpeg_of("a"))).status, 200);
  EXPECT_EQ(again.ask(upload_of(make_key(again), jpeg_of("b"))).status, 200);
  EXPECT_EQ(encoder.requests().size(), 2U) << "they are known";
  EXPECT_EQ(again.ask(upload_of(key, jpeg_of("c"))).status, 200);
  expect_problem(again.ask(upload_of(key, jpeg_of("c"))), 400, "session_full");
  EXPECT_EQ(ask_with_key(again, "DELETE", "/session", key).status, 204);
  EXPECT_TRUE(images_of(again, key).empty());
  EXPECT_EQ(again.stop(), 0);
}

TEST(ServeSessions, StoreNeitherPicturesNorKeysAndTellThemToNobody) {
  const std::string canary = "canary-of-a-picture-4711";
  const test_peer encoder{http_answer(500, canary)};
  const test_peer good{http_answer(200, "[[1]]")};
  std::string key;
  const temporary_directory place;
  std::string all;
  for (const test_peer* each : {&encoder, &good}) {
    served_program service{with_encoder(each->url("/path-canary"), place.path())};
    key = make_key(service);
    const raw_answer answer = service.ask(upload_of(key, jpeg_of(canary)));
    EXPECT_EQ(answer.status, each == &good ? 200 : 502);
    all += answer.body + service.get("/metrics").body;
    EXPECT_EQ(service.stop(), 0);
    all += service.log();
  }
  for (const auto& each : std::filesystem::directory_iterator{place.path()}) {
    std::stringstream bytes;
    bytes << std::ifstream{each.path(), std::ios::binary}.rdbuf();
    all += bytes.str();
  }
  EXPECT_EQ(all.find(canary), std::string::npos);
  EXPECT_EQ(all.find(key), std::string::npos);
  EXPECT_EQ(all.find("path-canary"), std::string::npos);
}

// What stands in for an encoder: what it does with a connection, what is answered then.
struct bad_encoder {
  const char* what;
  server_script script;
  int status;
  const char* code;
};

std::vector<bad_encoder> bad_encoders() {
  using kind = server_step::kind;
  const auto answers = [](const std::string& bytes) -> server_script {
    return {{kind::request}, {kind::send, bytes}, {kind::close}};
  };
  const std::string garbage(1'000, '\x01');
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string huge = "[[" + std::string(5 << 20, '1') + "]]";
  std::string uneven = "[[1,2,3],[1,2]]";
  std::string seven = "[[1],[1],[1],[1],[1],[1],[1]]";
  std::string long_one = "[[1";
  for (int i = 0; i < 4'096; ++i) long_one += ",1";
  long_one += "]]";
  return {
      {"hangs", {{kind::request}, {kind::hang}}, 504, "encoder_late"},
      {"drips",
       {{kind::request}, {kind::drip, plain_answer(std::string(100'000, ' ') + "[[1]]")}},
       504,
       "encoder_late"},
      {"resets", {{kind::request}, {kind::reset}}, 502, "encoder_failed"},
      {"closes", {{kind::request}, {kind::close}}, 502, "encoder_failed"},
      {"is no HTTP", {{kind::request}, {kind::send, garbage}, {kind::hang}}, 502, "encoder_failed"},
      {"floods",
       {{kind::request}, {kind::send, ok + "\r\n"}, {kind::flood, std::string(4'096, '1')}},
       502,
       "encoder_failed"},
      {"answers too much", answers(plain_answer(huge)), 502, "encoder_failed"},
      {"answers less than it says",
       {{kind::request}, {kind::send, ok + "Content-Length: 100\r\n\r\n[[1]]"}, {kind::close}},
       502,
       "encoder_failed"},
      {"answers no JSON", answers(plain_answer("<html>")), 502, "encoder_failed"},
      {"answers encodings of different lengths", answers(plain_answer(uneven)), 502,
       "encoder_failed"},
      {"answers too long an encoding", answers(plain_answer(long_one)), 502, "encoder_failed"},
      {"answers with gzip",
       answers(ok + "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n[[1]]"), 502,
       "encoder_failed"},
      {"sends elsewhere",
       answers("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"), 502,
       "encoder_failed"},
      {"fails", answers("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"), 502, "encoder_failed"},
      {"finds no face", answers(plain_answer("[]")), 400, "no_face"},
      {"finds seven faces", answers(plain_answer(seven)), 400, "too_many_faces"},
      {"refuses the picture", answers("HTTP/1.1 422 No\r\nContent-Length: 9\r\n\r\ntruncated"), 400,
       "picture_invalid"},
  };
}

// Each of them is met by the one connection that a picture takes.
TEST(ServeSessions, OutliveEncodersThatAreSlowOrLie) {
  const std::vector<bad_encoder> all = bad_encoders();
  std::vector<server_script> scripts;
  for (const bad_encoder& each : all) scripts.push_back(each.script);
  context_thread thread{"encoder"};
  const scripted_server encoder{thread.context(), std::move(scripts)};
  thread.start();
  serve_setting setting = with_encoder(encoder.url());
  setting.environment["REPRISE_ENCODER_DEADLINE_MS"] = "700";
  setting.environment["REPRISE_ENCODER_RETRIES"] = "0";
  setting.environment["REPRISE_ENCODER_BREAKER_FAILURES"] = "1000";
  served_program service{setting};
  const std::string key = make_key(service);
  for (const bad_encoder& bad : all) {
    SCOPED_TRACE(bad.what);
    expect_problem(service.ask(upload_of(key, jpeg_of(bad.what))), bad.status, bad.code);
    EXPECT_TRUE(images_of(service, key).empty());
    EXPECT_EQ(service.get("/readyz").status, 200);
  }
  EXPECT_EQ(service.stop(), 0);
  thread.stop();
}

TEST(ServeSessions, LeaveAnEncoderAloneThatIsDownAndComeBackToIt) {
  std::uint16_t port = 0;
  {
    net::io_context io;
    port = scripted_server{io, {answering("")}}.port();
  }
  serve_setting setting = with_encoder("http://127.0.0.1:" + std::to_string(port) + "/");
  setting.environment["REPRISE_ENCODER_BREAKER_PAUSE_MS"] = "100";
  served_program service{setting};
  const std::string key = make_key(service);
  for (int i = 0; i < 5; ++i) {
    const std::string picture = jpeg_of(std::to_string(i));
    expect_problem(service.ask(upload_of(key, picture)), 502, "encoder_failed");
  }
  EXPECT_EQ(figure_of(service, "reprise_encoder_breaker"), 2);
  EXPECT_TRUE(service.logged("the encoder fails and is not asked for a while"));
  context_thread thread{"encoder"};
  const scripted_server encoder{
      thread.context(), {answering(plain_answer(two_faces))}, nullptr, "127.0.0.1", port};
  thread.start();
  await("it is asked again",
        [&] { return service.ask(upload_of(key, jpeg_of("a"))).status == 200; });
  EXPECT_EQ(figure_of(service, "reprise_encoder_breaker"), 0);
  EXPECT_TRUE(service.logged("the encoder answers again"));
  EXPECT_EQ(service.stop(), 0);
  thread.stop();
}

// The encoder is the operator's, wherever it is; sources and sinks are anybody's.
TEST(ServeSessions, ReachTheirEncoderOnLoopbackWhereNoSourceMayBe) {
  const test_peer peer{http_answer(200, "[[1]]")};
  const served_program service{with_encoder(peer.url())};
  EXPECT_EQ(service.ask(upload_of(make_key(service), jpeg_of("a"))).status, 200);
  expect_problem(service.put("/channels/a", {{"source_url", peer.url()}}), 422, "url_blocked",
                 "/source_url");
  expect_problem(service.put("/channels/a", {{"reporting_url", peer.url()}}), 422, "url_blocked",
                 "/reporting_url");
  EXPECT_EQ(peer.requests().size(), 1U);
}

TEST(ServeSessions, TakeOneOfManySixthPicturesAtOnce) {
  const test_peer encoder{http_answer(200, "[[1]]")};
  const served_program service{with_encoder(encoder.url())};
  const std::string key = make_key(service);
  std::vector<std::future<raw_answer>> answers;
  for (int i = 0; i < 12; ++i) {
    answers.push_back(std::async(std::launch::async, [&service, &key] {
      return service.ask(upload_of(key, jpeg_of("the same")));
    }));
  }
  int taken = 0;
  for (auto& each : answers) {
    const raw_answer answer = each.get();
    taken += answer.status == 200 ? 1 : 0;
    if (answer.status != 200) expect_problem(answer, 400, "session_full");
  }
  EXPECT_EQ(taken, 5);
  EXPECT_EQ(images_of(service, key).size(), 5U);
  EXPECT_EQ(encoder.requests().size(), 1U);
  EXPECT_EQ(figure_of(service, R"(reprise_image_uploads_total{result="accepted"})"), 5);
  EXPECT_EQ(figure_of(service, R"(reprise_image_uploads_total{result="refused"})"), 7);
}

TEST(ServeSessions, LeaveNothingOfAnUploadThatIsCutOff) {
  const test_peer encoder{http_answer(200, "[[1]]")};
  const served_program service{with_encoder(encoder.url())};
  const std::string key = make_key(service);
  const std::string whole = bytes_of(upload_of(key, jpeg_of(std::string(20'000, 'x'))));
  for (std::size_t third = 1; third < 3; ++third) {
    raw_client client{service.port()};
    ASSERT_TRUE(client.send(std::string_view{whole}.substr(0, whole.size() * third / 3)));
    await("it has begun", [&] { return figure_of(service, "reprise_picture_bytes") > 0; });
    client.reset();
    await("it is given up", [&] { return figure_of(service, "reprise_picture_bytes") == 0; });
  }
  EXPECT_TRUE(images_of(service, key).empty());
  EXPECT_TRUE(encoder.requests().empty());
}

TEST(ServeSessions, RefuseWhatIsTooLargeOrOfAnotherType) {
  const test_peer encoder{http_answer(200, "[[1]]")};
  const served_program service{with_encoder(encoder.url())};
  const std::string key = make_key(service);
  const std::string above((std::size_t{5} << 20) + 1, 'x');
  expect_problem(service.ask(upload_of(key, jpeg_of(above))), 413, "body_too_large", "file");
  const std::string said = "POST /encode HTTP/1.1\r\nHost: localhost\r\nkey: " + key +
                           "\r\nContent-Type: " + picture_form_type +
                           "\r\nContent-Length: 6000000\r\n\r\n";
  expect_problem(service.answer_to(said), 413, "body_too_large");
  service_request other = upload_of(key, jpeg_of("a"));
  other.content_type = "image/jpeg";
  expect_problem(service.ask(other), 415, "unsupported_media_type");
  expect_problem(service.ask(upload_of(key, "GIF89a, which is taken nowhere")), 400,
                 "picture_invalid", "file");
  expect_problem(service.ask(upload_of(key, png_of_size(60'000, 60'000))), 400, "picture_invalid",
                 "file");
  expect_problem(service.ask(upload_of("rps_x", jpeg_of("a"))), 403, "session_unknown");
  EXPECT_TRUE(encoder.requests().empty());
  EXPECT_TRUE(images_of(service, key).empty());
}

TEST(ServeSessions, DoNotKeepTheServiceFromStopping) {
  const test_peer encoder{std::string{}};  // it hangs
  serve_setting setting = with_encoder(encoder.url());
  setting.environment["REPRISE_ENCODER_DEADLINE_MS"] = "60000";
  served_program service{setting};
  const std::string key = make_key(service);
  auto answer =
      std::async(std::launch::async, [&] { return service.ask(upload_of(key, jpeg_of("a"))); });
  await("the encoder is asked", [&] { return !encoder.requests().empty(); });
  EXPECT_EQ(service.stop(), 0);
  expect_problem(answer.get(), 503, "stopping");
}

TEST(ServeSessions, TakeAnotherEncoderAndOtherLimitsWithSighup) {
  const test_peer first{http_answer(200, "[[1]]")}, second{http_answer(200, "[[2]]")};
  const temporary_folder place;
  const auto configure = [&](const test_peer& encoder, int images_max) {
    return place.file("reprise.toml",
                      "[encoder]\nurl = \"" + encoder.url() +
                          "\"\n[sessions]\nimages_max = " + std::to_string(images_max) + "\n");
  };
  served_program service{{.arguments = {"--config", configure(first, 1)}}};
  const std::string key = make_key(service);
  EXPECT_EQ(service.ask(upload_of(key, jpeg_of("a"))).status, 200);
  expect_problem(service.ask(upload_of(key, jpeg_of("b"))), 400, "session_full");
  configure(second, 2);
  service.signal(SIGHUP);
  service.await_logged("the configuration is taken");
  await("it holds", [&] { return service.ask(upload_of(key, jpeg_of("b"))).status == 200; });
  EXPECT_EQ(images_of(service, key)[1]["faces"][0]["encoding"][0], 2);
  EXPECT_EQ(service.stop(), 0);
}

TEST(ServeSessions, AreRefusedWhereTheirFileCannotBeOpenedAndNothingElseIs) {
  const temporary_directory place;
  std::filesystem::create_directory(place.path() + "/jobs.db");
  served_program service{{.directory = place.path()}};
  EXPECT_TRUE(service.logged("jobs.db cannot be opened: what needs it fails"));
  expect_problem(service.get("/session"), 503, "storage_failed");
  EXPECT_EQ(service.put("/channels/bbc1", json::object()).status, 201);
  EXPECT_EQ(service.stop(), 0);
}

}  // namespace
}  // namespace reprise
