#include "net/api_types.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace reprise {
namespace {

using nlohmann::json;

TEST(Problem, HasTheMembersOfRfc9457) {
  const api_response made = problem(422, "out_of_range", "too great", "/top_k", "ab12");
  EXPECT_EQ(made.status, 422u);
  EXPECT_EQ(made.content_type, "application/problem+json");
  EXPECT_EQ(made.body,
            R"({"type":"about:blank","title":"Unprocessable Content","status":422,)"
            R"("code":"out_of_range","detail":"too great","field":"/top_k","request_id":"ab12"})");
}

TEST(Problem, HasAFieldOnlyWhereThereIsOne) {
  EXPECT_FALSE(json::parse(problem(404, "not_found", "", "", "x").body).contains("field"));
}

TEST(Problem, StaysJsonWhateverItTells) {
  const api_response made = problem(400, "bad_request", "\xff\"\n", "/\xc0", "x");
  EXPECT_TRUE(json::accept(made.body));
}

struct mapped {
  errc code;
  unsigned status;
  const char* word;
};

class ProblemOf : public testing::TestWithParam<mapped> {};

TEST_P(ProblemOf, HasTheStatusAndTheCode) {
  const api_response made = problem_of({GetParam().code, "text", "/f"}, "x");
  EXPECT_EQ(made.status, GetParam().status);
  EXPECT_EQ(json::parse(made.body)["code"], GetParam().word);
  EXPECT_EQ(json::parse(made.body)["field"], "/f");
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ProblemOf,
    testing::Values(mapped{errc::not_found, 404, "not_found"},
                    mapped{errc::channel_unknown, 404, "not_found"},
                    mapped{errc::json_malformed, 400, "json_syntax"},
                    mapped{errc::field_invalid, 422, "invalid_field"},
                    mapped{errc::out_of_range, 422, "out_of_range"},
                    mapped{errc::parameter_out_of_range, 422, "out_of_range"},
                    mapped{errc::url_invalid, 422, "url_invalid"},
                    mapped{errc::url_blocked, 422, "url_blocked"},
                    mapped{errc::fingerprint_malformed, 422, "fingerprint_malformed"},
                    mapped{errc::data_insufficient, 422, "data_insufficient"},
                    mapped{errc::helper_missing, 501, "helper_missing"},
                    mapped{errc::data_conflict, 409, "data_conflict"},
                    mapped{errc::overloaded, 503, "overloaded"},
                    mapped{errc::loading, 503, "loading"}, mapped{errc::stopping, 503, "stopping"},
                    mapped{errc::storage_full, 507, "disk_full"},
                    mapped{errc::io_failed, 503, "storage_failed"},
                    mapped{errc::storage_lost, 503, "storage_failed"},
                    mapped{errc::host_memory, 503, "capacity_exhausted"},
                    mapped{errc::device_lost, 500, "internal"}));

TEST(ProblemOf, KeepsInnerTextToItself) {
  for (const errc code :
       {errc::io_failed, errc::helper_failed, errc::helper_missing, errc::device_lost}) {
    EXPECT_EQ(problem_of({code, "/var/inner"}, "x").body.find("inner"), std::string::npos);
  }
}

TEST(ProblemOf, TellsWhenToTryAgain) {
  EXPECT_EQ(problem_of({errc::overloaded, ""}, "x").headers,
            (std::vector<header_field>{{"Retry-After", "1"}}));
}

TEST(ApiRequest, FindsHeadersWhateverTheirCase) {
  api_request request;
  request.headers = {{"X-One", "1"}};
  request.query = {{"a", "2"}, {"a", "3"}};
  request.parameters = {{"name", "bbc1"}};
  EXPECT_EQ(*request.header("x-oNE"), "1");
  EXPECT_EQ(request.header("x-two"), nullptr);
  EXPECT_EQ(*request.asked("a"), "2");
  EXPECT_EQ(request.asked("A"), nullptr);
  EXPECT_EQ(*request.parameter("name"), "bbc1");
}

}  // namespace
}  // namespace reprise
