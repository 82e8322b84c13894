// The model at a server, as the service asks it: against a server of the protocol on loopback, and
// against servers that are none.
#include "net/inference_client.hpp"

#include "host/base64.hpp"
#include "tests/http_client_support.hpp"
#include "tests/inference_server.hpp"
#include "tests/job_queue_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

class InferenceClient : public HttpClient {
 protected:
  void make_client(const std::string& url, std::vector<std::string> labels = {},
                   const std::string& model = "cats") {
    models_.emplace(*client_, core_, inference_options{url, model, std::move(labels), deadline_});
  }
  // Empty where it opened; else why not, which is for good where the code says so.
  std::string open(errc expected = errc::configuration_invalid) {
    std::optional<outcome<void>> opened;
    models_->open([&](const outcome<void>& told) { opened = told; });
    run_until([&] { return opened.has_value(); });
    if (*opened) return "";
    EXPECT_EQ(opened->error().code, expected) << opened->error().what;
    return opened->error().what;
  }
  prediction_outcome predict(const std::string& picture) {
    std::optional<prediction_outcome> seen;
    taken_job job;
    job.lease.uuid = "u-1";
    job.image = image_of(picture);
    models_->predict(job, [&](prediction_outcome told) { seen = std::move(told); });
    EXPECT_FALSE(seen) << "told inside the call";
    run_until([&] { return seen.has_value(); });
    return std::move(*seen);
  }
  std::string fault(const std::string& picture = "picture") {
    const prediction_outcome seen = predict(picture);
    EXPECT_FALSE(seen);
    return seen ? "" : seen.error().text();
  }
  // Opens, and answers each picture by these.
  void answer_by(unsigned status, const json& body) {
    script_.infer = [status, body](const std::string&) { return std::pair{status, body}; };
  }

  std::chrono::milliseconds deadline_ = patience;
  inference_script script_;
  inference_server server_{script_};
  std::optional<inference_client> models_;
};

TEST_F(InferenceClient, SendsAPictureAndTakesItsLabel) {
  std::string sent;
  const auto usual = script_.infer;
  script_.infer = [&](const std::string& element) {
    sent = element;
    return usual(element);
  };
  make_client(server_.url() + "/");
  ASSERT_EQ(open(), "");
  EXPECT_EQ(predict(std::string("\0\xff picture", 10)).value(), (classification{"cat", 0.75}));
  std::vector<std::byte> read;
  ASSERT_FALSE(decode_base64(sent, read));
  EXPECT_EQ(text_of(image_of(std::string("\0\xff picture", 10))),
            std::string(reinterpret_cast<const char*>(read.data()), read.size()));
}

TEST_F(InferenceClient, TakesScoresByLabelsOfOurs) {
  script_.inputs[0]["shape"] = {-1, 1};
  script_.outputs = json::parse(R"([{"name":"scores","datatype":"FP32","shape":[1,2]}])");
  answer_by(
      200,
      json::parse(R"([{"name":"scores","datatype":"FP32","shape":[1,2],"data":[[0.25,0.75]]}])"));
  make_client(server_.url(), {"cat", "dog"});
  ASSERT_EQ(open(), "");
  EXPECT_EQ(predict("picture").value(), (classification{"dog", 0.75}));
}

TEST_F(InferenceClient, TakesAsLongAnAnswerAsItsLabelsNeed) {
  constexpr std::size_t count = 60'000;
  script_.outputs = json::parse(R"([{"name":"scores","datatype":"FP64","shape":[-1,60000]}])");
  json scores = json::array();
  for (std::size_t i = 0; i < count; ++i) scores.push_back(-1.0 / 3 - static_cast<double>(i));
  answer_by(200,
            {{{"name", "scores"}, {"datatype", "FP64"}, {"shape", {1, count}}, {"data", scores}}});
  EXPECT_GT(scores.dump().size(), inference_answer_bytes_max);
  make_client(server_.url(), std::vector<std::string>(count, "cat"));
  ASSERT_EQ(open(), "");
  EXPECT_EQ(predict("picture").value().label, "cat");
  make_client(server_.url(), std::vector<std::string>(count - 1, "cat"));
  EXPECT_NE(open().find("the model has 60000 scores for 59999 labels"), std::string::npos);
}

TEST_F(InferenceClient, DoesNotOpenWhereTheModelIsNotReadyOrOfAnotherForm) {
  const std::string at = "[predictions] the model at " + server_.url() + "/v2/models/";
  make_client(server_.url(), {}, "dogs");
  EXPECT_EQ(open(), at + "dogs: HTTP 404: there is no such model");
  make_client(server_.url());
  script_.ready = false;
  EXPECT_EQ(open(errc::loading), at + "cats: not ready: HTTP 400: still loading");
  script_.ready = true;
  script_.inputs[0]["datatype"] = "FP32";
  EXPECT_EQ(open(), at + "cats: the model has not one input of type BYTES and shape [1] or [1, 1]");
  script_.inputs[0]["datatype"] = "BYTES";
  EXPECT_EQ(open(), "") << "later it may";
}

