#include "tests/serve_support.hpp"

#include <chrono>

namespace reprise {

using json = nlohmann::json;

void expect_problem(const raw_answer& answer, int status, const std::string& code,
                    const std::string& field) {
  SCOPED_TRACE(answer.body);
  EXPECT_EQ(answer.status, status);
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  const json body = json_of(answer);
  ASSERT_TRUE(body.is_object());
  EXPECT_EQ(body.value("type", ""), "about:blank");
  EXPECT_NE(body.value("title", ""), "");
  EXPECT_EQ(body.value("status", 0), status);
  EXPECT_EQ(body.value("code", ""), code);
  EXPECT_NE(body.value("detail", ""), "");
  EXPECT_EQ(body.value("field", ""), field);
  EXPECT_EQ(body.value("request_id", ""), answer.header("x-request-id"));
  EXPECT_NE(answer.header("x-request-id"), "");
}

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace reprise
