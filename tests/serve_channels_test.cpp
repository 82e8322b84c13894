// Channels of the real service: made, shown, changed, listed and removed over HTTP.
#include <algorithm>

#include "tests/serve_support.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

class ServeChannels : public OneService {};

const json all_settings = {
    {"source_url", "http://127.0.0.1:9/a"},
    {"reporting_url", "http://127.0.0.1:9/b"},
    {"threshold", 12.5},
    {"enabled", false},
    {"still", "skip"},
    {"min_lag_seconds", 3},
    {"window_seconds", 7200},
    {"top_k", 7},
    {"report_empty", true},
    {"source_headers", {{"X-Key", "abc"}}},
    {"reporting_headers", {{"Authorization", "Bearer abc"}}},
};

TEST_F(ServeChannels, AreMadeWith201AndReplacedWith200) {
  const raw_answer made = service().put("/channels/made", all_settings);
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("location"), "/channels/made");
  EXPECT_EQ(made.header("content-type"), "application/json");
  EXPECT_NE(made.header("x-request-id"), "");
  const json shown = json_of(made);
  for (const auto& [key, value] : all_settings.items()) {
    if (key.ends_with("_headers")) {
      EXPECT_FALSE(shown.contains(key)) << "write-only";
    } else {
      EXPECT_EQ(shown[key], value) << key;
    }
  }
  EXPECT_FALSE(shown.contains("similarity"));
  const raw_answer replaced = service().put("/channels/made", json::object());
  EXPECT_EQ(replaced.status, 200);
  EXPECT_EQ(replaced.header("location"), "");
  EXPECT_EQ(json_of(replaced)["enabled"], true);
  EXPECT_EQ(json_of(replaced)["source_url"], nullptr);
}

