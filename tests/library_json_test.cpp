// The rules of a video, and its JSON.
#include "host/library/video_json.hpp"

#include <gtest/gtest.h>

#include "tests/library_support.hpp"

namespace reprise {
namespace {

std::string body_with(const std::string& from, const std::string& to) {
  std::string body = R"({"content_id":"a","actual_label":"b","predicted_label":"c",)"
                     R"("tvshow":"d","feature_vector":[)";
  for (std::size_t i = 0; i < features_count; ++i) body += i == 0 ? "1" : ",1";
  body += "]}";
  const std::size_t at = body.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return body.replace(at, from.size(), to);
}

failure failure_of(const std::string& from, const std::string& to) {
  const auto read = parse_video(body_with(from, to));
  EXPECT_FALSE(read) << to;
  return read ? failure{} : read.error();
}

TEST(Video, HasAnIdOfItsCharactersAlone) {
  for (const std::string& good : {std::string{"A.z_0:9-"}, std::string(128, 'x')}) {
    EXPECT_FALSE(content_id_fault(good)) << good;
  }
  for (const std::string& bad :
       {std::string{}, std::string(129, 'x'), std::string{"a/b"}, std::string{"\xc3\xa9"},
        std::string{"a "}, std::string{"a\0", 2}}) {
    EXPECT_TRUE(content_id_fault(bad)) << bad;
  }
}

TEST(Video, HasLabelsOfAtMostTwoHundredCharacters) {
  std::string accents, pictures;
  for (int i = 0; i < 200; ++i) accents += "\xc3\xa9", pictures += "\xf0\x9f\x93\xba";
  for (const std::string& good : {accents, pictures, std::string{" "}, std::string{"\xc2\xa0"}}) {
    EXPECT_FALSE(label_fault(good)) << good;
  }
  for (const std::string& bad :
       {std::string{}, accents + "x", std::string{"a\tb"}, std::string{"\x7f"},
        std::string{"\xc2\x85"}, std::string{"\xff"}, std::string{"a\xc3"}, std::string{"\0", 1}}) {
    EXPECT_TRUE(label_fault(bad)) << bad;
  }
}

TEST(Video, IsEqualToTheBit) {
  video a = make_video("a"), b = a;
  EXPECT_EQ(a, b);
  a.features[255] = 0.0;
  b.features[255] = -0.0;
  EXPECT_NE(a, b);
  b = a;
  b.tvshow = "x";
  EXPECT_NE(a, b);
}

TEST(VideoJson, ComesBackToTheBit) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    video written = make_video("a.b_c:d-1", seed);
    written.actual_label = "\"quoted\\ \xc3\xa9\xf0\x9f\x93\xba";
    if (seed % 2 == 0) written.tvshow = "'=1";
    std::string text;
    append_video(text, written);
    const auto read = parse_video(text);
    ASSERT_TRUE(read) << read.error().what << seed;
    EXPECT_EQ(*read, written) << seed;
  }
}

TEST(VideoJson, TakesTheNumbersThatCsvTakes) {
  std::string text;
  append_video(text, make_video("a"));
  const std::size_t first = text.find('[') + 1;
  for (const auto& [digits, wanted] : std::initializer_list<std::pair<std::string, double>>{
           {"18446744073709551616", 18'446'744'073'709'551'616.0}, {"-0", -0.0}}) {
    std::string altered = text;
    altered.replace(first, altered.find(',', first) - first, digits);
    const auto read = parse_video(altered);
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(read->features[0], wanted);
    EXPECT_EQ(std::signbit(read->features[0]), std::signbit(wanted));
  }
}

TEST(VideoJson, ShowsAnEntryWithoutItsFeatures) {
  std::string text;
  append_video_entry(text, {"a", "b\"", "c", "d"});
  EXPECT_EQ(text, R"({"content_id":"a","actual_label":"b\"","predicted_label":"c","tvshow":"d"})");
  text.clear();
  append_video_entry(text, {"a", "b", "c"});
  EXPECT_EQ(text, R"({"content_id":"a","actual_label":"b","predicted_label":"c"})");
}

TEST(VideoJson, NeedsNoIdWhereThatIsKnownAndTakesNoOther) {
  const std::string unnamed = body_with(R"("content_id":"a",)", "");
  EXPECT_EQ(parse_video(unnamed).error().field, "/content_id");
  EXPECT_EQ(parse_video(unnamed, "x")->content_id, "x");
  EXPECT_EQ(*parse_video(body_with("", ""), "a"), *parse_video(body_with("", "")));
  const auto other = parse_video(body_with("", ""), "x");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, errc::field_invalid);
  EXPECT_EQ(other.error().field, "/content_id");
}

TEST(VideoJson, SaysWhichFieldIsWrong) {
  EXPECT_TRUE(parse_video(body_with("", "")));
  EXPECT_EQ(failure_of("\"a\"", "\"a/b\"").field, "/content_id");
  EXPECT_EQ(failure_of("\"b\"", "\"\"").field, "/actual_label");
  EXPECT_EQ(failure_of("\"c\"", "\"\\n\"").field, "/predicted_label");
  EXPECT_EQ(failure_of("\"d\"", "\"\"").field, "/tvshow");
  EXPECT_EQ(failure_of("\"d\"", "null").field, "/tvshow");
  EXPECT_EQ(failure_of("[1,", "[").field, "/feature_vector");
  EXPECT_EQ(failure_of("[1,", "[1,1,").field, "/feature_vector");
  EXPECT_EQ(failure_of("[1,1,", "[1,\"1\",").field, "/feature_vector/1");
  EXPECT_EQ(failure_of("[1,1,", "[1,1e999,").code, errc::out_of_range);
  EXPECT_EQ(failure_of("tvshow", "tv_show").field, "/tv_show");
  EXPECT_EQ(failure_of("\"content_id\":\"a\",", "").field, "/content_id");
  EXPECT_EQ(failure_of("{", "[").code, errc::json_malformed);
}

}  // namespace
}  // namespace reprise
