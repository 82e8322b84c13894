// What the routes share: parameters of a path and a query, and the JSON of their answers.
//
// Shapes   from and to may be any whole numbers: those beyond 64 bits count as the nearest that
//          fit. limit 1 to page_limit_max
// Errors   field_invalid and out_of_range, with the parameter's name as their field
// Threads  pure
// Source   HTTP, docs/design.md
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/failure.hpp"
#include "host/json_text.hpp"
#include "host/store/state_store.hpp"
#include "net/api_types.hpp"

namespace reprise {

inline constexpr std::uint32_t page_limit_max = 1'000;

[[nodiscard]] outcome<std::optional<std::int64_t>> integer_asked(const api_request& request,
                                                                 std::string_view name);
// From 1 to page_limit_max; 100 where none is asked for.
[[nodiscard]] outcome<std::uint32_t> limit_asked(const api_request& request);
[[nodiscard]] outcome<page_request> page_asked(const api_request& request);
// {name} of the path.
[[nodiscard]] outcome<std::string> channel_asked(const api_request& request);

// What a store says of a cursor that is none of its own, as the request's fault.
[[nodiscard]] failure as_paging_fault(failure failed);

// A route that a member function of `of` answers. What more there is to say of it is said behind.
template <typename Routes>
route& add_route(std::vector<route>& table, std::string_view method, std::string_view pattern,
                 const std::shared_ptr<Routes>& of,
                 net::awaitable<api_response> (Routes::*member)(api_request)) {
  route& added = table.emplace_back();
  added.method = method;
  added.pattern = pattern;
  added.handle = [of, member](api_request request) {
    return (of.get()->*member)(std::move(request));
  };
  return added;
}

[[nodiscard]] api_response json_answer(unsigned status, std::string body);

void append_json_number(std::string& out, const std::optional<std::int64_t>& number);  // or null

// {"items":[...],"next":...}: begin, then next_item() before each, then finish.
class page_text {
 public:
  [[nodiscard]] std::string& next_item();
  [[nodiscard]] std::string finish(const std::optional<std::string>& next);

 private:
  std::string text_ = "{\"items\":[";
  bool first_ = true;
};

}  // namespace reprise
