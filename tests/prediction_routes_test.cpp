// /inference/image and /predictions, in one process: a real queue and real workers, over a vision
// that sees what a test says.
#include "net/prediction_routes.hpp"

#include "tests/api_support.hpp"
#include "tests/library_support.hpp"
#include "tests/numbered_picture.hpp"

namespace reprise {
namespace {
using namespace std::chrono_literals;

class PredictionRoutes : public ApiRoutes {
 protected:
  PredictionRoutes() { EXPECT_TRUE(library.open()); }

  // Of a desk made anew, since the routes refer to it.
  struct other_routes {
    api_parts parts;
    std::vector<route> table;
  };
  void use(std::unique_ptr<prediction_desk> desk) {
    table.clear();
    others_.reset(new other_routes{{.core = parts.core,
                                    .parser = parts.parser,
                                    .events = parts.events,
                                    .library = parts.library,
                                    .delivery_events = parts.delivery_events,
                                    .predictions = *desk,
                                    .sessions = parts.sessions,
                                    .service = parts.service,
                                    .time = parts.time,
                                    .exchange = parts.exchange,
                                    .defaults = parts.defaults},
                                   {}});
    predictions = std::move(desk);
    table = make_api_routes(others_->parts);
  }

  api_response post(const std::string& body, const std::string& target = "/inference/image") {
    return call("POST", target, body);
  }
  std::string body_of_picture(const std::string& name = "scene.png",
                              const std::string& data = small_picture) {
    return json{{"name", name}, {"data", data}}.dump();
  }
  std::string put(const std::string& name = "scene.png") {
    const auto answer = post(body_of_picture(name));
    EXPECT_EQ(answer.status, 202U) << answer.body;
    return json_of(answer).value("uuid", "");
  }
  json shown(const std::string& uuid, const std::string& behind = "") {
    const auto answer = call("GET", "/predictions/" + uuid + behind);
    EXPECT_EQ(answer.status, 200U) << answer.body;
    return json_of(answer);
  }
  void put_video(const std::string& content_id, const std::string& label, std::size_t axis) {
    video made;
    made.content_id = content_id;
    made.actual_label = made.predicted_label = label;
    made.features[axis] = 2;
    ASSERT_TRUE(library.videos().put(made));
  }
  void expect_problem(const api_response& answer, unsigned status, const std::string& code,
                      const std::string& field = {}) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(code_of(answer), code);
    EXPECT_EQ(field_of(answer), field);
  }

