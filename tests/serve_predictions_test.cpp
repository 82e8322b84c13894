// Predictions in the real service, by a server of the Open Inference Protocol.
#include <sqlite3.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/inference_server.hpp"
#include "tests/numbered_picture.hpp"
#include "tests/program_support.hpp"
#include "tests/scripted_vision.hpp"
#include "tests/serve_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

class ServePredictions : public testing::Test {
 protected:
  serve_setting by_server() {
    serve_setting made;
    made.environment = {{"REPRISE_PREDICTIONS_PREDICTOR", "http"},
                        {"REPRISE_PREDICTIONS_URL", server_.url()},
                        {"REPRISE_PREDICTIONS_MODEL", "cats"}};
    return made;
  }
  static service_request picture(const std::string& name, const std::string& file,
                                 const std::string& type = "text/plain") {
    std::string data;
    append_base64(data, std::as_bytes(std::span{file}));
    return {.method = "POST",
            .target = "/inference/image",
            .body = json{{"name", name}, {"data", data}}.dump(),
            .content_type = type};
  }
  static std::string uuid_of(const raw_answer& answer) {
    EXPECT_EQ(answer.status, 202) << answer.body;
    return json_of(answer).value("uuid", "");
  }
  static json ended(const served_program& service, const std::string& uuid) {
    json shown;
    await("the end of a prediction", [&] {
      shown = service.read("/predictions/" + uuid);
      return shown["status"] == "done" || shown["status"] == "failed";
    });
    return shown;
  }

  inference_script script_;
  // What the server's thread may still read when a test is over.
  std::atomic<bool> is_looking_ = false, may_answer_ = false;
  inference_server server_{script_};
};

TEST_F(ServePredictions, AreMadeByTheConfiguredServer) {
  const served_program service{by_server()};
  for (const char* type : {"application/json", "text/plain", "image/png"}) {
    const auto taken = service.ask(picture("scene.png", numbered_picture(7), type));
    const std::string uuid = uuid_of(taken);
    EXPECT_EQ(taken.header("location"), "/predictions/" + uuid);
    EXPECT_EQ(ended(service, uuid), (json{{"uuid", uuid},
                                          {"name", "scene.png"},
                                          {"status", "done"},
                                          {"prediction", "cat"},
                                          {"score", 0.75},
                                          {"error", nullptr}}));
    EXPECT_EQ(service.read("/predictions/" + uuid + "/"), service.read("/predictions/" + uuid));
  }
  EXPECT_EQ(figure_of(service, "reprise_predictions_accepted_total"), 3);
}

TEST_F(ServePredictions, AreThereAfterARestartAndLookedAtIfTheyWereNot) {
  const temporary_directory data;
  serve_setting setting = by_server();
  setting.directory = data.path();
  std::atomic<bool> fails = true;
  const auto usual = script_.infer;
  script_.infer = [&](const std::string& element) {
    return fails ? std::pair{503U, json{"busy"}} : usual(element);
  };
  std::string waiting;
  {
    served_program service{setting};
    waiting = uuid_of(service.ask(picture("waits", numbered_picture(1))));
    EXPECT_EQ(service.stop(), 0) << service.log();
  }
  fails = false;
  std::string done;
  {
    served_program service{setting};
    EXPECT_EQ(ended(service, waiting)["prediction"], "cat");
    done = uuid_of(service.ask(picture("done", numbered_picture(2))));
    EXPECT_EQ(ended(service, done)["status"], "done");
    service.kill();
  }
  const served_program service{setting};
  EXPECT_EQ(service.read("/predictions/" + done)["prediction"], "cat");
  EXPECT_EQ(service.read("/predictions")["items"].size(), 2U);
}

TEST_F(ServePredictions, LoseNoTryWhenTheServiceEndsWhileAPictureIsLookedAt) {
  const temporary_directory data;
  serve_setting setting = by_server();
  setting.directory = data.path();
  script_.infer = [this, usual = script_.infer](const std::string& element) {
    is_looking_ = true;
    while (!may_answer_) std::this_thread::sleep_for(std::chrono::milliseconds{5});
    return usual(element);
  };
  served_program service{setting};
  const std::string uuid = uuid_of(service.ask(picture("scene", numbered_picture(1))));
  await("a look", [&] { return is_looking_.load(); });
  EXPECT_EQ(service.read("/predictions/" + uuid)["status"], "running");
  EXPECT_EQ(service.stop(), 0) << service.log();
  may_answer_ = true;
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((data.path() + "/jobs.db").c_str(), &db), SQLITE_OK);
  std::vector<int> row;
  const auto take = [](void* into, int columns, char** values, char**) {
    for (int i = 0; i < columns; ++i) {
      static_cast<std::vector<int>*>(into)->push_back(std::atoi(values[i]));
    }
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(db, "select status, tries, take from jobs", take, &row, nullptr), 0);
  sqlite3_close(db);
  EXPECT_EQ(row, (std::vector<int>{0, 0, 1})) << "queued again, taken once, and no try";
}

TEST_F(ServePredictions, RefuseABodyBeyondWhatAPictureMayHave) {
  const served_program service{by_server()};
  EXPECT_EQ(service.ask(picture("great", std::string(1'000'000, 'x'))).status, 413);
  EXPECT_EQ(service.ask(picture("greater", std::string(2'000'000, 'x'))).status, 413);
  EXPECT_EQ(service.ask(picture("none", "")).status, 400);
}

