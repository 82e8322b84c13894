// /videos and /videos/{content_id}, in one process.
#include "tests/api_support.hpp"
#include "tests/video_support.hpp"

namespace reprise {
namespace {

class VideoRoutes : public ApiRoutes {
 protected:
  VideoRoutes() { EXPECT_TRUE(library.open()); }

  api_response post(const video& sent) { return call("POST", "/videos", json_text(sent)); }
  api_response put(const std::string& id, const std::string& body) {
    return call("PUT", "/videos/" + id, body);
  }
  void expect_problem(const api_response& answer, unsigned status, const std::string& code,
                      const std::string& field = {}) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(code_of(answer), code);
    EXPECT_EQ(field_of(answer), field);
  }
  std::vector<std::string> ids_of(const api_response& answer) {
    std::vector<std::string> ids;
    const json page = json_of(answer);
    for (const json& each : page.at("items")) ids.push_back(each.at("content_id"));
    return ids;
  }
  std::string without_id(const video& of) {
    json body = json::parse(json_text(of));
    body.erase("content_id");
    return body.dump();
  }
};

TEST_F(VideoRoutes, StoreAVideoOnceAndShowItToTheBit) {
  video sent = make_video("ad:17", 5);
  sent.tvshow = "news";
  const auto added = post(sent);
  EXPECT_EQ(added.status, 201);
  EXPECT_EQ(added.body, json_text(sent));
  ASSERT_EQ(added.headers.size(), 1u);
  EXPECT_EQ(added.headers[0].value, "/videos/ad:17");
  const auto again = post(sent);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, json_text(sent));
  EXPECT_TRUE(again.headers.empty());
  const auto shown = call("GET", "/videos/ad:17");
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.body, json_text(sent));
}

TEST_F(VideoRoutes, RefuseOtherContentUnderAnId) {
  const video sent = make_video("a", 5);
  ASSERT_EQ(post(sent).status, 201);
  video other = sent;
  other.features[255] = 0.25;
  expect_problem(post(other), 409, "data_conflict");
  EXPECT_EQ(call("GET", "/videos/a").body, json_text(sent));
}

TEST_F(VideoRoutes, ReplaceByPut) {
  const video sent = make_video("a", 5);
  const auto added = put("a", json_text(sent));
  EXPECT_EQ(added.status, 201);
  EXPECT_EQ(added.headers.at(0).value, "/videos/a");
  EXPECT_EQ(put("a", json_text(sent)).status, 200);
  const video other = make_video("a", 6);
  const auto replaced = put("a", without_id(other));
  EXPECT_EQ(replaced.status, 200);
  EXPECT_EQ(replaced.body, json_text(other));
  EXPECT_EQ(call("GET", "/videos/a").body, json_text(other));
  expect_problem(put("b", json_text(other)), 422, "invalid_field", "/content_id");
  EXPECT_EQ(call("GET", "/videos/b").status, 404);
}

TEST_F(VideoRoutes, RemoveByDelete) {
  ASSERT_EQ(post(make_video("a")).status, 201);
  EXPECT_EQ(call("DELETE", "/videos/a").status, 204);
  expect_problem(call("GET", "/videos/a"), 404, "not_found");
  expect_problem(call("DELETE", "/videos/a"), 404, "not_found");
  EXPECT_EQ(post(make_video("a", 9)).status, 201) << "it may be there anew";
}

TEST_F(VideoRoutes, SayWhichFieldIsWrong) {
  const json good = json::parse(json_text(make_video("a")));
  const auto sent = [&](const std::string& name, const json& value) {
    json body = good;
    body[name] = value;
    return call("POST", "/videos", body.dump());
  };
  json lacking = good;
  lacking.erase("actual_label");
  expect_problem(call("POST", "/videos", lacking.dump()), 422, "invalid_field", "/actual_label");
  expect_problem(sent("colour", "red"), 422, "invalid_field", "/colour");
  expect_problem(sent("predicted_label", 7), 422, "invalid_field", "/predicted_label");
  expect_problem(sent("tvshow", nullptr), 422, "invalid_field", "/tvshow");
  expect_problem(sent("content_id", "a/b"), 422, "invalid_field", "/content_id");
  json vector = good["feature_vector"];
  vector[3] = "x";
  expect_problem(sent("feature_vector", vector), 422, "invalid_field", "/feature_vector/3");
  vector.erase(3);
  EXPECT_EQ(field_of(sent("feature_vector", vector)), "/feature_vector");
  expect_problem(call("POST", "/videos", "{"), 400, "json_syntax");
  for (const char* method : {"GET", "PUT", "DELETE"}) {
    expect_problem(call(method, "/videos/a b"), 422, "invalid_field", "content_id");
  }
  EXPECT_EQ(json_of(call("GET", "/videos"))["items"], json::array());
}

