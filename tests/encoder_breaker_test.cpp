// When the encoder is left alone, and when it is not, in simulated time.
#include "tests/encoder_client_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

class EncoderBreaker : public EncoderCalls {};

TEST_F(EncoderBreaker, LeavesAnEncoderAloneThatFailsInARowAndAsksItOnceBehindAPause) {
  for (int i = 0; i < 5; ++i) exchange_.answer(500, "");
  EXPECT_EQ(encode_now(), "failed");
  EXPECT_EQ(encode_now(1s), "resting") << "the fifth failure is this one's second";
  EXPECT_EQ(exchange_.asked.size(), 5U);
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
  for (int i = 0; i < 20; ++i) {
    exchange_.answer(i % 2 == 0 ? 200 : 400, "[]");
    EXPECT_EQ(encode_now(1s), i % 2 == 0 ? "no_face" : "picture_invalid");
  }
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
