#include "net/router.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace reprise {
namespace {

struct asked_host {
  const char* host;
  bool taken;
};

class RouterWithoutKeys : public testing::TestWithParam<asked_host> {
 protected:
  unsigned status_of(bool keyless, const char* host) const {
    route open;
    open.method = "GET";
    open.pattern = "/livez";
    open.access = route_access::open;
    open.while_loading = true;
    open.handle = [](api_request) -> net::awaitable<api_response> { co_return api_response{}; };
    const router routes{{open}, {.check_key = {}, .ready = {}, .keyless = [=] { return keyless; }}};
    request_head head;
    head.method = "GET";
    head.segments = {"livez"};
    api_request request;
    request.headers = {{"host", host}};
    const router::decision decided = routes.decide(head, request);
    if (decided.chosen != nullptr) return 200;
    EXPECT_EQ(nlohmann::json::parse(decided.refusal.body)["code"], "forbidden");
    return decided.refusal.status;
  }
};

// A web page of another name that was made to mean this machine is nobody's client.
TEST_P(RouterWithoutKeys, AnswersUnderTheMachinesOwnNamesAlone) {
  EXPECT_EQ(status_of(true, GetParam().host), GetParam().taken ? 200u : 403u);
  EXPECT_EQ(status_of(false, GetParam().host), 200u);
}

INSTANTIATE_TEST_SUITE_P(
    Hosts, RouterWithoutKeys,
    testing::Values(asked_host{"localhost", true}, asked_host{"LOCALHOST:8080", true},
                    asked_host{"127.0.0.1", true}, asked_host{"127.1.2.3:80", true},
                    asked_host{"[::1]:8080", true}, asked_host{"[::1]", true},
                    asked_host{"evil.example", false}, asked_host{"evil.example:8080", false},
                    asked_host{"localhost.evil.example", false}, asked_host{"10.0.0.1", false},
                    asked_host{"127.0.0.1.evil.example", false}, asked_host{"[::2]", false},
                    asked_host{"[localhost]", false}, asked_host{"::1", false},
                    asked_host{"[127.0.0.1]", false}, asked_host{"", false}));

// A WebSocket is opened by a page of any origin, and no browser asks the service first.
TEST(RouterOfWebSockets, OpensWebSocketsToPagesOfItsOwnAlone) {
  const auto status_of = [](bool keyless, std::vector<header_field> fields) {
    route talk;
    talk.method = "GET";
    talk.pattern = "/talk";
    talk.access = route_access::open;
    talk.while_loading = true;
    talk.converse = [](api_request, web_socket&) -> net::awaitable<void> { co_return; };
    const router routes{{talk}, {.check_key = {}, .ready = {}, .keyless = [=] { return keyless; }}};
    request_head head;
    head.method = "GET";
    head.segments = {"talk"};
    api_request request;
    request.headers = std::move(fields);
    request.headers.push_back({"Host", "localhost:8080"});
    const router::decision decided = routes.decide(head, request);
    return decided.chosen != nullptr ? 200u : decided.refusal.status;
  };
  EXPECT_EQ(status_of(true, {}), 200u);
  EXPECT_EQ(status_of(true, {{"Origin", "http://localhost:8080"}}), 200u);
  EXPECT_EQ(status_of(true, {{"Origin", "https://LOCALHOST:8080"}}), 200u);
  for (const char* other : {"http://localhost:3000", "http://localhost", "http://evil.example",
                            "null", "", "file://localhost:8080"}) {
    EXPECT_EQ(status_of(true, {{"origin", other}}), 403u) << other;
    EXPECT_EQ(status_of(false, {{"origin", other}}), 200u) << other;
  }
  EXPECT_EQ(status_of(true, {{"Origin", "http://localhost:8080"}, {"Origin", "http://evil"}}),
            403u);
}

}  // namespace
}  // namespace reprise
