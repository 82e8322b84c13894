#include "net/openapi.hpp"

#include <string>

#include "net/openapi_text.hpp"  // made by CMake from net/openapi.json

namespace reprise {

std::string_view openapi_text() noexcept {
  return {embedded::openapi_text, sizeof embedded::openapi_text};
}

void add_openapi_route(std::vector<route>& table) {
  route& added = table.emplace_back();
  added.method = "GET";
  added.pattern = "/openapi.json";
  added.while_loading = true;
  added.handle = [](api_request) -> net::awaitable<api_response> {
    api_response answer;
    answer.body = openapi_text();
    co_return answer;
  };
}

}  // namespace reprise
