// The encoder's calls in simulated time: tries, deadlines and the queue.
#include "tests/encoder_client_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

class EncoderClient : public EncoderCalls {};

TEST_F(EncoderClient, SendsTheFileAsAFormAndReadsItsFaces) {
  exchange_.answer(200, "[[1,2],[3,4]]");
  client_->encode(sent_picture_of(jpeg_of("the picture")), [this](const encoder_answer& answer) {
    ended_.emplace_back(to_string(answer.end));
    last_ = answer;
  });
  EXPECT_TRUE(ended_.empty()) << "never inside encode()";
  time_.run_for(1s);
  EXPECT_EQ(ended(), "encoded");
  EXPECT_EQ(*last_.faces, (face_encodings{{1, 2}, {3, 4}}));
  ASSERT_EQ(exchange_.asked.size(), 1U);
  const exchange_request& asked = exchange_.asked.front();
  EXPECT_TRUE(asked.post && asked.answer_wanted);
  EXPECT_EQ(asked.url, "http://127.0.0.1:8090/v1/selfie");
  EXPECT_EQ(asked.answer_bytes_max, encoder_client::answer_bytes_max);
  const std::string type = "multipart/form-data; boundary=";
  ASSERT_TRUE(asked.content_type.starts_with(type));
  const std::string boundary = asked.content_type.substr(type.size());
  EXPECT_EQ(asked.body, "--" + boundary +
                            "\r\nContent-Disposition: form-data; name=\"file\"; "
                            "filename=\"picture.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n" +
                            jpeg_of("the picture") + "\r\n--" + boundary + "--\r\n");
}

TEST_F(EncoderClient, TellsApartHowPicturesAreJudged) {
  const std::vector<std::pair<std::pair<unsigned, std::string>, std::string>> answers = {
      {{200, "[]"}, "no_face"},
      {{200, "[[1],[1],[1],[1],[1],[1]]"}, "encoded"},
      {{200, "[[1],[1],[1],[1],[1],[1],[1]]"}, "too_many_faces"},
      {{400, "no"}, "picture_invalid"},
      {{413, "no"}, "picture_invalid"},
      {{415, "no"}, "picture_invalid"},
      {{422, "no"}, "picture_invalid"},
      {{200, "[[1],[1,2]]"}, "failed"},
      {{200, "it works"}, "failed"},
      {{200, ""}, "failed"},
      {{204, ""}, "failed"},
      {{301, ""}, "failed"},
      {{404, ""}, "failed"},
  };
  encoder_options patient;
  patient.breaker_failures = 100;
  make(patient);
  for (const auto& [answer, end] : answers) {
    exchange_.answer(answer.first, answer.second);
    EXPECT_EQ(encode_now(), end) << answer.first << " " << answer.second;
  }
  EXPECT_EQ(exchange_.asked.size(), answers.size()) << "none of these is tried again";
}

TEST_F(EncoderClient, HandsOnWhatTheEncoderSaysOfAPictureOnOneShortLine) {
  exchange_.answer(422, "no\r\nSet-Cookie: \x1b[31m" + std::string(500, 'x'));
  EXPECT_EQ(encode_now(), "picture_invalid");
  EXPECT_TRUE(last_.detail.starts_with("no\\x0d\\x0aSet-Cookie: \\x1b[31mxxx")) << last_.detail;
  EXPECT_LE(last_.detail.size(), 200U);
  std::string wide = "x";
  while (wide.size() < 300) wide += "\xe2\x82\xac";
  exchange_.answer(400, wide);
  EXPECT_EQ(encode_now(), "picture_invalid");
  EXPECT_EQ(last_.detail.size() % 3, 1U) << "no character is cut";
}

TEST_F(EncoderClient, HandsOnTheDetailOfAProblem) {
  exchange_.answer(422, R"({"type":"about:blank","status":422,"detail":"the PNG is\nbroken"})");
  EXPECT_EQ(encode_now(), "picture_invalid");
  EXPECT_EQ(last_.detail, "the PNG is\\x0abroken");
  for (const char* other : {R"({"error":"no"})", R"({"detail":7})", "[1]", "{"}) {
    exchange_.answer(422, other);
    EXPECT_EQ(encode_now(), "picture_invalid");
    EXPECT_EQ(last_.detail, other);
  }
}

TEST_F(EncoderClient, TellsTheStatusOfARefusalWithoutWords) {
  exchange_.answer(413, "");
  EXPECT_EQ(encode_now(), "picture_invalid");
  EXPECT_EQ(last_.detail, "it answered 413");
}

TEST_F(EncoderClient, TellsHowManyFacesAreTooMany) {
  exchange_.answer(200, "[[1],[1],[1],[1],[1],[1],[1]]");
  EXPECT_EQ(encode_now(), "too_many_faces");
  EXPECT_EQ(last_.detail, "7, at most 6");
}

