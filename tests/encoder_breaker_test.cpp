// When the encoder is left alone, and when it is not, in simulated time.
#include <algorithm>
#include <map>

#include "tests/allocation_count.hpp"
#include "tests/encoder_client_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

class EncoderBreaker : public EncoderCalls {};

// Three times as many as it can take, each judged in a hundredth of its deadline.
TEST_F(EncoderBreaker, LeavesNoEncoderAloneThatHasTooMuchToDoAndWorks) {
  encoder_options narrow;
  narrow.calls_max = 1;
  narrow.waiting_max = 1'024;
  narrow.deadline = 100 * scripted_encoder::takes;
  make(narrow);
  const auto spacing = scripted_encoder::takes / 3;
  const int pictures = 3'000;
  for (int i = 0; i < pictures; ++i) {
    exchange_.answer(200, "[[1]]");
    encode(std::to_string(i));
    time_.run_for(spacing);
  }
  time_.run_for(10s);
  std::map<std::string, int> counted;
  for (const std::string& each : std::exchange(ended_, {})) ++counted[each];
  EXPECT_EQ(counted["encoded"] + counted["late"], pictures);
  EXPECT_GE(counted["encoded"], pictures * 3 / 10) << "it is kept busy";
  EXPECT_EQ(counted["encoded"], static_cast<int>(exchange_.asked.size())) << "none in vain";
  EXPECT_TRUE(logged_.empty());
}

TEST_F(EncoderBreaker, LeavesAnEncoderAloneThatHangsAlsoWhereManyWait) {
  for (int i = 0; i < 300; ++i) {
    exchange_.hang();
    encode(std::to_string(i));
    time_.run_for(50ms);
  }
  EXPECT_GT(std::count(ended_.begin(), ended_.end(), "resting"), 0);
  EXPECT_EQ(exchange_.asked.size(), 9U) << "four at once, four more, then the one that decides";
}

TEST_F(EncoderBreaker, LeavesAnEncoderAloneThatFailsInARowAndAsksItOnceBehindAPause) {
  encoder_options once;
  once.retries = 0;
  make(once);
  for (int i = 0; i < 5; ++i) {
    exchange_.answer(500, "");
    EXPECT_EQ(encode_now(100ms), "failed");
  }
  EXPECT_EQ(logged_, (std::vector<std::string>{"the encoder failed",
                                               "the encoder fails and is not asked for a while"}));
  EXPECT_EQ(encode_now(1s), "resting");
  EXPECT_GE(last_.retry_after, 2s);
  EXPECT_LE(last_.retry_after, 5s);
  EXPECT_EQ(exchange_.asked.size(), 5U) << "it is not asked";
  time_.run_for(4s);
  exchange_.hang();
  encode("asks");
  encode("stays away");
  time_.run_for(1s);
  EXPECT_EQ(ended(), "resting");
  EXPECT_EQ(exchange_.asked.size(), 6U) << "one decides";
  time_.run_for(4s);
  EXPECT_EQ(ended(), "late");
  EXPECT_EQ(encode_now(1s), "resting") << "it stays open";
  time_.run_for(5s);
  exchange_.answer(200, "[[1]]");
  EXPECT_EQ(encode_now(1s), "encoded");
  exchange_.answer(200, "[[1]]");
  EXPECT_EQ(encode_now(1s), "encoded");
  EXPECT_EQ(logged_.back(), "the encoder answers again");
}

TEST_F(EncoderBreaker, IsNotLeftAloneForWhatItSaysOfPictures) {
  for (int i = 0; i < 10; ++i) {
    for (const unsigned status : {200U, 400U, 413U, 415U, 422U}) {
      exchange_.answer(status, "[]");
      EXPECT_EQ(encode_now(1s), status == 200 ? "no_face" : "picture_invalid");
    }
  }
}

TEST_F(EncoderBreaker, FailsAPictureAloneThatCrashesItHoweverOftenItIsSent) {
  for (int i = 0; i < 20; ++i) {
    for (int tries = 0; tries < 3; ++tries) exchange_.answer(500, "");
    EXPECT_EQ(encode_now(1s, i % 3 == 0 ? "one" : "other"), "failed");
  }
  EXPECT_EQ(exchange_.asked.size(), 60U) << "each time it is tried as often as it may be";
  exchange_.answer(200, "[[1]]");
  EXPECT_EQ(encode_now(1s), "encoded");
}

