// A model at a server as it is opened behind the start, in simulated time.
#include "net/inference_opening.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "host/simulated_time.hpp"
#include "tests/job_queue_support.hpp"
#include "tests/memory_limit.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

// Answers as a test says, after a while; nothing at all where that is no answer.
class simulated_exchange final : public http_exchange {
 public:
  explicit simulated_exchange(scheduler& time) : link_{time} {}
  void start(exchange_request request, std::function<void(exchange_result)> done) override {
    if (request.url.ends_with("/ready")) asked.push_back(link_.steady());
    (void)link_.after(takes, [this, url = request.url, done = std::move(done)] {
      if (!url.ends_with("/ready") && ready) return done(exchange_answer{200, metadata});
      done(ready ? exchange_result{exchange_answer{200}} : fails);
    });
  }

  std::vector<steady_time> asked;  // whether it is ready
  std::chrono::milliseconds takes{10};
  bool ready = true;
  exchange_result fails = exchange_failure{gap_reason::connect, "nobody is there"};
  std::string metadata =
      R"({"inputs":[{"name":"i","datatype":"BYTES","shape":[1]}],
          "outputs":[{"name":"o","datatype":"BYTES","shape":[1]}]})";

 private:
  core_link link_;
};

class InferenceOpening : public testing::Test {
 protected:
  void start() {
    opening_.start([this](const outcome<void>& told) {
      EXPECT_FALSE(told_);
      told_ = told;
    });
    EXPECT_FALSE(told_) << "told inside the call";
  }
  std::string seen(const job_image& image = image_of("picture")) {
    std::optional<prediction_outcome> seen;
    taken_job job;
    job.image = image;
    client_.predict(job, [&](const prediction_outcome& told) { seen = told; });
    EXPECT_FALSE(seen) << "told inside the call";
    time_.run_for(1s);
    return *seen ? (*seen)->label : seen->error().text();
  }
  static exchange_result status(unsigned number) { return exchange_answer{number}; }

  simulated_scheduler time_{wall_time{}};
  simulated_exchange exchange_{time_};
  inference_client client_{exchange_, time_, {.url = "http://h", .model = "cats"}};
  std::vector<std::string> logged_;
  inference_opening opening_{client_, time_,
                             [this](log_level, std::string_view event, auto fields) {
                               std::string line{event};
                               for (const log_field& each : fields) line += " " + each.value;
                               logged_.push_back(line);
                             }};
  std::optional<outcome<void>> told_;
};

const std::string waits = "the model's server cannot be asked: predictions wait ";
const std::string at = "[predictions] the model at http://h/v2/models/cats: ";

TEST_F(InferenceOpening, TellsAtOnceThatTheModelIsThere) {
  start();
  time_.run_for(20ms);
  ASSERT_TRUE(told_);
  EXPECT_TRUE(*told_);
  time_.run_for(1h);
  EXPECT_EQ(exchange_.asked.size(), 1U);
  EXPECT_EQ(logged_, std::vector<std::string>{});
}

TEST_F(InferenceOpening, EndsTheStartWhereTheModelIsMissing) {
  exchange_.ready = false;
  exchange_.fails = status(404);
  start();
  time_.run_for(10ms);
  ASSERT_TRUE(told_ && !*told_);
  EXPECT_EQ(told_->error().code, errc::configuration_invalid);
  EXPECT_EQ(told_->error().what, at + "HTTP 404");
  time_.run_for(1h);
  EXPECT_EQ(exchange_.asked.size(), 1U) << "it is not asked again";
}

TEST_F(InferenceOpening, EndsTheStartWhereTheModelIsOfAnotherForm) {
  exchange_.metadata = "{}";
  start();
  time_.run_for(20ms);
  ASSERT_TRUE(told_ && !*told_);
  EXPECT_EQ(told_->error().code, errc::configuration_invalid);
}

