// `reprise encoder` from outside, on loopback.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include <nlohmann/json.hpp>

#include "tests/program_support.hpp"
#include "tests/raw_client.hpp"
#include "tests/stand_in.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

// The program on a free port, until it is stopped.
class running_encoder {
 public:
  running_encoder() {
    int output[2];
    EXPECT_EQ(::pipe(output), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that ends early leaves nothing behind
      ::dup2(output[1], STDOUT_FILENO);
      ::close(output[0]);
      ::close(output[1]);
      ::execl(REPRISE_PROGRAM, REPRISE_PROGRAM, "encoder", "--listen", "127.0.0.1:0", "--workers",
              "1", nullptr);
      ::_exit(127);
    }
    ::close(output[1]);
    std::FILE* const said = ::fdopen(output[0], "r");
    unsigned port = 0;
    EXPECT_EQ(std::fscanf(said, "encoder http://127.0.0.1:%u/v1/selfie", &port), 1);
    std::fclose(said);
    port_ = static_cast<std::uint16_t>(port);
  }
  running_encoder(const running_encoder&) = delete;
  ~running_encoder() {
    if (pid_ > 0) ::kill(pid_, SIGKILL), (void)::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Its status: 128 + the signal that ended it, if one did.
  int stop(int by) {
    int status = 0;
    ::kill(pid_, by);
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  ::pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

std::string picture(const std::string& name) {
  std::ifstream file{data_path("pictures/" + name), std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string posted(const std::string& body, const std::string& type) {
  return "POST /v1/selfie HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string form(const std::string& bytes, const std::string& type = "image/jpeg",
                 const std::string& field = "file") {
  return posted("--edge\r\nContent-Disposition: form-data; name=\"" + field +
                    "\"; filename=\"selfie\"\r\nContent-Type: " + type + "\r\n\r\n" + bytes +
                    "\r\n--edge--\r\n",
                "multipart/form-data; boundary=edge");
}

raw_answer ask(const running_encoder& of, const std::string& request) {
  raw_client client{of.port()};
  client.send(request);
  return client.answer();
}

raw_answer get(const running_encoder& of, const std::string& path) {
  return ask(of, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

void expect_problem(const raw_answer& answer, int status, const std::string& code,
                    const std::string& detail = {}) {
  EXPECT_EQ(answer.status, status) << answer.body;
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  const json body = json::parse(answer.body, nullptr, false);
  ASSERT_TRUE(body.is_object()) << answer.body;
  EXPECT_EQ(body["code"], code);
  EXPECT_NE(body["detail"].get<std::string>().find(detail), std::string::npos) << body["detail"];
}

TEST(EncoderProgram, GivesOneEncodingAFace) {
  const running_encoder encoder;
  const std::pair<const char*, std::size_t> pictures[] = {
      {"two_faces.jpg", 2}, {"cat.webp", 0}, {"coffee.png", 0}, {"astronaut.jpg", 1}};
  for (const auto& [name, count] : pictures) {
    const auto answer = ask(encoder, form(picture(name), "application/octet-stream"));
    ASSERT_EQ(answer.status, 200) << name << ": " << answer.body;
    EXPECT_EQ(answer.header("content-type"), "application/json");
    const json faces = json::parse(answer.body);
    ASSERT_TRUE(faces.is_array());
    EXPECT_EQ(faces.size(), count) << name;
    for (const json& face : faces) {
      ASSERT_EQ(face.size(), 128u);
      double squares = 0;
      for (const double each : face) squares += each * each;
      EXPECT_NEAR(squares, 1, 1e-9);
    }
  }
}

TEST(EncoderProgram, SaysWhatIsWrongWithARequest) {
  const running_encoder encoder;
  const std::string cat = picture("cat.jpg");
  expect_problem(ask(encoder, form(cat.substr(0, 9'000))), 400, "picture_malformed", "is cut off");
  expect_problem(ask(encoder, form("selfie")), 400, "picture_malformed", "it is no picture");
  expect_problem(ask(encoder, form("")), 400, "picture_malformed", "it is no picture");
  expect_problem(ask(encoder, form(cat, "text/plain")), 415, "unsupported_media_type");
  expect_problem(ask(encoder, posted("{}", "application/json")), 415, "unsupported_media_type");
  expect_problem(ask(encoder, form(cat, "image/jpeg", "picture")), 422, "invalid_field");
  expect_problem(ask(encoder, posted("edge", "multipart/form-data; boundary=edge")), 400,
                 "bad_multipart");
  expect_problem(ask(encoder, form(cat + std::string((5 << 20) + 1 - cat.size(), ' '))), 413,
                 "body_too_large", "5242880");
  expect_problem(ask(encoder, form(cat + std::string(6 << 20, ' '))), 413, "body_too_large");
  expect_problem(get(encoder, "/v1/selfie"), 405, "method_not_allowed");
  expect_problem(get(encoder, "/channels"), 404, "not_found");
  EXPECT_EQ(ask(encoder, form(cat + std::string((5 << 20) - cat.size(), ' '))).status, 200);
}

TEST(EncoderProgram, TellsHowItIs) {
  running_encoder encoder;
  EXPECT_EQ(ask(encoder, form(picture("two_faces.jpg"))).status, 200);
  EXPECT_EQ(ask(encoder, form("no picture")).status, 400);
  EXPECT_EQ(get(encoder, "/livez").status, 200);
  EXPECT_EQ(get(encoder, "/ping").body, R"({"status":"ok"})");
  const auto metrics = get(encoder, "/metrics");
  EXPECT_EQ(metrics.status, 200);
  for (const char* line : {"reprise_encoder_pictures_total{result=\"encoded\"} 1\n",
                           "reprise_encoder_pictures_total{result=\"refused\"} 1\n",
                           "reprise_encoder_waiting 0\n", "reprise_encoder_seconds_count 2\n"}) {
    EXPECT_NE(metrics.body.find(line), std::string::npos) << line << metrics.body;
  }
  EXPECT_EQ(encoder.stop(SIGTERM), 0);
}

// Asked by name from a page that was made to mean this machine.
TEST(EncoderProgram, AnswersTheMachinesOwnNamesAlone) {
  const running_encoder encoder;
  EXPECT_EQ(ask(encoder, "GET /ping HTTP/1.1\r\nHost: evil.example\r\n\r\n").status, 403);
}

TEST(EncoderProgram, FailsOnePictureByACrashOfItsHelper) {
  const std::string two = picture("two_faces.jpg");
  const std::string real = REPRISE_VISION_PROGRAM;
  const stand_in helper{"[ -e \"$(dirname \"$0\")/crashed\" ] && exec " + real +
                            " \"$@\"\ntouch \"$(dirname \"$0\")/crashed\"\n"
                            "printf '\\001\\0\\0\\0\\0\\0\\0\\0'; head -c 100 >/dev/null\n"
                            "kill -SEGV $$",
                        "reprise-vision"};
  const running_encoder encoder;
  expect_problem(ask(encoder, form(two)), 500, "internal");
  EXPECT_EQ(json::parse(ask(encoder, form(two)).body).size(), 2u);
}

// The one helper never answers: each picture takes it five seconds, and 32 may wait.
TEST(EncoderProgram, TakesNoMorePicturesThanItHasPlacesFor) {
  const stand_in helper{"printf '\\001\\0\\0\\0\\0\\0\\0\\0'; exec cat >/dev/null",
                        "reprise-vision"};
  const running_encoder encoder;
  const std::string request = form(picture("cat.webp"));
  std::vector<std::unique_ptr<raw_client>> waiting;
  for (int i = 0; i < 44; ++i) {
    waiting.push_back(std::make_unique<raw_client>(encoder.port()));
    waiting.back()->send(request);
  }
  const auto answer = waiting.back()->answer();
  expect_problem(answer, 503, "overloaded");
  EXPECT_EQ(answer.header("retry-after"), "1");
}

TEST(EncoderProgram, DoesNotStartWithoutItsHelper) {
  const auto run =
      run_reprise({"encoder", "--listen", "127.0.0.1:0"}, {}, {{"REPRISE_LIBEXEC", "/nowhere"}});
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.output, "");
  EXPECT_NE(run.messages.find("reprise-vision is not installed"), std::string::npos);
}

TEST(EncoderProgram, RefusesOptionsThatMakeNoSense) {
  const std::vector<std::string> wrong[] = {{"--listen", "localhost"},
                                            {"--workers", "0"},
                                            {"--workers", "65"},
                                            {"--listen", "1.2.3.4"},
                                            {"picture.jpg"}};
  for (std::vector<std::string> arguments : wrong) {
    arguments.insert(arguments.begin(), "encoder");
    EXPECT_EQ(run_reprise(arguments).status, 2) << arguments.back();
  }
}

}  // namespace
}  // namespace reprise