TEST_F(ServeChannels, ShowTheDefaultsAndTheirState) {
  const std::int64_t before = now_seconds();
  ASSERT_EQ(service().put("/channels/plain", json::object()).status, 201);
  json shown = service().read("/channels/plain");
  const std::int64_t created = shown["created_at"];
  EXPECT_GE(created, before);
  EXPECT_LE(created, now_seconds());
  shown.erase("created_at");
  EXPECT_TRUE(shown["engine"] == "cpu" || shown["engine"] == "cuda:0") << shown["engine"];
  shown.erase("engine");
  EXPECT_EQ(shown, (json{{"name", "plain"},
                         {"source_url", nullptr},
                         {"reporting_url", nullptr},
                         {"similarity", 0.8},
                         {"enabled", true},
                         {"still", "match"},
                         {"min_lag_seconds", 1},
                         {"window_seconds", 86'400},
                         {"top_k", 10},
                         {"report_empty", false},
                         {"state", "pending"},
                         {"last_error", nullptr},
                         {"circuit", "closed"},
                         {"last_time", nullptr},
                         {"searchable_seconds", 0},
                         {"gaps", json::object()},
                         {"durable_through", nullptr},
                         {"integrity", "ok"},
                         {"still_since", nullptr}}));
}

TEST_F(ServeChannels, ArePatchedAsRfc7396Says) {
  ASSERT_EQ(service().put("/channels/patched", all_settings).status, 201);
  const auto patch = [&](const std::string& body, const std::string& type) {
    return service().ask(
        {.method = "PATCH", .target = "/channels/patched", .body = body, .content_type = type});
  };
  const raw_answer changed =
      patch(R"({"threshold":null,"similarity":0.5,"top_k":null})", "application/merge-patch+json");
  EXPECT_EQ(changed.status, 200) << changed.body;
  const json shown = json_of(changed);
  EXPECT_EQ(shown["similarity"], 0.5);
  EXPECT_FALSE(shown.contains("threshold"));
  EXPECT_EQ(shown["top_k"], 10);
  EXPECT_EQ(shown["window_seconds"], 7200) << "not in the patch";
  EXPECT_EQ(service().read("/channels/patched"), shown);
  expect_problem(patch(R"({"top_k":0})", "application/json"), 422, "out_of_range", "/top_k");
  expect_problem(patch(R"({"topk":1})", "application/json"), 422, "invalid_field", "/topk");
  expect_problem(patch("{}", "text/plain"), 415, "unsupported_media_type");
  EXPECT_EQ(service().read("/channels/patched"), shown);
}

TEST_F(ServeChannels, AreGoneWhenTheyAreDeleted) {
  ASSERT_EQ(service().put("/channels/brief", json::object()).status, 201);
  const raw_answer deleted = service().ask({.method = "DELETE", .target = "/channels/brief"});
  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(deleted.body, "");
  expect_problem(service().get("/channels/brief"), 404, "not_found");
  expect_problem(service().ask({.method = "DELETE", .target = "/channels/brief"}), 404,
                 "not_found");
}

TEST_F(ServeChannels, AreListedByNamePageByPage) {
  for (const char* name : {"list-c", "list-a", "list-b"}) {
    ASSERT_EQ(service().put(std::string{"/channels/"} + name, json::object()).status, 201);
  }
  std::vector<std::string> names;
  std::string target = "/channels?limit=2";
  for (int pages = 0; pages < 100; ++pages) {
    const json page = service().read(target);
    EXPECT_LE(page["items"].size(), 2u);
    for (const json& each : page["items"]) names.push_back(each["name"]);
    if (page["next"].is_null()) break;
    target = "/channels?limit=2&cursor=" + page["next"].get<std::string>();
  }
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  for (const char* name : {"list-a", "list-b", "list-c"}) {
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  }
  for (const char* limit : {"0", "1001", "-1", "99999999999999999999"}) {
    expect_problem(service().get(std::string{"/channels?limit="} + limit), 422, "out_of_range",
                   "limit");
  }
  expect_problem(service().get("/channels?limit=x"), 422, "invalid_field", "limit");
  expect_problem(service().get("/channels?cursor=%2F"), 422, "invalid_field", "cursor");
}

TEST_F(ServeChannels, HaveNoOtherNamesThanThePatternAllows) {
  const std::string longest = "a" + std::string(63, '-');
  EXPECT_EQ(service().put("/channels/" + longest, json::object()).status, 201);
  for (const std::string& bad :
       {longest + "b", std::string{".hidden"}, std::string{"-a"}, std::string{"a%20b"},
        std::string{"%C3%A4"}, std::string{"a:b"}, std::string{"..%5C.."}}) {
    expect_problem(service().put("/channels/" + bad, json::object()), 422, "invalid_field", "name");
    expect_problem(service().get("/channels/" + bad), 422, "invalid_field", "name");
  }
  // What would be another path is none.
  EXPECT_EQ(service().put("/channels/..%2Fx", json::object()).status, 400);
}

TEST_F(ServeChannels, AreUnknownUntilTheyAreMade) {
  for (const char* of : {"", "/fingerprints", "/matches", "/repeats"}) {
    expect_problem(service().get(std::string{"/channels/nobody"} + of), 404, "not_found");
  }
  expect_problem(service().ask({.method = "PATCH", .target = "/channels/nobody", .body = "{}"}),
                 404, "not_found");
  expect_problem(service().ask({.method = "POST",
                                .target = "/channels/nobody/fingerprints",
                                .body = "{}",
                                .content_type = "application/x-ndjson"}),
                 404, "not_found");
}

TEST_F(ServeChannels, RefuseWhatIsNoSettingWithItsPointer) {
  struct bad_body {
    const char* body;
    const char* code;
    const char* field;
  };
  for (const auto& [body, code, field] : std::initializer_list<bad_body>{
           {R"([])", "invalid_field", ""},
           {R"("x")", "invalid_field", ""},
           {R"({"nope":1})", "invalid_field", "/nope"},
           {R"({"a/b~c":1})", "invalid_field", "/a~1b~0c"},
           {R"({"enabled":"yes"})", "invalid_field", "/enabled"},
           {R"({"enabled":null})", "invalid_field", "/enabled"},
           {R"({"still":"maybe"})", "invalid_field", "/still"},
           {R"({"top_k":"3"})", "invalid_field", "/top_k"},
           {R"({"top_k":0})", "out_of_range", "/top_k"},
           {R"({"top_k":101})", "out_of_range", "/top_k"},
           {R"({"top_k":2.5})", "out_of_range", "/top_k"},
           {R"({"top_k":-1})", "out_of_range", "/top_k"},
           {R"({"top_k":18446744073709551616})", "out_of_range", "/top_k"},
           {R"({"top_k":9223372036854775808})", "out_of_range", "/top_k"},
           {R"({"window_seconds":604801})", "out_of_range", "/window_seconds"},
           {R"({"min_lag_seconds":86401})", "out_of_range", "/min_lag_seconds"},
           {R"({"threshold":-1})", "out_of_range", "/threshold"},
           {R"({"threshold":1e999})", "out_of_range", "/threshold"},
           {R"({"threshold":-1e999})", "out_of_range", "/threshold"},
           {R"({"similarity":0})", "out_of_range", "/similarity"},
           {R"({"similarity":1.0000001})", "out_of_range", "/similarity"},
           {R"({"similarity":0.5,"threshold":1})", "invalid_field", "/similarity"},
           {R"({"source_headers":{"Host":"a"}})", "invalid_field", "/source_headers"},
           {R"({"source_headers":{"A b":"a"}})", "invalid_field", "/source_headers"},
           {R"({"source_headers":{"A":"a\r\nB: c"}})", "invalid_field", "/source_headers"},
           {R"({"source_headers":{"A":1}})", "invalid_field", "/source_headers/A"},
       }) {
    SCOPED_TRACE(body);
    expect_problem(service().ask({.method = "PUT", .target = "/channels/bad", .body = body}), 422,
                   code, field);
  }
  EXPECT_EQ(service().get("/channels/bad").status, 404) << "nothing was made";
}

}  // namespace
}  // namespace reprise