TEST_F(InferenceOpening, LetsTheServiceStartWhereTheServerFailsAndAsksAgain) {
  for (const exchange_result& fails :
       {exchange_.fails, status(500), status(503), status(400), status(401), status(302)}) {
    simulated_exchange exchange{time_};
    exchange.ready = false;
    exchange.fails = fails;
    inference_client client{exchange, time_, {.url = "http://h", .model = "cats"}};
    inference_opening opening{client, time_, [](auto, auto, auto) {}};
    std::optional<outcome<void>> told;
    const steady_time begun = time_.clock().steady();
    opening.start([&](const outcome<void>& answer) { told = answer; });
    // Where it answers, its metadata is asked for too: it may not know the model.
    const std::chrono::milliseconds takes{fails ? 20 : 10};
    time_.run_for(takes);
    ASSERT_TRUE(told && *told);
    time_.run_for(130s);
    std::vector<std::chrono::nanoseconds> moments, expected{0ms};
    for (const steady_time each : exchange.asked) moments.push_back(each - begun);
    for (const auto wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s}) {
      expected.push_back(expected.back() + takes + wait);
    }
    EXPECT_EQ(moments, expected);
  }
}

TEST_F(InferenceOpening, HasPicturesFailByTheServerUntilItIsThere) {
  exchange_.ready = false;
  start();
  time_.run_for(10ms);
  EXPECT_EQ(seen(), "server_failed: the model has not been opened yet");
  exchange_.ready = true;
  time_.run_for(2s);
  exchange_.metadata = R"({"outputs":[{"name":"o","datatype":"BYTES","data":["cat"]}]})";
  EXPECT_EQ(seen(), "cat");
}

TEST_F(InferenceOpening, HasATryFailThatMemoryIsRefusedTo) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizers need the memory themselves";
#endif
  constexpr std::size_t allowed = 60'000'000;
  const std::string refused = "capacity_exhausted: there is no memory for it";
  start();
  time_.run_for(1s);
  const std::string great(50'000'000, 'x');
  exchange_.metadata = R"({"outputs":[{"name":"o","datatype":"BYTES","data":["cat"]}]})";
  {
    const job_image image = image_of(great);
    const memory_limit limit{allowed};
    EXPECT_EQ(seen(image), refused) << "its request is longer";
  }
  EXPECT_EQ(seen(), "cat");
  exchange_.metadata = R"({"outputs":[{"name":"o","datatype":"BYTES","data":[")" + great + "\"]}]}";
  {
    const memory_limit limit{allowed};
    EXPECT_EQ(seen(), refused) << "the answer is read into more";
  }
}

TEST_F(InferenceOpening, LogsWhatIsWrongOnceAndThatItIsOver) {
  exchange_.ready = false;
  start();
  time_.run_for(8s);
  exchange_.fails = status(503);
  time_.run_for(60s);
  exchange_.fails = status(404);
  time_.run_for(60s);
  EXPECT_GT(exchange_.asked.size(), 5U) << "later a missing model is waited for";
  exchange_.ready = true;
  time_.run_for(60s);
  EXPECT_EQ(logged_, (std::vector<std::string>{
                         waits + at + "nobody is there", waits + at + "not ready: HTTP 503",
                         waits + at + "HTTP 404", "the model's server can be asked"}));
}

TEST_F(InferenceOpening, WaitsNoLongerForASilentServer) {
  exchange_.takes = 10s;
  exchange_.ready = false;
  start();
  time_.run_for(2s - 1ns);
  EXPECT_FALSE(told_);
  time_.run_for(1ns);
  ASSERT_TRUE(told_);
  EXPECT_TRUE(*told_);
  EXPECT_EQ(logged_, std::vector<std::string>{waits + "it has not answered yet"});
  exchange_.fails = status(404);
  time_.run_for(8s);
  EXPECT_EQ(logged_.back(), waits + at + "HTTP 404") << "said too late to end the start";
  exchange_.takes = 10ms;
  exchange_.ready = true;
  time_.run_for(2s);
  EXPECT_EQ(logged_.back(), "the model's server can be asked");
  EXPECT_EQ(exchange_.asked.size(), 2U);
}

}  // namespace
}  // namespace reprise
