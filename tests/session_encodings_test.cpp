// Encodings as bytes and as JSON, and the cache of them.
#include <gtest/gtest.h>

#include <cmath>

#include "host/sessions/encoding_cache.hpp"
#include "host/sessions/face_encodings.hpp"

namespace reprise {
namespace {

std::string refusal_of(const std::string& json) {
  const auto read = read_encodings(json);
  if (read) return "";
  EXPECT_EQ(read.error().code, errc::data_malformed);
  return read.error().what;
}

TEST(FaceEncodings, AreReadFromAListOfLists) {
  EXPECT_EQ(read_encodings("[]").value(), face_encodings{});
  EXPECT_EQ(read_encodings(" [[1, -2.5], [3e2, 0]]\n").value(),
            (face_encodings{{1, -2.5}, {300, 0}}));
  std::string most = "[1";
  for (int i = 1; i < 4'096; ++i) most += ",1";
  EXPECT_EQ(read_encodings("[" + most + "]]").value().at(0).size(), 4'096U);
  EXPECT_NE(refusal_of("[" + most + ",1]]"), "");
}

TEST(FaceEncodings, AreRefusedWhereTheyAreAnythingElse) {
  for (const char* bad : {"",
                          "null",
                          "{}",
                          "1",
                          "\"x\"",
                          "[[]]",
                          "[1]",
                          "[[1],[]]",
                          "[[1],[1,2]]",
                          "[[1,\"2\"]]",
                          "[[null]]",
                          "[[true]]",
                          "[[[1]]]",
                          "[[NaN]]",
                          "[[1e999]]",
                          "[[Infinity]]",
                          "[[1]",
                          "[[1]]x",
                          "[[1],]",
                          "[{\"encoding\":[1]}]",
                          "\xef\xbb\xbf[[1]]"}) {
    EXPECT_NE(refusal_of(bad), "") << bad;
    EXPECT_EQ(refusal_of(bad).find('\n'), std::string::npos);
  }
}

TEST(FaceEncodings, ComeBackFromTheirBytes) {
  for (const face_encodings& faces :
       {face_encodings{}, face_encodings{{0.1}}, face_encodings{{1, 2}, {3, 4}, {-0.0, 1e-300}}}) {
    const auto bytes = bytes_of_encodings(faces);
    EXPECT_EQ(encodings_of_bytes(bytes), faces);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      EXPECT_FALSE(encodings_of_bytes(std::span{bytes}.first(cut)));
    }
    auto longer = bytes;
    longer.push_back({});
    EXPECT_FALSE(encodings_of_bytes(longer));
  }
  EXPECT_FALSE(encodings_of_bytes(bytes_of_encodings({{std::nan("")}})));
  EXPECT_FALSE(encodings_of_bytes(bytes_of_encodings({{INFINITY}})));
  EXPECT_FALSE(encodings_of_bytes(bytes_of_encodings({std::vector<double>(4'097)})));
  EXPECT_FALSE(encodings_of_bytes(bytes_of_encodings({{}, {}})));
}

TEST(FaceEncodings, AreWrittenAsNumbersThatReadBackTheSame) {
  std::string text;
  append_faces(text, {});
  EXPECT_EQ(text, R"({"faces":[]})");
  text.clear();
  append_faces(text, {{0.1, 2}, {1e22, -3}});
  EXPECT_EQ(text, R"({"faces":[{"encoding":[0.1,2]},{"encoding":[1e+22,-3]}]})");
}

encoding_cache::encodings_ptr some_faces(double first) {
  return std::make_shared<const face_encodings>(face_encodings{std::vector<double>(8, first)});
}

sha256_digest digest(int number) {
  return sha256_of(std::to_string(number));
}

TEST(EncodingCache, DropsWhatWasUsedLongestAgo) {
  constexpr std::size_t each = encoding_cache::entry_bytes + 8 * sizeof(double);
  encoding_cache cache{3 * each};
  for (int i = 0; i < 3; ++i) cache.put(digest(i), some_faces(i));
  EXPECT_NE(cache.find(digest(0)), nullptr);
  EXPECT_NE(cache.peek(digest(1)), nullptr) << "which is no use of it";
  cache.put(digest(3), some_faces(3));
  EXPECT_EQ(cache.find(digest(1)), nullptr);
  for (const int kept : {0, 2, 3}) {
    const auto found = cache.find(digest(kept));
    ASSERT_NE(found, nullptr) << kept;
    EXPECT_EQ(found->at(0).at(0), kept);
  }
  cache.resize(each);
  EXPECT_NE(cache.find(digest(3)), nullptr) << "the last used";
  EXPECT_EQ(cache.find(digest(0)), nullptr);
  cache.resize(each - 1);
  cache.put(digest(4), some_faces(4));
  EXPECT_EQ(cache.find(digest(4)), nullptr) << "it is larger than all";
}

}  // namespace
}  // namespace reprise
