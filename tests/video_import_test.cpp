// POST /videos/batch/csv in one process.
#include "tests/api_support.hpp"
#include "tests/video_support.hpp"

namespace reprise {
namespace {

class VideoImport : public ApiRoutes {
 protected:
  VideoImport() { EXPECT_TRUE(library.open()); }

  api_response import(const std::string& csv, const std::string& query = {},
                      const std::string& type = "text/csv") {
    return send(form_with(csv, type), query);
  }
  api_response send(const std::string& form, const std::string& query = {}) {
    return call("POST", "/videos/batch/csv" + query, form, {{"Content-Type", form_type}});
  }
  static json counts(int inserted, int present, int replaced, int skipped, json errors = {}) {
    if (errors.is_null()) errors = json::array();
    return {{"inserted", inserted}, {"present", present},       {"replaced", replaced},
            {"skipped", skipped},   {"refused", errors.size()}, {"errors", errors}};
  }
  static json refused(int line, const std::string& reason) {
    return {{"line", line}, {"reason", reason}};
  }
  // All counts of an answer, that of a problem too.
  json counts_of(const api_response& answer) {
    json body = json_of(answer);
    for (const char* other : {"type", "title", "status", "code", "detail", "request_id"}) {
      body.erase(other);
    }
    return body;
  }
  std::size_t stored() { return json_of(call("GET", "/videos?limit=1000"))["items"].size(); }
  std::string metrics() { return call("GET", "/metrics").body; }
  bool tells(const std::string& sample) {
    return metrics().find("\n" + sample + "\n") != std::string::npos;
  }

  std::vector<video> videos = make_videos(10);
  // Line 3 lacks a label, line 6 has a bad number.
  std::string spoilt() {
    std::string csv = csv_of(videos);
    csv.replace(csv.find(R"("v1","advert")"), 13, R"("v1","")");
    csv.replace(csv.find(R"("v4")"), 4, R"("v4!")");
    return csv;
  }
};

TEST_F(VideoImport, TakesAFileAndTakesItTwice) {
  const std::string csv = csv_of(videos);
  const auto first = import(csv);
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(json_of(first), counts(10, 0, 0, 0));
  for (const video& each : videos) {
    EXPECT_EQ(call("GET", "/videos/" + each.content_id).body, json_text(each));
  }
  const auto again = import(csv);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(json_of(again), counts(0, 10, 0, 0));
  EXPECT_TRUE(tells("reprise_library_imports_total{result=\"imported\"} 2"));
  EXPECT_TRUE(tells("reprise_library_import_rows_total{result=\"inserted\"} 10"));
  EXPECT_TRUE(tells("reprise_library_import_rows_total{result=\"present\"} 10"));
  EXPECT_TRUE(tells("reprise_library_import_bytes_total " + std::to_string(2 * csv.size())));
  EXPECT_TRUE(tells("reprise_library_import_seconds_count 2"));
}

TEST_F(VideoImport, ImportsNothingWhereARowIsBadAndSaysWhich) {
  const auto answer = import(spoilt());
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.content_type, "application/problem+json");
  EXPECT_EQ(code_of(answer), "rows_refused");
  EXPECT_EQ(json_of(answer)["detail"], "2 rows were refused; nothing was imported");
  const json counted = counts_of(answer);
  EXPECT_EQ(counted["refused"], 2);
  EXPECT_EQ(counted["inserted"], 0);
  ASSERT_EQ(counted["errors"].size(), 2u);
  EXPECT_EQ(counted["errors"][0]["line"], 3);
  EXPECT_EQ(counted["errors"][1]["line"], 6);
  EXPECT_NE(counted["errors"][1]["reason"], "");
  EXPECT_EQ(stored(), 0u);
  EXPECT_TRUE(tells("reprise_library_imports_total{result=\"refused\"} 1"));
  EXPECT_TRUE(tells("reprise_library_import_rows_total{result=\"refused\"} 2"));
}

TEST_F(VideoImport, ImportsTheGoodRowsWhereThatIsAskedFor) {
  const auto answer = import(spoilt(), "?mode=partial");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json_of(answer)["inserted"], 8);
  EXPECT_EQ(json_of(answer)["refused"], 2);
  EXPECT_EQ(json_of(answer)["errors"].size(), 2u);
  EXPECT_EQ(stored(), 8u);
}

