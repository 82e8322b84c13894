// The description of the interface against the table of routes, both ways.
#include "net/openapi.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "host/report_text.hpp"
#include "net/route_values.hpp"
#include "tests/api_support.hpp"
#include "tests/event_schema.hpp"

namespace reprise {
namespace {

using nlohmann::json;

const json& description() {
  static const json parsed = json::parse(openapi_text());
  return parsed;
}

void each_ref(const json& in, const std::function<void(const std::string&)>& visit) {
  if (in.is_object() && in.contains("$ref")) visit(in["$ref"]);
  if (!in.is_structured()) return;
  for (const json& each : in) each_ref(each, visit);
}

TEST_F(ApiRoutes, StandInTheDescriptionAndNoOthersDo) {
  std::set<std::string> routed, described;
  for (const route& each : table) {
    std::string method{each.method};
    std::transform(method.begin(), method.end(), method.begin(),
                   [](char c) { return static_cast<char>(c - 'A' + 'a'); });
    routed.insert(method + " " + std::string{each.pattern});
  }
  for (const auto& path : description()["paths"].items()) {
    for (const auto& method : path.value().items()) {
      described.insert(method.key() + " " + path.key());
    }
  }
  EXPECT_EQ(routed, described);
  EXPECT_EQ(routed.size(), table.size());
}

TEST_F(ApiRoutes, TakeTheBodiesThatTheDescriptionSays) {
  for (const route& each : table) {
    std::string method{each.method};
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    const json& operation = description()["paths"][std::string{each.pattern}][method];
    std::set<std::string> taken, described;
    for (const auto type : each.content_types) taken.insert(std::string{type});
    const json body = operation.value("requestBody", json::object());
    const json content = body.value("content", json::object());
    for (const auto& type : content.items()) {
      described.insert(type.key());
    }
    // A route that takes a body of any type lists none.
    if (taken.empty() && each.body_bytes_max > 0) taken.insert("*/*");
    EXPECT_EQ(taken, described) << each.method << each.pattern;
    EXPECT_EQ(each.body_bytes_max > 0, !described.empty()) << each.method << each.pattern;
    EXPECT_EQ(each.access == route_access::open, operation.contains("security")) << each.pattern;
  }
}

// Each parameter that any operation has is sent to all of them, with a value that none takes: where
// it is read it is refused by its name.
TEST_F(ApiRoutes, ReadTheQueryThatTheDescriptionSays) {
  const auto resolved = [](const json& parameter) -> const json& {
    if (!parameter.contains("$ref")) return parameter;
    return description()[json::json_pointer{parameter["$ref"].get<std::string>().substr(1)}];
  };
  std::set<std::string> all;
  std::map<std::pair<std::string, std::string>, std::set<std::string>> described;
  for (const auto& path : description()["paths"].items()) {
    for (const auto& method : path.value().items()) {
      for (const json& each : method.value().value("parameters", json::array())) {
        const json& parameter = resolved(each);
        // These take any; a cursor is the store's to judge.
        if (parameter["name"] == "verbose" || parameter["name"] == "client_name") continue;
        if (parameter["name"] == "cursor") continue;
        if (parameter["in"] != "query") continue;
        described[{path.key(), method.key()}].insert(parameter["name"]);
        all.insert(parameter["name"]);
      }
    }
  }
  EXPECT_EQ(all.size(), 16u);
  for (const route& each : table) {
    std::string method{each.method}, path{each.pattern};
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    const std::set<std::string> expected = described[{path, method}];
    if (const auto at = path.find("{name}"); at != path.npos) path.replace(at, 6, "a");
    if (const auto at = path.find("{content_id}"); at != path.npos) path.replace(at, 12, "a");
    if (const auto at = path.find("{uuid}"); at != path.npos) path.replace(at, 6, "a");
    if (const auto at = path.find("{id}"); at != path.npos) path.replace(at, 4, "1");
    if (each.converse) continue;  // reads none
    for (const std::string& name : all) {
      // A page of channels has no times: they are judged with the rest, and not used.
      if (each.pattern == "/channels" && (name == "from" || name == "to")) continue;
      world.put("a", {});
      const auto answer = call(std::string{each.method}, path + "?" + name + "=\x01");
      const bool read = answer.status == 422 && field_of(answer) == name;
      EXPECT_EQ(read, expected.contains(name)) << each.method << " " << path << " " << name;
    }
  }
}

// Those of deliveries and moving averages: where they are told.
TEST(Openapi, SaysWhatTheDataOfEachEventIs) {
  const std::vector<stored_match> best{{.time = 1, .score = 1}};
  expect_described_event("tick", tick_event("a", 2, 1, gap_reason::none));
  expect_described_event("tick", tick_event("a", 2, 0, gap_reason::timeout));
  expect_described_event("match", match_event("a", 2, best, rule{}));
  for (const repeat_kind kind : {repeat_kind::ordinary, repeat_kind::still}) {
    const repeat told{.kind = kind, .start = 5, .end = 9, .lag_seconds = 3, .score = 1};
    expect_described_event("repeat_opened", repeat_event("a", told, rule{}));
    expect_described_event("repeat_closed", repeat_event("a", told, rule{}));
  }
  channel_book book;
  channel_entry& entry = book.add(1, "a", {}, 0);
  expect_described_event("channel", channel_event(entry));
  entry.still_since = 5;
  expect_described_event("channel", channel_event(entry));
}

TEST(Openapi, SaysWhatEveryOperationAnswersWhenItFails) {
  for (const json& path : description()["paths"]) {
    for (const json& operation : path) {
      EXPECT_EQ(operation["responses"]["default"]["$ref"], "#/components/responses/problem");
    }
  }
}

TEST(Openapi, RefersOnlyToWhatIsThere) {
  int refs = 0;
  each_ref(description(), [&](const std::string& ref) {
    ++refs;
    ASSERT_TRUE(ref.starts_with("#/"));
    EXPECT_TRUE(description().contains(json::json_pointer{ref.substr(1)})) << ref;
  });
  EXPECT_GT(refs, 100);
}

TEST(Openapi, NamesEveryCodeOfAProblem) {
  const json& codes =
      description()["components"]["schemas"]["problem"]["properties"]["code"]["enum"];
  const auto has = [&](const std::string& code) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
  };
  for (int i = 1; i <= static_cast<int>(errc::data_insufficient); ++i) {
    const auto made = problem_of({static_cast<errc>(i), "text"}, "id");
    EXPECT_TRUE(has(json::parse(made.body)["code"])) << made.body;
  }
  for (std::size_t i = 1; i < gap_reasons; ++i) {
    EXPECT_TRUE(has(std::string{to_string(static_cast<gap_reason>(i))}));
  }
  for (const char* code : {"not_acceptable", "has_gaps", "bad_multipart", "upgrade_required",
                           "rows_refused", "session_unknown", "session_full", "no_face",
                           "too_many_faces", "picture_invalid", "encoder_failed", "encoder_late"})
    EXPECT_TRUE(has(code)) << code;
}

TEST(Paging, TakesACursorOfNobodysForTheRequestsFault) {
  const failure made = as_paging_fault({errc::usage, "no cursor of ours"});
  EXPECT_EQ(made.code, errc::field_invalid);
  EXPECT_EQ(made.field, "cursor");
  EXPECT_EQ(as_paging_fault({errc::io_failed, "x"}).code, errc::io_failed);
}

}  // namespace
}  // namespace reprise