  std::unique_ptr<other_routes> others_;
};

TEST_F(PredictionRoutes, TakeAPictureInAndTellLaterWhatItShows) {
  put_video("a", "advert", 0);
  put_video("b", "promo", 1);
  const auto taken = post(body_of_picture());
  ASSERT_EQ(taken.status, 202U) << taken.body;
  const std::string uuid = json_of(taken).at("uuid");
  ASSERT_EQ(taken.headers.size(), 1U);
  EXPECT_EQ(taken.headers[0].name, "Location");
  EXPECT_EQ(taken.headers[0].value, "/predictions/" + uuid);
  world.run_for(50ms);
  EXPECT_EQ(json_of(taken).size(), 1U);
  const json done = {{"uuid", uuid},           {"name", "scene.png"}, {"status", "done"},
                     {"prediction", "advert"}, {"score", 0.5},        {"error", nullptr}};
  EXPECT_EQ(shown(uuid), done);
  EXPECT_EQ(shown(uuid, "/"), done) << "with a final slash, too";
  EXPECT_EQ(post(body_of_picture(), "/inference/image/").status, 202U);
}

TEST_F(PredictionRoutes, ShowAPictureThatWaitsOrIsBeingLookedAt) {
  looking.set_delay(1s);
  const std::string first = put("first");
  std::vector<std::string> more;
  for (int i = 0; i < 3; ++i) more.push_back(put("more"));
  const json running = {{"uuid", first},         {"name", "first"},  {"status", "running"},
                        {"prediction", nullptr}, {"score", nullptr}, {"error", nullptr}};
  EXPECT_EQ(shown(first), running);
  EXPECT_EQ(shown(more.back()).at("status"), "queued");
}

TEST_F(PredictionRoutes, SayWhyAPredictionFailed) {
  const std::string empty = put();
  world.run_for(50ms);
  EXPECT_EQ(shown(empty).at("status"), "failed");
  EXPECT_EQ(shown(empty).at("error"), "data_insufficient: the library has no video with features");
  const failure cut{errc::data_malformed, "the PNG is cut off"};
  sees.describe = [cut](auto) { return outcome<picture_descriptor>{cut}; };
  const std::string broken = put();
  world.run_for(50ms);
  EXPECT_EQ(shown(broken).at("error"), "picture_invalid: the PNG is cut off");
  EXPECT_EQ(shown(broken).at("prediction"), nullptr);
}

TEST_F(PredictionRoutes, TryAPictureAgainThatBroughtTheHelperDown) {
  put_video("a", "advert", 0);
  int looks = 0;
  const auto usual = sees.describe;
  sees.describe = [&](auto picture) -> outcome<picture_descriptor> {
    if (++looks == 1) return failure{errc::helper_failed, "it crashed"};
    return usual(picture);
  };
  const std::string uuid = put();
  world.run_for(50ms);
  EXPECT_EQ(shown(uuid).at("status"), "queued");
  EXPECT_EQ(shown(uuid).at("error"), nullptr);
  world.run_for(3s);
  EXPECT_EQ(shown(uuid).at("status"), "done");
}

TEST_F(PredictionRoutes, RefuseABodyThatIsNoRequest) {
  expect_problem(post("{"), 400, "json_syntax");
  expect_problem(post(R"({"name":"a","name":"b","data":""})"), 400, "json_syntax");
  expect_problem(post("[]"), 422, "invalid_field");
  expect_problem(post(R"({"data":"Zm9v"})"), 422, "invalid_field", "/name");
  expect_problem(post(R"({"name":"a"})"), 422, "invalid_field", "/data");
  expect_problem(post(R"({"name":7,"data":"Zm9v"})"), 422, "invalid_field", "/name");
  expect_problem(post(R"({"name":"","data":"Zm9v"})"), 422, "invalid_field", "/name");
  expect_problem(post(R"({"name":"a","data":"Zm9v","x":1})"), 422, "invalid_field", "/x");
  const auto long_name = body_of_picture(std::string(prediction_name_bytes_max + 1, 'a'));
  expect_problem(post(long_name), 422, "out_of_range", "/name");
  const auto why = [&](const char* data) {
    const auto bad = post(body_of_picture("a", data));
    expect_problem(bad, 422, "invalid_field", "/data");
    return json_of(bad).at("detail").get<std::string>();
  };
  EXPECT_EQ(why("Zm9v*m9v"), "data is no base64: wrong at character 4");
  EXPECT_EQ(why("Zm9vZm8"), "data is no base64: cut off, or without its padding, =");
  EXPECT_NE(why("Zm9v\nZm9v").find("it has a line break, at character 4"), std::string::npos);
}

TEST_F(PredictionRoutes, RefuseAPictureOfAMegabyteOrMore) {
  const auto sent = [&](std::size_t bytes) {
    std::string data;
    append_base64(data, std::vector<std::byte>(bytes));
    return post(body_of_picture("a", data));
  };
  expect_problem(sent(1'000'000), 413, "body_too_large", "/data");
  expect_problem(sent(1'000'010), 413, "body_too_large", "/data");
  expect_problem(sent(999'999), 400, "picture_invalid", "/data");
}

TEST_F(PredictionRoutes, RefuseAtOnceWhatIsNoPictureOrClaimsTooMuch) {
  const auto sent = [&](const std::string& file) {
    std::string data;
    append_base64(data, std::as_bytes(std::span{file}));
    return post(body_of_picture("a", data));
  };
  EXPECT_EQ(sent(numbered_picture(100)).status, 202U);
  for (const std::string& file :
       {std::string{}, std::string{"GIF89a picture"}, numbered_picture(100).substr(0, 60),
        png_of_size(60'000, 60'000)}) {
    const auto refused = sent(file);
    expect_problem(refused, 400, "picture_invalid", "/data");
    EXPECT_NE(json_of(refused).at("detail"), "");
  }
  EXPECT_EQ(json_of(call("GET", "/predictions")).at("items").size(), 1U);
}

TEST_F(PredictionRoutes, TakeABodyOfAnyContentType) {
  for (const route& each : table) {
    if (!each.pattern.starts_with("/inference")) continue;
    EXPECT_TRUE(each.content_types.empty());
    EXPECT_GE(each.body_bytes_max, 1'400'000U) << "a megabyte in base64, and its name";
  }
}

TEST_F(PredictionRoutes, ListPredictionsTheNewestFirst) {
  looking.set_delay(1h);
  std::vector<std::string> uuids;
  for (int i = 0; i < 5; ++i) uuids.insert(uuids.begin(), put("p" + std::to_string(i)));
  const auto ids_of = [&](const json& page) {
    std::vector<std::string> ids;
    for (const json& each : page.at("items")) ids.push_back(each.at("uuid"));
    return ids;
  };
  const json all = json_of(call("GET", "/predictions"));
  EXPECT_EQ(ids_of(all), uuids);
  EXPECT_EQ(all.at("next"), nullptr);
  const json first = json_of(call("GET", "/predictions?limit=2"));
  EXPECT_EQ(ids_of(first), (std::vector(uuids.begin(), uuids.begin() + 2)));
  const json rest =
      json_of(call("GET", "/predictions?cursor=" + first.at("next").get<std::string>()));
  EXPECT_EQ(ids_of(rest), (std::vector(uuids.begin() + 2, uuids.end())));
  EXPECT_EQ(json_of(call("GET", "/predictions?status=queued")).at("items").size(), 3U);
  EXPECT_EQ(json_of(call("GET", "/predictions?status=running")).at("items").size(), 2U)
      << "one is looked at, and one held ready";
  EXPECT_EQ(json_of(call("GET", "/predictions?status=done")).at("items").size(), 0U);
  expect_problem(call("GET", "/predictions?status=waiting"), 422, "invalid_field", "status");
  expect_problem(call("GET", "/predictions?limit=0"), 422, "out_of_range", "limit");
  expect_problem(call("GET", "/predictions?cursor=76"), 422, "invalid_field", "cursor");
}

TEST_F(PredictionRoutes, ForgetWhatIsDeleted) {
  looking.set_delay(1s);
  const std::string running = put(), queued = put();
  for (const std::string& each : {running, queued}) {
    EXPECT_EQ(call("DELETE", "/predictions/" + each).status, 204U);
    expect_problem(call("GET", "/predictions/" + each), 404, "not_found");
    expect_problem(call("DELETE", "/predictions/" + each), 404, "not_found");
  }
  world.run_for(10s);
  EXPECT_EQ(json_of(call("GET", "/predictions")).at("items").size(), 0U);
}

TEST_F(PredictionRoutes, KnowNothingOfOtherNames) {
  expect_problem(call("GET", "/predictions/00000000-0000-4000-8000-000000000000"), 404,
                 "not_found");
  expect_problem(call("GET", "/predictions/x'--/"), 404, "not_found");
}

TEST_F(PredictionRoutes, RefuseMoreThanTheQueueHolds) {
  looking.set_delay(1h);
  use(make_predictions({.jobs_max = 3}));
  for (int i = 0; i < 3; ++i) put();
  const auto full = post(body_of_picture());
  expect_problem(full, 503, "overloaded");
  EXPECT_EQ(full.headers.at(0).name, "Retry-After");
}

TEST_F(PredictionRoutes, RefuseMoreThanTheQueueHoldsWhileAJobWaitsForAnotherTry) {
  put_video("a", "advert", 0);
  const auto usual = sees.describe;
  sees.describe = [](auto) {
    return outcome<picture_descriptor>{failure{errc::helper_failed, "it crashed"}};
  };
  use(make_predictions({.jobs_max = 1}));
  const std::string waits = put();
  world.run_for(50ms);
  EXPECT_EQ(shown(waits).at("status"), "queued");
  expect_problem(post(body_of_picture()), 503, "overloaded");
  sees.describe = usual;
  world.run_for(3s);
  EXPECT_EQ(shown(waits).at("status"), "done");
  EXPECT_EQ(post(body_of_picture()).status, 202U);
}

TEST_F(PredictionRoutes, SayThatTheQueueIsOpened) {
  use(make_predictions({}, false));
  for (const auto& answer : {post(body_of_picture()), call("DELETE", "/predictions/a")}) {
    expect_problem(answer, 503, "loading");
    EXPECT_EQ(json_of(answer).at("detail"), "the queue of predictions is opened");
    EXPECT_EQ(answer.headers.at(0).name, "Retry-After");
  }
}

TEST_F(PredictionRoutes, SayThatTheHelperIsMissing) {
  vision_missing = failure{errc::helper_missing, "reprise-vision is not installed"};
  use(make_predictions());
  const std::pair<const char*, const char*> calls[] = {
      {"POST", "/inference/image"}, {"POST", "/inference/image/"}, {"GET", "/predictions"},
      {"GET", "/predictions/a"},    {"GET", "/predictions/a/"},    {"DELETE", "/predictions/a"}};
  for (const auto& [method, target] : calls) {
    const auto answer = call(method, target, method == std::string{"POST"} ? "{}" : "");
    expect_problem(answer, 501, "helper_missing");
    EXPECT_EQ(json_of(answer).at("detail"),
              "nothing can be predicted: reprise-vision is not installed");
  }
}

TEST_F(PredictionRoutes, AskTheModelWhereOneIsConfigured) {
  use(make_predictions({.predictor = predictor_kind::onnx, .model = "cats.onnx"}));
  const std::string uuid = put();
  world.run_for(50ms);
  EXPECT_EQ(shown(uuid).at("prediction"), "cat");
  EXPECT_EQ(shown(uuid).at("score"), 0.5);
}

class PredictionEvents : public PredictionRoutes {
 protected:
  // What is told of a new picture until it is `last`, in order.
  std::vector<std::string> statuses_until(const std::string& last) {
    const auto watched = hub.subscribe({{}, {"prediction"}}, core);
    EXPECT_TRUE(watched);
    const std::string uuid = put();
    world.run_for(3s);
    std::string text;
    while (text.find("\"" + last + "\"") == std::string::npos) {
      const auto piece = run((*watched)->next());
      EXPECT_TRUE(piece);
      if (!piece) return {};
      text += *piece;
    }
    const std::string begin = "event: prediction\ndata: ";
    std::vector<std::string> statuses;
    for (std::size_t at = text.find(begin); at != text.npos; at = text.find(begin, at)) {
      at += begin.size();
      last_ = json::parse(text.substr(at, text.find('\n', at) - at));
      EXPECT_EQ(last_.at("uuid"), uuid);
      EXPECT_EQ(last_.at("name"), "scene.png");
      statuses.push_back(last_.at("status"));
    }
    return statuses;
  }
  json last_;
};

TEST_F(PredictionEvents, TellEachChange) {
  put_video("a", "advert", 0);
  EXPECT_EQ(statuses_until("done"), (std::vector<std::string>{"queued", "running", "done"}));
  EXPECT_EQ(last_.at("prediction"), "advert");
}

TEST_F(PredictionEvents, TellThatAPredictionFailedAndWhy) {
  EXPECT_EQ(statuses_until("failed"), (std::vector<std::string>{"queued", "running", "failed"}));
  EXPECT_EQ(last_.at("error"), "data_insufficient: the library has no video with features");
}

TEST_F(PredictionEvents, TellThatAPictureIsTriedAgain) {
  put_video("a", "advert", 0);
  sees.describe = [&, looks = 0, usual = sees.describe](auto picture) mutable {
    if (++looks == 1) {
      return outcome<picture_descriptor>{failure{errc::helper_failed, "it crashed"}};
    }
    return usual(picture);
  };
  EXPECT_EQ(statuses_until("done"),
            (std::vector<std::string>{"queued", "running", "queued", "running", "done"}));
}

TEST_F(PredictionRoutes, CountWhatBecameOfThePictures) {
  put_video("a", "advert", 0);
  put();
  world.run_for(50ms);
  sees.describe = [](auto) {
    return outcome<picture_descriptor>{failure{errc::data_malformed, "no"}};
  };
  put();
  world.run_for(50ms);
  looking.set_delay(1h);
  put();
  put();
  put();
  world.run_for(2s);
  const std::string page = call("GET", "/metrics").body;
  for (const char* line :
       {"reprise_prediction_jobs{status=\"queued\"} 1\n",
        "reprise_prediction_jobs{status=\"running\"} 2\n",
        "reprise_prediction_jobs{status=\"done\"} 1\n",
        "reprise_prediction_jobs{status=\"failed\"} 1\n", "reprise_prediction_jobs_unended 3\n",
        "reprise_prediction_jobs_unended_limit 10000\n",
        "reprise_prediction_image_bytes_limit 2147483648\n", "reprise_prediction_results 2\n",
        "reprise_prediction_library_rows 1\n", "reprise_predictions_accepted_total 5\n",
        "reprise_prediction_tries_total 2\n",
        "reprise_prediction_failures_total{reason=\"picture_invalid\"} 1\n",
        "reprise_predictions_total{result=\"done\"} 1\n",
        "reprise_predictions_total{result=\"failed\"} 1\n", "reprise_prediction_seconds_count 1\n",
        "reprise_prediction_work_seconds_count 2\n"}) {
    EXPECT_NE(page.find(std::string{"\n"} + line), std::string::npos) << line;
  }
  const std::string age = "\nreprise_prediction_oldest_seconds ";
  const double oldest = std::stod(page.substr(page.find(age) + age.size()));
  EXPECT_GE(oldest, 2.0);
  EXPECT_LT(oldest, 3.0);
}

TEST_F(PredictionRoutes, LetKeysTakeTurns) {
  looking.set_delay(1h);
  const auto put_as = [&](const std::string& key, const std::string& name) {
    for (const route& each : table) {
      if (each.pattern != "/inference/image") continue;
      api_request request;
      request.body = body_of_picture(name);
      request.key_id = key;
      EXPECT_EQ(run(each.handle(std::move(request))).status, 202U);
    }
  };
  for (int i = 0; i < 6; ++i) put_as("a", "many" + std::to_string(i));
  put_as("b", "other");
  std::optional<std::vector<taken_job>> taken;
  predictions->queue().take(2, 1min, [&](auto answer) { taken = answer.value().jobs; });
  world.run_for(1ms);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->at(0).name, "many2");
  EXPECT_EQ(taken->at(1).name, "other");
}

}  // namespace
}  // namespace reprise