TEST_F(VideoImport, TellsTheFirstHundredBadLinesAndTheirTotal) {
  std::string csv = "content_id,actual_label,predicted_label,feature_vector\n";
  for (int i = 0; i < 150; ++i) csv += "a,b,c,[]\n";
  const json body = json_of(import(csv));
  EXPECT_EQ(body["refused"], 150);
  ASSERT_EQ(body["errors"].size(), 100u);
  EXPECT_EQ(body["errors"][0]["line"], 2);
  EXPECT_EQ(body["errors"][99]["line"], 101);
}

// A gauge of the library at each piece of a body.
class gauging_body final : public request_body {
 public:
  gauging_body(std::string body, std::function<double()> gauge)
      : pieces_{std::move(body), 100'000}, gauge_{std::move(gauge)} {}
  net::awaitable<outcome<std::optional<std::string>>> next() override {
    greatest = std::max(greatest, gauge_());
    return pieces_.next();
  }

  double greatest = 0;

 private:
  body_in_pieces pieces_;
  std::function<double()> gauge_;
};

struct one_gauge final : metric_writer {
  explicit one_gauge(std::string_view wanted) : name{wanted} {}
  void counter(std::string_view, std::string_view, metric_labels, double) override {}
  void gauge(std::string_view told, std::string_view, metric_labels, double given) override {
    if (told == name) value = given;
  }
  void histogram(std::string_view, std::string_view, metric_labels,
                 const latency_histogram&) override {}
  std::string_view name;
  double value = -1;
};

TEST_F(VideoImport, IsCountedByWhatItHasOnTheDisk) {
  const auto staged = [this] {
    one_gauge found{"reprise_library_staged_bytes"};
    library.write_metrics(found);
    return found.value;
  };
  gauging_body body{form_with(csv_of(make_videos(1'000))), staged};
  api_request request;
  request.headers = {{"Content-Type", form_type}};
  const auto asked = std::find_if(table.begin(), table.end(), [](const route& each) {
    return each.pattern == "/videos/batch/csv";
  });
  EXPECT_EQ(run(asked->handle_body(std::move(request), body)).status, 200u);
  EXPECT_GT(body.greatest, 1'000'000);
  EXPECT_EQ(staged(), 0);
  one_gauge limit{"reprise_library_staged_bytes_limit"};
  library.write_metrics(limit);
  EXPECT_EQ(limit.value, 16.0 * 1'000 * 4'592);
}

// Each piece takes its time.
class slow_body final : public request_body {
 public:
  slow_body(std::string body, service_world& world, std::chrono::minutes each)
      : pieces_{std::move(body), 100'000}, world_{world}, each_{each} {}
  net::awaitable<outcome<std::optional<std::string>>> next() override {
    world_.run_for(each_);
    return pieces_.next();
  }

 private:
  body_in_pieces pieces_;
  service_world& world_;
  std::chrono::minutes each_;
};

// Else a few slow clients would hold all places for hours.
TEST_F(VideoImport, GivesAnUploadHalfAnHour) {
  const std::string form = form_with(csv_of(make_videos(60)));  // four pieces at least
  const route& asked = *std::find_if(table.begin(), table.end(), [](const route& each) {
    return each.pattern == "/videos/batch/csv";
  });
  for (const auto& [each, status] :
       {std::pair{std::chrono::minutes{11}, 408u}, std::pair{std::chrono::minutes{1}, 200u}}) {
    api_request request;
    request.headers = {{"Content-Type", form_type}};
    slow_body body{form, world, each};
    EXPECT_EQ(run(asked.handle_body(std::move(request), body)).status, status);
  }
  EXPECT_TRUE(tells("reprise_library_imports_total{result=\"aborted\"} 1"));
  EXPECT_TRUE(tells("reprise_library_uploads 0"));
}

TEST_F(VideoImport, RefusesMoreRowsThanOneFileMayHave) {
  std::string csv = "content_id,actual_label,predicted_label,feature_vector\n";
  for (int i = 0; i < 1'001; ++i) csv += "a,b,c,[]\n";
  const auto answer = import(csv, "?mode=partial");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(code_of(answer), "out_of_range");
  EXPECT_EQ(json_of(answer)["detail"],
            "line 1002: more than 1000 rows in one file: send it in parts");
  EXPECT_TRUE(tells("reprise_library_imports_total{result=\"refused\"} 1"));
}

TEST_F(VideoImport, TreatsConflictsAsItIsAsked) {
  ASSERT_EQ(import(csv_of(videos)).status, 200);
  std::vector<video> changed = videos;
  changed[2].actual_label = "trailer";
  const std::string csv = csv_of(changed);
  const auto error = import(csv);
  EXPECT_EQ(error.status, 422);
  EXPECT_EQ(json_of(error)["detail"], "1 row was refused; nothing was imported");
  EXPECT_EQ(
      counts_of(error),
      counts(0, 0, 0, 0,
             json::array({refused(4, "content_id v2 is there already with another content")})));
  EXPECT_EQ(import(csv, "?on_conflict=error").status, 422);
  EXPECT_EQ(json_of(import(csv, "?on_conflict=error&mode=partial"))["refused"], 1);
  EXPECT_EQ(json_of(import(csv, "?on_conflict=skip")), counts(0, 9, 0, 1));
  EXPECT_EQ(call("GET", "/videos/v2").body, json_text(videos[2]));
  EXPECT_EQ(json_of(import(csv, "?on_conflict=replace&mode=whole")), counts(0, 9, 1, 0));
  EXPECT_EQ(call("GET", "/videos/v2").body, json_text(changed[2]));
}

TEST_F(VideoImport, RefusesAFileThatIsNoneWithItsLine) {
  for (const auto& [csv, line] : std::initializer_list<std::pair<std::string, std::string>>{
           {"", "line 1: "},
           {"colour,size\nred,1\n", "line 1: "},
           {csv_of(videos) + "v11,\"never closed", "line 12: "}}) {
    const auto answer = import(csv, "?mode=partial");
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(code_of(answer), "data_malformed");
    EXPECT_TRUE(json_of(answer)["detail"].get<std::string>().starts_with(line)) << answer.body;
  }
  EXPECT_EQ(stored(), 0u);
}

TEST_F(VideoImport, RefusesCompressedFilesUnread) {
  for (const std::string mark :
       {"\x1f\x8b\x08", "PK\x03\x04", "\x28\xb5\x2f\xfd", "\xfd\x37zXZ", "BZh9"}) {
    const auto answer = import(mark + "rest");
    EXPECT_EQ(answer.status, 415);
    EXPECT_EQ(code_of(answer), "unsupported_media_type");
  }
  EXPECT_EQ(import("x", {}, "application/gzip").status, 415);
  EXPECT_EQ(import(csv_of(videos), {}, "application/vnd.ms-excel").status, 200);
}

TEST_F(VideoImport, RefusesFormsThatAreNone) {
  const auto named = send(form_with(csv_of(videos), "text/csv", "data"));
  EXPECT_EQ(named.status, 422);
  EXPECT_EQ(code_of(named), "invalid_field");
  std::string unclosed = form_with(csv_of(videos));
  unclosed.resize(unclosed.size() - 6);
  EXPECT_EQ(code_of(send(unclosed)), "bad_multipart");
  EXPECT_EQ(field_of(import("", "?mode=half")), "mode");
  EXPECT_EQ(field_of(import("", "?on_conflict=panic")), "on_conflict");
  EXPECT_EQ(stored(), 0u);
}

TEST_F(VideoImport, LeavesNothingWhereItBreaksOff) {
  const std::string form = form_with(csv_of(videos));
  const route* import_route = nullptr;
  for (const route& each : table) {
    if (each.pattern == "/videos/batch/csv") import_route = &each;
  }
  ASSERT_NE(import_route, nullptr);
  for (std::size_t tenth = 0; tenth < 10; ++tenth) {
    api_request request{.headers = {{"Content-Type", form_type}}, .request_id = "id-1"};
    body_in_pieces body{form, 700};
    body.break_off_at(form.size() * (10 - tenth) / 10);
    const auto answer = run(import_route->handle_body(std::move(request), body));
    EXPECT_EQ(answer.status, 422) << answer.body;
  }
  EXPECT_EQ(stored(), 0u);
  EXPECT_TRUE(tells("reprise_library_imports_total{result=\"aborted\"} 10"));
}

TEST_F(VideoImport, TakesSixteenAtOnceAndTurnsAwayTheNext) {
  std::vector<library_desk::upload_place> places;
  for (std::size_t i = 0; i < library_desk::uploads_max; ++i) {
    places.push_back(std::move(library.take_place().value()));
  }
  EXPECT_TRUE(tells("reprise_library_uploads 16"));
  EXPECT_TRUE(tells("reprise_library_uploads_limit 16"));
  const auto refused = import(csv_of(videos));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(code_of(refused), "overloaded");
  places.pop_back();
  EXPECT_EQ(import(csv_of(videos)).status, 200);
  EXPECT_TRUE(tells("reprise_library_uploads 15"));
}

TEST_F(VideoImport, ImportsNothingWhenTheServiceStops) {
  library.cancel();
  EXPECT_EQ(code_of(import(csv_of(videos))), "stopping");
  EXPECT_EQ(stored(), 0u);
}

}  // namespace
}  // namespace reprise