TEST_F(InferenceClient, TellsAModelThatTritonDoesNotKnowFromOneThatItHasNotLoaded) {
  const std::string at = "[predictions] the model at " + server_.url() + "/v2/models/";
  for (const unsigned status : {400U, 404U}) {
    script_.triton = status;
    make_client(server_.url(), {}, "dogs");
    EXPECT_EQ(open(), at + "dogs: HTTP " + std::to_string(status) +
                          ": Request for unknown model: 'dogs' is not found");
    make_client(server_.url());
    script_.ready = false;
    EXPECT_EQ(open(errc::loading), at + "cats: not ready: HTTP 400");
    script_.ready = true;
    EXPECT_EQ(open(), "");
  }
}

TEST_F(InferenceClient, DoesNotOpenWhereNobodyAnswers) {
  std::string url;
  {
    const auto gone = serve(answering(plain_answer("{}")));
    url = gone.url("");
  }
  make_client(url);
  EXPECT_NE(open(errc::loading).find("the model at " + url), std::string::npos);
  const auto silent = serve({{step::request}, {step::hang}});
  deadline_ = brief;
  make_client(silent.url(""));
  EXPECT_NE(open(errc::loading), "");
  const auto other = serve(answering(plain_answer("<html>")));
  deadline_ = patience;
  make_client(other.url(""));
  EXPECT_NE(open().find("the model's metadata is no JSON"), std::string::npos);
}

TEST_F(InferenceClient, TellsFaultsOfThePictureFromThoseOfTheServer) {
  make_client(server_.url());
  ASSERT_EQ(open(), "");
  answer_by(400, R"({"error":"no picture"})");
  EXPECT_EQ(fault(), "server_refused: HTTP 400: no picture");
  for (const std::string what : {"is not found", "has no available versions"}) {
    const std::string words = "Request for unknown model: 'cats' " + what;
    answer_by(400, json{{"error", words}}.dump());
    EXPECT_EQ(fault(), "server_failed: HTTP 400: " + words) << "it was unloaded";
  }
  for (const unsigned status : {500U, 503U, 401U, 403U, 404U, 408U, 429U, 201U}) {
    answer_by(status, R"({"error":"later"})");
    EXPECT_EQ(fault(), "server_failed: HTTP " + std::to_string(status) + ": later");
  }
  answer_by(200, "garbage");
  EXPECT_EQ(fault(), "answer_invalid: the server's answer is no JSON");
  answer_by(200, "\"" + std::string(inference_answer_bytes_max, 'x') + "\"");
  EXPECT_TRUE(fault().starts_with("answer_invalid: "));
  EXPECT_EQ(kind_of(prediction_reason::server_refused), fault_kind::final);
  EXPECT_EQ(kind_of(prediction_reason::server_failed), fault_kind::doubtful);
  EXPECT_EQ(kind_of(prediction_reason::answer_invalid), fault_kind::of_picture);
  EXPECT_EQ(kind_of(prediction_reason::timeout), fault_kind::doubtful);
}

// Has a model, and fails as it is told to where a picture is sent, as soon as it is asked.
class failing_exchange final : public http_exchange {
 public:
  explicit failing_exchange(executor& on) : on_{on} {}
  void start(exchange_request request, std::function<void(exchange_result)> done) override {
    asked.push_back(std::move(request));
    const bool is_picture = asked.back().post;
    on_.post([this, is_picture, done = std::move(done)] {
      done(is_picture ? exchange_result{fails} : exchange_answer{200, metadata});
    });
  }
  std::vector<exchange_request> asked;
  exchange_failure fails{gap_reason::timeout, "no whole answer in time"};
  std::string metadata = R"({"inputs":[{"name":"i","datatype":"BYTES","shape":[1]}],
                             "outputs":[{"name":"o","datatype":"BYTES","shape":[1]}]})";

 private:
  executor& on_;
};

TEST_F(InferenceClient, WaitsNoLongerThanItsDeadline) {
  failing_exchange exchange{core_};
  deadline_ = 5s;
  models_.emplace(exchange, core_, inference_options{"http://h", "cats", {}, deadline_});
  ASSERT_EQ(open(), "");
  EXPECT_EQ(fault(), "timeout: no whole answer in time");
  ASSERT_EQ(exchange.asked.size(), 3U);
  for (const exchange_request& each : exchange.asked) {
    const auto left = each.deadline - core_.clock().steady();
    EXPECT_LE(left, 5s);
    EXPECT_GT(left, 0s);
  }
}

TEST_F(InferenceClient, TellsAWrongAnswerFromNone) {
  failing_exchange exchange{core_};
  models_.emplace(exchange, core_, inference_options{"http://h", "cats"});
  ASSERT_EQ(open(), "");
  exchange.fails.what = "why";
  for (const auto reason : {gap_reason::framing, gap_reason::too_large}) {
    exchange.fails.reason = reason;
    EXPECT_EQ(fault(), "answer_invalid: why") << to_string(reason);
  }
  for (const auto reason : {gap_reason::connect, gap_reason::dns, gap_reason::tls}) {
    exchange.fails.reason = reason;
    EXPECT_EQ(fault(), "server_failed: why") << to_string(reason);
  }
  exchange.fails.reason = gap_reason::overload;  // memory, sockets
  EXPECT_EQ(fault(), "capacity_exhausted: why");
}

}  // namespace
}  // namespace reprise
