// kill -9 of the real program, at moments drawn by a seed while pictures come and go, every other
// time while the model answers, and at last while 500 of them are in flight: each that was
// acknowledged ends once, with the label of its own picture. The model says how often it was asked
// about a picture: the last of its answers is the one that stands, and none follows it.
//
// The suite kills 8 times; REPRISE_SOAK=COUNT so often, from REPRISE_SOAK_SEED.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <thread>

#include "host/base64.hpp"
#include "host/predictions/probe.hpp"
#include "net/plain_client.hpp"
#include "tests/inference_server.hpp"
#include "tests/numbered_picture.hpp"
#include "tests/served_program.hpp"
#include "tests/temporary_directory.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

constexpr std::size_t sent_a_life = 200;
constexpr std::size_t in_flight = 500;

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string label_of(std::uint32_t number, int answer) {
  return "picture " + std::to_string(number) + ", answer " + std::to_string(answer);
}

// The number of a picture, by the width in its header; none of the service's own.
std::optional<std::uint32_t> number_of(const std::string& element) {
  std::vector<std::byte> picture;
  if (decode_base64(element, picture) || picture.size() < 20) return 0;
  if (picture == *make_probe().image) return std::nullopt;
  std::uint32_t width = 0;
  for (std::size_t i = 16; i < 20; ++i)
    width = width << 8 | std::to_integer<std::uint32_t>(picture[i]);
  return width - 1;
}

class KilledPredictions : public testing::Test {
 protected:
  KilledPredictions() {
    script_.infer = [this](const std::string& element) {
      if (is_busy_) return std::pair{503U, json("busy")};
      json label{{"name", "label"}, {"datatype", "BYTES"}, {"shape", {1}}};
      const auto number = number_of(element);
      label["data"] = {number ? label_of(*number, note_answer(*number)) : "probe"};
      if (number && answers_until_kill_ > 0 && --answers_until_kill_ == 0) {
        program_->kill();
        is_killed_ = true;
      }
      const json score{{"name", "score"}, {"datatype", "FP32"}, {"shape", {1}}, {"data", {1}}};
      return std::pair{200U, json::array({label, score})};
    };
    setting_.directory = data_.path();
    setting_.environment = {{"REPRISE_PREDICTIONS_PREDICTOR", "http"},
                            {"REPRISE_PREDICTIONS_URL", server_.url()},
                            {"REPRISE_PREDICTIONS_MODEL", "cats"},
                            // However often one is interrupted.
                            {"REPRISE_PREDICTIONS_TRIES_MAX", "100"}};
  }

  int note_answer(std::uint32_t number) {
    const std::lock_guard lock{mutex_};
    return ++answers_[number];
  }
  int answers(std::uint32_t number) {
    const std::lock_guard lock{mutex_};
    return answers_[number];
  }

  void live_until_killed(std::mt19937_64& random) {
    std::thread killer{[&, lives = 100 + random() % 400] {
      std::this_thread::sleep_for(std::chrono::milliseconds{lives});
      program_->kill();
    }};
    send_on(sent_a_life);
    killer.join();
  }
  void live_until_killed_in_an_answer(std::mt19937_64& random) {
    is_killed_ = false;
    answers_until_kill_ = 1 + static_cast<int>(random() % (sent_a_life / 2));
    send_on(sent_a_life);
    await("an answer that kills", [&] { return is_killed_.load(); });
  }

  // What was done in an earlier life is what it was.
  void check_done() {
    for (const json& each : all("&status=done")) {
      const std::string uuid = each["uuid"];
      const auto [known, is_new] = done_.emplace(uuid, each);
      EXPECT_EQ(known->second, each);
    }
  }

  // Sends pictures until the service has gone, or so many more are acknowledged.
  void send_on(std::size_t count) {
    plain_client client;
    for (const std::size_t enough = acknowledged_.size() + count; acknowledged_.size() < enough;) {
      const std::uint32_t number = next_++;
      std::string data;
      const std::string picture = numbered_picture(number);
      append_base64(data, std::as_bytes(std::span{picture}));
      const auto answer =
          client.send({.method = "POST",
                       .url = program_->url() + "/inference/image",
                       .content_type = "application/json",
                       .body = json{{"name", std::to_string(number)}, {"data", data}}.dump()});
      if (!answer) return;
      ASSERT_EQ(answer->status, 202U) << answer->body;
      acknowledged_[json::parse(answer->body)["uuid"]] = number;
    }
  }

  std::vector<json> all(const std::string& query) {
    std::vector<json> found;
    std::string cursor;
    do {
      const json page = program_->read("/predictions?limit=1000" + query + cursor);
      found.insert(found.end(), page["items"].begin(), page["items"].end());
      cursor = page["next"].is_null() ? "" : "&cursor=" + page["next"].get<std::string>();
    } while (!cursor.empty());
    return found;
  }

  std::size_t unended() {
    std::size_t count = 0;
    for (const json& each : all("")) {
      count += each["status"] == "queued" || each["status"] == "running" ? 1 : 0;
    }
    return count;
  }

  std::atomic<bool> is_busy_ = false;  // the model: no picture ends then
  inference_script script_;
  inference_server server_{script_};
  const temporary_directory data_;
  serve_setting setting_;
  std::unique_ptr<served_program> program_;
  std::map<std::string, std::uint32_t> acknowledged_;  // uuid: number
  std::uint32_t next_ = 0;
  std::map<std::string, json> done_;  // by uuid, as it was when it was first seen
  std::mutex mutex_;
  std::map<std::uint32_t, int> answers_;  // by number
  std::atomic<int> answers_until_kill_ = 0;
  std::atomic<bool> is_killed_ = false;
};

TEST_F(KilledPredictions, EndEachPictureOnce) {
  std::mt19937_64 random{number_in("REPRISE_SOAK_SEED", 1)};
  const std::uint64_t kills = number_in("REPRISE_SOAK", 8);
  for (std::uint64_t kill = 0; kill < kills; ++kill) {
    program_ = std::make_unique<served_program>(setting_);
    check_done();
    kill % 2 == 0 ? live_until_killed(random) : live_until_killed_in_an_answer(random);
  }
  is_busy_ = true;
  program_ = std::make_unique<served_program>(setting_);
  send_on(in_flight);
  EXPECT_GE(unended(), in_flight);
  program_->kill();
  program_ = std::make_unique<served_program>(setting_);
  is_busy_ = false;
  await("the end of all predictions", [&] { return unended() == 0; });
  check_done();
  std::map<std::string, json> ended;
  for (json& each : all("")) {
    const std::string uuid = each["uuid"];
    EXPECT_TRUE(ended.emplace(uuid, std::move(each)).second) << "twice: " << uuid;
  }
  for (const auto& [uuid, number] : acknowledged_) {
    ASSERT_TRUE(ended.contains(uuid)) << "lost: " << number;
    EXPECT_EQ(ended[uuid]["status"], "done") << ended[uuid];
    EXPECT_EQ(ended[uuid]["prediction"], label_of(number, answers(number)));
    EXPECT_EQ(ended[uuid]["name"], std::to_string(number));
  }
  // What the last answer of each life did not come to tell may be there as well: one a kill.
  EXPECT_LE(ended.size(), acknowledged_.size() + kills);
  std::printf("kill: %llu kills, %zu pictures acknowledged\n",
              static_cast<unsigned long long>(kills), acknowledged_.size());
  EXPECT_EQ(program_->stop(), 0) << program_->log();
}

}  // namespace
}  // namespace reprise
