#include "tests/serve_support.hpp"

#include <chrono>
#include <sstream>

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

std::string line_of(std::int64_t time, const std::string& bits) {
  return "{\"time\": " + std::to_string(time) + ", \"bits\": \"" + bits + "\"}\n";
}

std::string bits_of(std::uint64_t seed) {
  std::string bits;
  std::uint64_t state = seed * 0x9e3779b97f4a7c15 + 1;
  while (bits.size() < 256) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    bits += "0123456789abcdef"[state >> 60];
  }
  return bits;
}

service_request push_of(const std::string& name, const std::string& lines) {
  return {.method = "POST",
          .target = "/channels/" + name + "/fingerprints",
          .body = lines,
          .content_type = "application/x-ndjson"};
}

double figure_of(const served_program& service, const std::string& name) {
  std::istringstream lines{service.get("/metrics").body};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name) && line.substr(name.size(), 1) == " ") {
      return std::stod(line.substr(name.size()));
    }
  }
  ADD_FAILURE() << "there is no " << name;
  return -1;
}

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace reprise
