// The routes of image sessions, with an encoder that answers as a test says.
#include "net/session_routes.hpp"

#include "net/picture_upload.hpp"
#include "net/secret_key.hpp"
#include "tests/session_routes_support.hpp"

namespace reprise {
namespace {

class SessionRoutes : public SessionCalls {};

TEST_F(SessionRoutes, EncodePicturesAndShowThemInTheOrderOfTheirUpload) {
  const std::string key = make_key();
  EXPECT_TRUE(is_well_formed_secret("rps_", key)) << key;
  EXPECT_NE(make_key(), key);
  EXPECT_TRUE(summary(key).empty());
  will_answer(200, "[[0.5,-0.25]]");
  const auto first = encode(key, jpeg_of("a"));
  EXPECT_EQ(first.status, 200U);
  EXPECT_EQ(first.body, R"({"faces":[{"encoding":[0.5,-0.25]}]})");
  will_answer(200, "[[1],[2]]");
  EXPECT_EQ(encode(key, png_of("b"), "image/png").status, 200U);
  will_answer(200, "[[3]]");
  EXPECT_EQ(encode(key, webp_of("c"), "application/octet-stream").status, 200U);
  EXPECT_EQ(encode(key, jpeg_of("a")).body, first.body);
  EXPECT_EQ(exchange.asked.size(), 3U);
  EXPECT_EQ(call("GET", "/summary", {}, {{"key", key}}).body,
            R"({"image_encodings":[{"faces":[{"encoding":[0.5,-0.25]}]},)"
            R"({"faces":[{"encoding":[1]},{"encoding":[2]}]},{"faces":[{"encoding":[3]}]},)"
            R"({"faces":[{"encoding":[0.5,-0.25]}]}]})");
}

TEST_F(SessionRoutes, ClearASessionAndKeepItsKey) {
  const std::string key = make_key();
  will_answer(200, "[[1]]");
  EXPECT_EQ(encode(key, jpeg_of("a")).status, 200U);
  for (int i = 0; i < 2; ++i) {
    const auto cleared = call("DELETE", "/session", {}, {{"key", key}});
    EXPECT_EQ(cleared.status, 204U);
    EXPECT_EQ(cleared.body, "");
    EXPECT_TRUE(summary(key).empty());
  }
  EXPECT_EQ(encode(key, jpeg_of("a")).status, 200U) << "and no call";
  EXPECT_EQ(summary(key).size(), 1U);
}

TEST_F(SessionRoutes, AskNothingForAPictureThatIsKnownFromAnySession) {
  will_answer(200, "[[0.1]]");
  EXPECT_EQ(encode(make_key(), jpeg_of("a")).status, 200U);
  EXPECT_EQ(encode(make_key(), jpeg_of("a")).status, 200U);
  // What is not in the cache any more is in the database.
  session_desk cold{cold_parts(world.time), {}};
  const auto answer = run(cold.encode(sent_picture_of(jpeg_of("a"))));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->end, encoder_end::encoded);
  EXPECT_EQ(*answer->faces, (face_encodings{{0.1}}));
  EXPECT_EQ(exchange.asked.size(), 1U);
}

TEST_F(SessionRoutes, MakeOneCallForTheSamePictureTwiceAtOnce) {
  const std::string one = make_key(), other = make_key();
  will_answer(200, "[[1]]");
  const auto answers =
      encode_at_once({{one, jpeg_of("a")}, {other, jpeg_of("a")}, {one, jpeg_of("a")}});
  for (const auto& each : answers) EXPECT_EQ(each.status, 200U) << each.body;
  EXPECT_EQ(exchange.asked.size(), 1U);
  EXPECT_EQ(summary(one).size(), 2U);
  EXPECT_EQ(summary(other).size(), 1U);
  will_answer(200, "[]");
  for (const auto& each : encode_at_once({{one, jpeg_of("b")}, {other, jpeg_of("b")}})) {
    expect_refused(each, 400, "no_face");
  }
  EXPECT_EQ(exchange.asked.size(), 2U);
}

TEST_F(SessionRoutes, TakeNoSixthPictureAlsoWhereTwoComeAtOnce) {
  const std::string key = make_key();
  will_answer(200, "[[1]]");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(encode(key, jpeg_of("a")).status, 200U);
  will_answer(200, "[[2]]");
  const auto answers = encode_at_once({{key, jpeg_of("a")}, {key, jpeg_of("b")}});
  const bool first_won = answers[0].status == 200;
  EXPECT_EQ(answers[first_won ? 0 : 1].status, 200U);
  expect_refused(answers[first_won ? 1 : 0], 400, "session_full");
  EXPECT_EQ(summary(key).size(), 5U);
  const std::size_t asked = exchange.asked.size();
  expect_refused(encode(key, jpeg_of("a")), 400, "session_full");
  expect_refused(encode(key, "no picture at all"), 400, "session_full");
  EXPECT_EQ(exchange.asked.size(), asked);
  set([](session_options& to) { to.limits.images_max = 6; });
  EXPECT_EQ(encode(key, jpeg_of("a")).status, 200U);
}

TEST_F(SessionRoutes, AnswerWithWhatTheEncoderMakesOfAPictureAndCountNothing) {
  struct judged {
    unsigned from_encoder;
    const char* body;
    unsigned status;
    const char* code;
  };
  const std::string key = make_key();
  set([](session_options& to) { to.encoder.breaker_failures = 100; });
  std::string picture = "a";
  for (const judged& each : {judged{200, "[]", 400, "no_face"},
                             {200, "[[1],[1],[1],[1],[1],[1],[1]]", 400, "too_many_faces"},
                             {400, "cannot be decoded", 400, "picture_invalid"},
                             {413, "cannot be decoded", 400, "picture_invalid"},
                             {422, "cannot be decoded", 400, "picture_invalid"},
                             {404, "", 502, "encoder_failed"},
                             {200, "{\"faces\":[]}", 502, "encoder_failed"},
                             {200, "[[1],[1,2]]", 502, "encoder_failed"}}) {
    will_answer(each.from_encoder, each.body);
    const auto answer = encode(key, jpeg_of(picture += "a"));
    expect_refused(answer, each.status, each.code);
    const bool told =
        json_of(answer)["detail"].get<std::string>().find("cannot be decoded") != std::string::npos;
    EXPECT_EQ(told, each.code == std::string_view{"picture_invalid"});
  }
  for (int i = 0; i < 3; ++i) exchange.will_fail(gap_reason::connect);
  expect_refused(encode(key, jpeg_of("down")), 502, "encoder_failed");
  exchange.will_fail(gap_reason::timeout);
  expect_refused(encode(key, jpeg_of("slow")), 504, "encoder_late");
  EXPECT_TRUE(summary(key).empty());
}

TEST_F(SessionRoutes, SayWhenAnEncoderThatIsLeftAloneMayBeAskedAgain) {
  const std::string key = make_key();
  set([](session_options& to) { to.encoder.breaker_failures = 1; });
  exchange.will_fail(gap_reason::tls);
  expect_refused(encode(key, jpeg_of("a")), 502, "encoder_failed");
  const auto answer = encode(key, jpeg_of("a"));
  expect_refused(answer, 502, "encoder_failed");
  ASSERT_EQ(answer.headers.size(), 1U);
  EXPECT_EQ(answer.headers[0].name, "Retry-After");
  EXPECT_EQ(answer.headers[0].value, "5");
  EXPECT_EQ(exchange.asked.size(), 1U);
}

TEST_F(SessionRoutes, SayThatTooMuchWaitsForTheEncoder) {
  set([](session_options& to) {
    to.encoder.calls_max = 1;
    to.encoder.waiting_max = 0;
  });
  const std::string key = make_key();
  will_answer(200, "[[1]]");
  const auto answers = encode_at_once({{key, jpeg_of("a")}, {key, jpeg_of("b")}});
  EXPECT_EQ(answers[0].status, 200U);
  expect_refused(answers[1], 503, "overloaded");
  EXPECT_EQ(answers[1].headers.at(0).name, "Retry-After");
}

TEST_F(SessionRoutes, KnowNoSessionWithoutItsKey) {
  const std::string key = make_key();
  std::string wrong = key;
  wrong[20] = wrong[20] == 'a' ? 'b' : 'a';
  const auto other = make_seeded_random(77);
  for (const fields& given :
       {fields{}, fields{{"key", ""}}, fields{{"key", wrong}},
        fields{{"key", "rpr_" + key.substr(4)}}, fields{{"key", make_secret("rps_", *other)}},
        fields{{"key", key}, {"KEY", key}}, fields{{"Authorization", "Bearer " + key}}}) {
    expect_refused(call("GET", "/summary", {}, given), 403, "session_unknown");
    expect_refused(call("DELETE", "/session", {}, given), 403, "session_unknown");
    fields upload = given;
    upload.push_back({"Content-Type", picture_form_type});
    expect_refused(call("POST", "/encode", picture_form(jpeg_of("a")), upload), 403,
                   "session_unknown");
  }
  EXPECT_TRUE(exchange.asked.empty());
  EXPECT_EQ(call("GET", "/summary", {}, {{"KEY", key}}).status, 200U) << "headers have no case";
}

TEST_F(SessionRoutes, ForgetASessionThatIsNotUsedAndKeepOneThatIs) {
  set([](session_options& to) { to.limits.keep_seconds = 600; });
  const std::string used = make_key(), left = make_key();
  will_answer(200, "[[1]]");
  EXPECT_EQ(encode(used, jpeg_of("a")).status, 200U);
  sessions.start();
  for (int minutes = 0; minutes < 12; minutes += 4) {
    EXPECT_EQ(summary(used).size(), 1U) << "to look at it is a use";
    world.run_for(std::chrono::minutes{4});
  }
  expect_refused(call("GET", "/summary", {}, {{"key", left}}), 403, "session_unknown");
  EXPECT_EQ(summary(used).size(), 1U);
  const auto count = jobs.read([](jobs_reading& on) { return on.sessions.totals(); });
  EXPECT_EQ(count->sessions, 1) << "the other is gone from the file, too";
}

TEST_F(SessionRoutes, MakeNoMoreSessionsThanThereMayBe) {
  set([](session_options& to) { to.limits.sessions_max = 2; });
  (void)make_key();
  (void)make_key();
  const auto refused = call("GET", "/session");
  expect_refused(refused, 503, "capacity_exhausted");
  EXPECT_EQ(refused.headers.at(0).name, "Retry-After");
}

TEST_F(SessionRoutes, RefuseUploadsThatAreNoPictures) {
  const std::string key = make_key();
  for (const std::string& other :
       {std::string{}, std::string{"GIF89a......"}, std::string{"\xff\xd8"},
        std::string{"%PDF-1.4 and more"}, std::string(100'000, 'x')}) {
    const auto refused = encode(key, other);
    expect_refused(refused, 400, "picture_invalid");
    EXPECT_EQ(json_of(refused)["detail"], "it is no picture: neither JPEG nor PNG nor WebP");
  }
  for (const char* type : {"text/plain", "image/gif", "image/svg+xml"}) {
    expect_refused(encode(key, jpeg_of("a"), type), 415, "unsupported_media_type");
  }
  expect_refused(call("POST", "/encode", picture_form(jpeg_of("a"), "image/jpeg", "picture"),
                      upload_fields(key)),
                 422, "invalid_field");
  const std::string whole = picture_form(jpeg_of("a"));
  expect_refused(call("POST", "/encode", whole.substr(0, whole.size() - 10), upload_fields(key)),
                 400, "bad_multipart");
  expect_refused(
      call("POST", "/encode", whole, {{"Content-Type", "multipart/form-data"}, {"key", key}}), 400,
      "bad_multipart");
  EXPECT_TRUE(exchange.asked.empty());
  EXPECT_TRUE(summary(key).empty());
  EXPECT_EQ(sessions.room()->used(), 0U) << "nothing is left of them";
}

TEST_F(SessionRoutes, AskNothingForAPictureThatIsCutOffOrClaimsTooMuch) {
  const std::string key = make_key();
  for (const std::string& whole : {jpeg_of(""), png_of(""), webp_of("")}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      expect_refused(encode(key, whole.substr(0, length)), 400, "picture_invalid");
    }
  }
  const auto bomb = encode(key, png_of_size(60'000, 60'000), "image/png");
  expect_refused(bomb, 400, "picture_invalid");
  EXPECT_EQ(json_of(bomb)["detail"],
            "the PNG claims 60000 x 60000 pixels; at most 40000000 are taken");
  EXPECT_TRUE(exchange.asked.empty());
  EXPECT_TRUE(summary(key).empty());
}

TEST_F(SessionRoutes, TakeAPictureOfFiveMebibytesAndNoLargerOne) {
  const std::string key = make_key();
  std::string picture = jpeg_of("");
  picture.resize(picture_bytes_max, 'x');
  will_answer(200, "[[1]]");
  EXPECT_EQ(encode(key, picture).status, 200U);
  ASSERT_EQ(exchange.asked.size(), 1U);
  EXPECT_NE(exchange.asked[0].body.find(picture), std::string::npos) << "byte by byte";
  expect_refused(encode(key, picture + "x"), 413, "body_too_large");
  EXPECT_EQ(summary(key).size(), 1U);
}

TEST_F(SessionRoutes, EndWhateverWaitsForTheEncoderWhenTheServiceStops) {
  const std::string key = make_key();
  (void)world.time.at(world.time.clock().steady() + std::chrono::milliseconds{10},
                      [this] { sessions.cancel(); });
  will_answer(200, "[[1]]");
  expect_refused(encode(key, jpeg_of("a")), 503, "stopping");
  expect_refused(encode(key, jpeg_of("b")), 503, "stopping");
  EXPECT_EQ(exchange.asked.size(), 1U);
}

TEST(PictureRoom, IsHeldAsLongAsAPictureIsAndNotExceeded) {
  const auto room = std::make_shared<picture_room>(1'000);
  auto one = std::make_unique<sent_picture>(room);
  EXPECT_TRUE(one->append(std::string(600, 'a')));
  EXPECT_EQ(room->used(), 600U);
  sent_picture other{room};
  EXPECT_FALSE(other.append(std::string(401, 'b')));
  EXPECT_TRUE(other.append(std::string(400, 'b')));
  EXPECT_FALSE(other.append("b"));
  EXPECT_EQ(other.bytes(), std::string(400, 'b'));
  one.reset();
  EXPECT_EQ(room->used(), 400U);
  EXPECT_TRUE(other.append("b"));
  EXPECT_EQ(other.bytes().size(), 401U);
}

}  // namespace
}  // namespace reprise