TEST_F(VideoRoutes, ListVideosInPagesByShowAndLabel) {
  for (int i = 0; i < 7; ++i) {
    video made = make_video(named("v", std::uint64_t(i)));
    if (i % 2 == 0) made.tvshow = "late show";
    made.actual_label = i < 4 ? "advert" : "promo";
    ASSERT_EQ(post(made).status, 201);
  }
  using list = std::vector<std::string>;
  const auto first = call("GET", "/videos?limit=4");
  EXPECT_EQ(ids_of(first), (list{"v0", "v1", "v2", "v3"}));
  EXPECT_FALSE(json_of(first)["items"][0].contains("feature_vector"));
  EXPECT_EQ(json_of(first)["items"][0]["tvshow"], "late show");
  const std::string cursor = json_of(first)["next"];
  const auto second = call("GET", "/videos?limit=4&cursor=" + cursor);
  EXPECT_EQ(ids_of(second), (list{"v4", "v5", "v6"}));
  EXPECT_TRUE(json_of(second)["next"].is_null());
  EXPECT_EQ(ids_of(call("GET", "/videos?tvshow=late show")), (list{"v0", "v2", "v4", "v6"}));
  EXPECT_EQ(ids_of(call("GET", "/videos?label=promo")), (list{"v4", "v5", "v6"}));
  EXPECT_EQ(ids_of(call("GET", "/videos?label=promo&tvshow=late show")), (list{"v4", "v6"}));
  EXPECT_EQ(ids_of(call("GET", "/videos?label=promotion")), list{});
}

TEST_F(VideoRoutes, RefusePagingOutsideItsBounds) {
  for (const char* limit : {"0", "1001", "-1", "99999999999999999999"}) {
    expect_problem(call("GET", std::string{"/videos?limit="} + limit), 422, "out_of_range",
                   "limit");
  }
  EXPECT_EQ(call("GET", "/videos?limit=1000").status, 200);
  expect_problem(call("GET", "/videos?cursor=ff"), 422, "invalid_field", "cursor");
}

TEST_F(VideoRoutes, TellHowManyVideosThereAre) {
  const auto count = [&] {
    const std::string text = call("GET", "/metrics").body;
    const std::string name = "\nreprise_library_videos ";
    return std::stoi(text.substr(text.find(name) + name.size()));
  };
  EXPECT_EQ(count(), 0);
  ASSERT_EQ(post(make_video("a")).status, 201);
  ASSERT_EQ(post(make_video("a")).status, 200);
  ASSERT_EQ(put("b", json_text(make_video("b"))).status, 201);
  ASSERT_EQ(put("b", json_text(make_video("b", 2))).status, 200);
  EXPECT_EQ(count(), 2);
  ASSERT_EQ(call("DELETE", "/videos/a").status, 204);
  ASSERT_EQ(call("DELETE", "/videos/a").status, 404);
  EXPECT_EQ(count(), 1);
}

TEST_F(ApiRoutes, AnswerThatTheLibraryCannotBeOpened) {
  std::filesystem::create_directory(directory.path() + "/library.db");
  EXPECT_FALSE(library.open());
  const std::string body = json_text(make_video("a"));
  for (const auto& failed : {call("POST", "/videos", body), call("GET", "/videos/a"),
                             call("GET", "/videos/analysis/confusion-matrix")}) {
    EXPECT_EQ(failed.status, 503);
    EXPECT_EQ(code_of(failed), "storage_failed");
  }
  std::filesystem::remove(directory.path() + "/library.db");
  EXPECT_EQ(call("POST", "/videos", body).status, 201) << "it is tried again";
}

}  // namespace
}  // namespace reprise