TEST_F(ServePredictions, WaitForAModelThatIsNotReadyWithoutHoldingUpTheStart) {
  script_.ready = false;
  served_program service{by_server()};
  EXPECT_TRUE(service.logged("the model's server cannot be asked: predictions wait"));
  EXPECT_NE(service.log().find("not ready: HTTP 400: still loading"), std::string::npos);
  EXPECT_EQ(service.get("/channels").status, 200);
  const std::string uuid = uuid_of(service.ask(picture("waits", numbered_picture(1))));
  script_.ready = true;
  service.await_logged("the model's server can be asked");
  EXPECT_EQ(ended(service, uuid)["prediction"], "cat");
  EXPECT_EQ(service.stop(), 0) << service.log();
}

TEST_F(ServePredictions, TakePicturesInWhileNothingListensOrAnswers) {
  net::io_context io;
  net::ip::tcp::acceptor silent{io, {net::ip::address_v4::loopback(), 0}};
  const std::string url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port());
  for (const bool listens : {true, false}) {
    if (!listens) silent.close();
    serve_setting setting = by_server();
    setting.environment["REPRISE_PREDICTIONS_URL"] = url;
    // Longer than a start is waited for here.
    setting.environment["REPRISE_PREDICTIONS_DEADLINE_MS"] = "300000";
    served_program service{setting};
    EXPECT_TRUE(service.logged("the model's server cannot be asked: predictions wait"));
    const std::string uuid = uuid_of(service.ask(picture("waits", numbered_picture(1))));
    service.await_logged("what predicts fails: predictions wait for it");
    await("its return", [&] { return service.read("/predictions/" + uuid)["status"] == "queued"; });
    EXPECT_EQ(figure_of(service, "reprise_prediction_outage"), 1);
    EXPECT_EQ(figure_of(service, "reprise_prediction_tries_total"), 1);
    EXPECT_EQ(service.stop(), 0) << service.log();
  }
}

TEST_F(ServePredictions, WaitForAServerThatFallsSilent) {
  may_answer_ = true;
  script_.infer = [this, usual = script_.infer](const std::string& element) {
    while (!may_answer_) std::this_thread::sleep_for(std::chrono::milliseconds{5});
    return usual(element);
  };
  serve_setting setting = by_server();
  setting.environment["REPRISE_PREDICTIONS_DEADLINE_MS"] = "300";
  served_program service{setting};
  const std::string before = uuid_of(service.ask(picture("before", numbered_picture(1))));
  EXPECT_EQ(ended(service, before)["prediction"], "cat");
  may_answer_ = false;
  const std::string waits = uuid_of(service.ask(picture("waits", numbered_picture(2))));
  service.await_logged("what predicts fails: predictions wait for it");
  await("its return", [&] { return service.read("/predictions/" + waits)["status"] == "queued"; });
  may_answer_ = true;
  EXPECT_EQ(ended(service, waits)["prediction"], "cat");
  EXPECT_TRUE(service.logged("what predicts answers again"));
  EXPECT_EQ(figure_of(service, "reprise_prediction_outage"), 0);
  EXPECT_EQ(service.stop(), 0) << service.log();
}

TEST_F(ServePredictions, EndTheStartWhereTheModelCannotBeUsed) {
  const temporary_directory data;
  const auto start = [&](const serve_setting& setting) {
    const auto refused = run_reprise(
        {"serve", "--listen", "127.0.0.1:0", "--data-dir", data.path()}, {}, setting.environment);
    EXPECT_EQ(refused.status, 78) << refused.messages;
    return refused.messages;
  };
  script_.inputs[0]["datatype"] = "FP32";
  EXPECT_NE(start(by_server()).find("the model has not one input of type BYTES"),
            std::string::npos);
  serve_setting unknown = by_server();
  unknown.environment["REPRISE_PREDICTIONS_MODEL"] = "dogs";
  EXPECT_NE(start(unknown).find("there is no such model"), std::string::npos);
  script_.triton = 400;
  EXPECT_NE(start(unknown).find("unknown model: 'dogs' is not found"), std::string::npos);
  serve_setting labels = by_server();
  labels.environment["REPRISE_PREDICTIONS_LABELS"] = "/nowhere/labels.txt";
  EXPECT_NE(start(labels).find("/nowhere/labels.txt"), std::string::npos);
  serve_setting model;
  model.environment = {{"REPRISE_PREDICTIONS_PREDICTOR", "onnx"},
                       {"REPRISE_PREDICTIONS_MODEL", "/nowhere/cats.onnx"},
                       {"REPRISE_PREDICTIONS_LABELS", "/nowhere/labels.txt"}};
  EXPECT_NE(start(model).find("[predictions]"), std::string::npos);
}

TEST_F(ServePredictions, SayThatTheHelperIsNotInstalledAndServeTheRest) {
  serve_setting setting;
  setting.environment = {{"REPRISE_LIBEXEC", "/nowhere"}};
  const served_program service{setting};
  for (const auto& answer :
       {service.ask(picture("a", numbered_picture(1))), service.get("/predictions/a"),
        service.get("/predictions/a/"), service.get("/predictions")}) {
    EXPECT_EQ(answer.status, 501);
    EXPECT_EQ(json_of(answer)["code"], "helper_missing");
    EXPECT_EQ(json_of(answer)["title"], "Not Implemented");
    EXPECT_EQ(json_of(answer)["detail"],
              "nothing can be predicted: reprise-vision is not installed");
  }
  EXPECT_TRUE(service.logged("nothing can be predicted"));
  EXPECT_EQ(service.get("/channels").status, 200);
}

}  // namespace
}  // namespace reprise