TEST_F(EncoderBreaker, LetsNoPictureDecideThatHasFailedBefore) {
  encoder_options strict;
  strict.retries = 0;
  strict.breaker_failures = 2;
  make(strict);
  for (int i = 0; i < 7; ++i) exchange_.answer(500, "");
  EXPECT_EQ(encode_now(1s, "bad"), "failed");
  EXPECT_EQ(encode_now(1s), "failed");
  EXPECT_EQ(encode_now(5s), "resting");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(encode_now(1s, "bad"), "failed");
  EXPECT_EQ(encode_now(1s), "failed") << "another one is asked, and decides";
  EXPECT_EQ(encode_now(5s), "resting");
  EXPECT_EQ(encode_now(1s, "bad"), "failed");
  exchange_.answer(200, "[[1]]");
  EXPECT_EQ(encode_now(1s), "encoded");
  exchange_.answer(500, "");
  exchange_.answer(500, "");
  EXPECT_EQ(encode_now(1s, "bad"), "failed");
  EXPECT_EQ(encode_now(1s), "failed") << "counted anew once the encoder has done its work";
  EXPECT_EQ(encode_now(1s), "resting");
}

TEST_F(EncoderBreaker, IsNotLeftAloneForWhatIsTooMuchForItNow) {
  for (int i = 0; i < 20; ++i) {
    for (int tries = 0; tries < 2; ++tries) exchange_.answer(429, "");
    exchange_.answer(503, "", "1");
    EXPECT_EQ(encode_now(1s), "overloaded");
  }
  EXPECT_EQ(exchange_.asked.size(), 60U) << "it is tried again";
  encoder_options strict;
  strict.retries = 0;
  strict.breaker_failures = 1;
  make(strict);
  exchange_.answer(503, "");
  EXPECT_EQ(encode_now(6s), "failed") << "it asks for nothing";
  exchange_.answer(429, "");
  EXPECT_EQ(encode_now(1s), "overloaded");
  exchange_.answer(200, "[[1]]");
  EXPECT_EQ(encode_now(1s), "encoded") << "what was put off has not decided";
}

// A face of 4,096 numbers takes 32 KiB, and a request more than its picture's bytes.
TEST_F(EncoderBreaker, FailsAPictureAloneThatMemoryIsRefusedFor) {
  encoder_options strict;
  strict.breaker_failures = 1;
  make(strict);
  std::string wide = "[[1";
  for (int i = 1; i < 4'096; ++i) wide += ",1";
  wide += "]]";
  const auto refused = [&](const std::string& bytes) {
    const picture_ptr picture = sent_picture_of(jpeg_of(bytes));
    const refused_memory from{32 * 1'024};
    client_->encode(picture, [this](const encoder_answer& answer) {
      ended_.emplace_back(to_string(answer.end));
    });
    time_.run_for(100ms);
    return ended();
  };
  const std::string large(32 * 1'024, 'x');
  EXPECT_EQ(refused(large), "no_memory");
  EXPECT_TRUE(exchange_.asked.empty());
  exchange_.answer(200, wide);
  EXPECT_EQ(refused("small"), "no_memory");
  exchange_.fail(gap_reason::overload);
  EXPECT_EQ(encode_now(100ms), "overloaded") << "of our connections";
  EXPECT_TRUE(logged_.empty());
  exchange_.fail(gap_reason::tls);
  EXPECT_EQ(encode_now(6s), "failed");
  exchange_.answer(200, wide);
  EXPECT_EQ(refused("the one that decides"), "no_memory");
  exchange_.answer(200, wide);
  EXPECT_EQ(encode_now(1s), "encoded") << "and has not";
}

TEST_F(EncoderBreaker, CountsFailuresInARowAlone) {
  encoder_options strict;
  strict.retries = 0;
  strict.breaker_failures = 2;
  make(strict);
  for (int i = 0; i < 5; ++i) {
    exchange_.answer(500, "");
    exchange_.answer(200, "[]");
    EXPECT_EQ(encode_now(), "failed");
    EXPECT_EQ(encode_now(), "no_face");
  }
  EXPECT_EQ(logged_, (std::vector<std::string>{"the encoder failed", "the encoder failed"}))
      << "one a minute";
}

}  // namespace
}  // namespace reprise
