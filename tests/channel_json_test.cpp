#include "net/channel_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace reprise {
namespace {

struct refusal {
  std::string body;
  errc code;
  std::string field;
};

TEST(ChannelJson, RefusesWithThePlaceOfTheFault) {
  const std::vector<refusal> refusals = {
      {"{", errc::json_malformed, ""},
      {"[]", errc::field_invalid, ""},
      {R"({"colour":1})", errc::field_invalid, "/colour"},
      {R"({"enabled":null})", errc::field_invalid, "/enabled"},
      {R"({"threshold":-1})", errc::out_of_range, "/threshold"},
      {R"({"threshold":1e999})", errc::out_of_range, "/threshold"},
      {R"({"threshold":25580085241547.48})", errc::out_of_range, "/threshold"},
      {R"({"similarity":0})", errc::out_of_range, "/similarity"},
      {R"({"similarity":1.5})", errc::out_of_range, "/similarity"},
      {R"({"similarity":0.5,"threshold":1})", errc::field_invalid, "/similarity"},
      {R"({"window_seconds":604801})", errc::out_of_range, "/window_seconds"},
      {R"({"window_seconds":1.5})", errc::out_of_range, "/window_seconds"},
      {R"({"window_seconds":10,"min_lag_seconds":11})", errc::out_of_range, "/min_lag_seconds"},
      {R"({"still":"maybe"})", errc::field_invalid, "/still"},
      {R"({"source_url":"ftp://a.test/"})", errc::url_invalid, "/source_url"},
      {R"({"source_headers":{"Host":"a"}})", errc::field_invalid, "/source_headers"},
      {R"({"source_headers":{"webhook-id":"a"}})", errc::field_invalid, "/source_headers"},
      {R"({"source_headers":{"a b":"c"}})", errc::field_invalid, "/source_headers"},
      {R"({"source_headers":{"A":"b\r\nC: d"}})", errc::field_invalid, "/source_headers"},
      {R"({"reporting_headers":{"A":"b","a":"c"}})", errc::field_invalid, "/reporting_headers"},
  };
  for (const auto& [body, code, field] : refusals) {
    const auto parsed = parse_channel_settings(body, {});
    ASSERT_TRUE(parsed.has_error()) << body;
    EXPECT_EQ(parsed.error().code, code) << body << parsed.error().what;
    EXPECT_EQ(parsed.error().field, field) << body;
  }
}

// They are write-only: whoever may change a channel must not be sent them.
TEST(ChannelJson, DropsTheHeadersOfASourceOrSinkThatAPatchPutsElsewhere) {
  channel_settings before;
  before.source_url = "http://cam.example/a";
  before.source_headers = {{"Authorization", "one"}};
  before.reporting_url = "https://sink.example/";
  before.reporting_headers = {{"Authorization", "two"}};
  const auto headers_after = [&](const char* patch) {
    const auto patched = patch_channel_settings(before, patch, {});
    EXPECT_TRUE(patched) << patch;
    return std::pair{patched->source_headers.size(), patched->reporting_headers.size()};
  };
  using both = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(headers_after(R"({"source_url":"http://CAM.example:80/b?c=d"})"), (both{1, 1}));
  EXPECT_EQ(headers_after(R"({"top_k":3})"), (both{1, 1}));
  for (const char* elsewhere :
       {R"({"source_url":"http://other.example/a"})", R"({"source_url":"https://cam.example/a"})",
        R"({"source_url":"http://cam.example:81/a"})", R"({"source_url":null})"}) {
    EXPECT_EQ(headers_after(elsewhere), (both{0, 1})) << elsewhere;
  }
  EXPECT_EQ(headers_after(R"({"reporting_url":"http://sink.example/"})"), (both{1, 0}));
  const auto patched = patch_channel_settings(
      before, R"({"source_url":"http://other.example/","source_headers":{"X-Key":"three"}})", {});
  EXPECT_EQ(patched->source_headers, (std::vector<header_field>{{"X-Key", "three"}}));
}

TEST(ChannelJson, TakesTheGreatestScoreForAThreshold) {
  const auto made = parse_channel_settings(R"({"threshold":25580085241547.47})", {});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->threshold, threshold_max());
}

TEST(ChannelJson, PatchesAsTheMergePatchSays) {
  channel_settings before;
  before.threshold = 2;
  before.source_headers = {{"Authorization", "one"}, {"X-Old", "two"}};
  const auto patched = patch_channel_settings(before, R"({"threshold":null,"similarity":0.9,
      "still":"skip","source_headers":{"authorization":"three","X-Old":null}})",
                                              {});
  ASSERT_TRUE(patched) << patched.error().what;
  EXPECT_FALSE(patched->threshold);
  EXPECT_EQ(patched->similarity, 0.9);
  EXPECT_EQ(patched->still, still_policy::skip);
  EXPECT_EQ(patched->source_headers, (std::vector<header_field>{{"Authorization", "three"}}));
  EXPECT_TRUE(patch_channel_settings(before, R"({"similarity":0.9})", {}).has_error());
  EXPECT_EQ(patch_channel_settings(before, R"({"colour":null})", {}).error().field, "/colour");
  EXPECT_TRUE(patch_channel_settings(before, "[]", {}).has_error());
  EXPECT_EQ(patch_channel_settings(before, "{}", {}).value(), before);
}

TEST(ChannelJson, ShowsNoHeaderAndOnlyGapsThatAre) {
  channel_entry entry;
  entry.name = "a";
  entry.settings.reporting_headers = {{"Authorization", "canary-7"}};
  entry.gaps[static_cast<std::size_t>(gap_reason::tls)] = 3;
  std::string text;
  append_channel(text, entry, {});
  EXPECT_EQ(text.find("canary"), text.npos);
  EXPECT_EQ(text.find("headers"), text.npos);
  EXPECT_EQ(nlohmann::json::parse(text)["gaps"], nlohmann::json::parse(R"({"tls":3})"));
}

TEST(ChannelJson, ShowsWhatSearchesTheChannelOrThatItIsBeingLoaded) {
  channel_entry entry;
  entry.name = "a";
  const auto shown = [&] {
    std::string text;
    append_channel(text, entry, {});
    return nlohmann::json::parse(text)["engine"];
  };
  EXPECT_TRUE(shown().is_null());
  entry.engine = "cuda:1";
  EXPECT_EQ(shown(), "cuda:1");
}

}  // namespace
}  // namespace reprise