TEST_F(EncoderClient, TriesAgainWhatMayPassWithGrowingPauses) {
  exchange_.answer(503, "");
  exchange_.fail(gap_reason::connect);
  exchange_.answer(200, "[[1]]");
  EXPECT_EQ(encode_now(), "encoded");
  ASSERT_EQ(exchange_.begun.size(), 3U);
  const auto first = exchange_.begun[1] - exchange_.begun[0] - scripted_encoder::takes;
  const auto second = exchange_.begun[2] - exchange_.begun[1] - scripted_encoder::takes;
  EXPECT_GE(first, 25ms);
  EXPECT_LE(first, 50ms);
  EXPECT_GE(second, 50ms);
  EXPECT_LE(second, 100ms);
  EXPECT_EQ(exchange_.asked[2].deadline, exchange_.asked[0].deadline) << "one for all tries";
}

TEST_F(EncoderClient, TriesNoOftenerThanItMay) {
  for (int i = 0; i < 4; ++i) exchange_.answer(500, "");
  EXPECT_EQ(encode_now(), "failed");
  EXPECT_EQ(exchange_.asked.size(), 3U);
  encoder_options once;
  once.retries = 0;
  make(once);
  EXPECT_EQ(encode_now(), "failed");
  EXPECT_EQ(exchange_.asked.size(), 4U);
}

TEST_F(EncoderClient, DoesNotTryAgainWhatWillNotPass) {
  for (const gap_reason reason : {gap_reason::tls, gap_reason::framing, gap_reason::too_large}) {
    exchange_.fail(reason);
    EXPECT_EQ(encode_now(), "failed");
  }
  EXPECT_EQ(exchange_.asked.size(), 3U);
}

TEST_F(EncoderClient, IsLateWhenItsDeadlinePassesWhereverItWaits) {
  encoder_options narrow;
  narrow.calls_max = 1;
  make(narrow);
  exchange_.hang();
  exchange_.hang();
  encode("first");
  time_.run_for(3s);
  encode("waits");
  time_.run_for(1'999ms);
  EXPECT_EQ(ended(), "");
  time_.run_for(2ms);
  EXPECT_EQ(ended(), "late");
  EXPECT_EQ(exchange_.asked.size(), 2U) << "the one that waited has its place now";
  time_.run_for(3s);
  EXPECT_EQ(ended(), "late") << "its own deadline began when it was asked for";
}

TEST_F(EncoderClient, GivesUpWhatWaitsForAPlaceForHalfOfItsDeadline) {
  encoder_options narrow;
  narrow.calls_max = 1;
  narrow.deadline = 1s;
  make(narrow);
  exchange_.hang();
  encode("first");
  time_.run_for(100ms);
  encode("waits");
  time_.run_for(499ms);
  EXPECT_EQ(ended(), "");
  time_.run_for(2ms);
  EXPECT_EQ(ended(), "late");
  time_.run_for(2s);
  EXPECT_EQ(ended(), "late") << "the first";
  EXPECT_EQ(exchange_.asked.size(), 1U) << "it was never begun";
}

TEST_F(EncoderClient, TriesNothingAgainInTheSecondHalfOfItsDeadline) {
  exchange_.answer(500, "", {}, 2'300ms);
  exchange_.answer(500, "", {}, 500ms);
  EXPECT_EQ(encode_now(), "failed");
  EXPECT_EQ(exchange_.asked.size(), 2U);
}

TEST_F(EncoderClient, HasNoMoreCallsAtOnceThanItMayAndRefusesWhatIsTooManyToWait) {
  encoder_options narrow;
  narrow.calls_max = 2;
  narrow.waiting_max = 3;
  make(narrow);
  for (int i = 0; i < 6; ++i) exchange_.answer(200, "[[1]]");
  for (int i = 0; i < 6; ++i) encode(std::to_string(i));
  time_.run_ready();
  EXPECT_EQ(ended(), "overloaded");
  EXPECT_EQ(exchange_.asked.size(), 2U);
  time_.run_for(scripted_encoder::takes);
  EXPECT_EQ(exchange_.asked.size(), 4U);
  time_.run_for(1s);
  EXPECT_EQ(ended(), "encoded encoded encoded encoded encoded");
  EXPECT_EQ(exchange_.most_at_once, 2U);
}

TEST_F(EncoderClient, TakesNewOptionsForWhatComes) {
  encoder_options narrow;
  narrow.calls_max = 1;
  make(narrow);
  for (int i = 0; i < 3; ++i) exchange_.answer(200, "[[1],[2]]");
  for (int i = 0; i < 3; ++i) encode(std::to_string(i));
  time_.run_ready();
  EXPECT_EQ(exchange_.asked.size(), 1U);
  narrow.calls_max = 3;
  narrow.faces_max = 1;
  narrow.url = "http://other.test/";
  client_->reconfigure(narrow);
  EXPECT_EQ(exchange_.asked.size(), 3U) << "those that waited";
  EXPECT_EQ(exchange_.asked.back().url, "http://other.test/");
  time_.run_for(1s);
  EXPECT_EQ(ended(), "too_many_faces too_many_faces too_many_faces");
}

TEST_F(EncoderClient, TellsNobodyOnceItIsGone) {
  exchange_.answer(500, "");
  exchange_.answer(200, "[]");
  encode();
  encode();
  client_.reset();
  time_.run_for(10s);
  EXPECT_EQ(ended(), "");
}

}  // namespace
}  // namespace reprise
