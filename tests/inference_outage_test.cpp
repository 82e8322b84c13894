// What becomes of pictures whose model is unloaded at its server behind the start, in simulated
// time.
#include "net/inference_client.hpp"
#include "tests/prediction_work_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

// Has a model until that is unloaded, and answers as NVIDIA Triton does.
class triton_exchange final : public http_exchange {
 public:
  explicit triton_exchange(scheduler& time) : link_{time} {}
  void start(exchange_request request, std::function<void(exchange_result)> done) override {
    (void)link_.after(10ms, [this, is_picture = request.post, done = std::move(done)] {
      if (!is_picture) return done(exchange_answer{200, metadata});
      done(unloaded.empty() ? exchange_answer{200, answer} : exchange_answer{400, unloaded});
    });
  }

  std::string unloaded;  // what it says then
  const std::string metadata = R"({"inputs":[{"name":"i","datatype":"BYTES","shape":[1]}],
                                   "outputs":[{"name":"o","datatype":"BYTES","shape":[1]}]})";
  const std::string answer = R"({"outputs":[{"name":"o","datatype":"BYTES","data":["cat"]}]})";

 private:
  core_link link_;
};

class InferenceOutage : public prediction_work_fixture {
 protected:
  InferenceOutage() {
    client_.open([](const outcome<void>& opened) { EXPECT_TRUE(opened); });
    time_.run_for(1s);
    std::vector<std::unique_ptr<prediction_slot>> slots;
    for (int i = 0; i < 2; ++i) slots.push_back(std::make_unique<inference_slot>(client_));
    begin(std::move(slots));
  }
  ~InferenceOutage() override { work_.reset(); }

  triton_exchange exchange_{time_};
  inference_client client_{exchange_, time_, {.url = "http://h", .model = "cats"}};
};

TEST_F(InferenceOutage, LosesNoPictureToAModelThatIsUnloadedForAWhile) {
  std::uint64_t ended = 0;
  for (const std::string what :
       {"is not found", "has no available versions", "version 1 is not at ready state"}) {
    exchange_.unloaded = R"({"error":"Request for unknown model: 'cats' )" + what + "\"}";
    for (int i = 0; i < 10; ++i) put_and_wake(what + std::to_string(i));
    time_.run_for(10min);
    EXPECT_EQ(counts().jobs, (std::array<std::uint64_t, 4>{10, 0, ended, 0}));
    EXPECT_EQ(figure("reprise_prediction_outage"), 1);
    exchange_.unloaded.clear();
    time_.run_for(31s);
    EXPECT_EQ(counts().jobs, (std::array<std::uint64_t, 4>{0, 0, ended += 10, 0}));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(get(what + std::to_string(i))->tries, 1U);
  }
}

}  // namespace
}  // namespace reprise
