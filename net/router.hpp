// The table of routes: which of them answers a request, or why none does.
//
// Shapes   a pattern is "/channels/{name}/fingerprints"; a literal segment goes before a {name}.
//          HEAD is answered by the route of GET, unless that makes something
// Errors   403, 404, 405 with Allow, 401, 503 loading, 415, in this order, from the head alone:
//          nobody's body is read in vain. Asserted: no two routes have one method and pattern, and
//          each has one handler
// Threads  the API's executor
// Owns     the routes
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "net/api_types.hpp"
#include "net/http_request_head.hpp"

namespace reprise {

enum class key_verdict { good, missing, bad };

// What is asked of the service for each request. Without any key in the service `check_key` finds
// every request good: it listens on loopback only.
struct api_gate {
  std::function<key_verdict(api_request&)> check_key;
  std::function<bool()> ready;  // the history is loaded
  // No key is asked for: only the machine's own names may be asked for then. A web page whose name
  // was made to mean this machine (DNS rebinding) sends its own. And a WebSocket, which a browser
  // opens across origins unasked, is for pages of this service alone.
  std::function<bool()> keyless = [] { return false; };
};

class router {
 public:
  router(std::vector<route> routes, api_gate gate);

  struct decision {
    const route* chosen = nullptr;
    api_response refusal;  // without one
  };
  // `request` has all but its body; it gets the parameters of the pattern.
  [[nodiscard]] decision decide(const request_head& head, api_request& request) const;

 private:
  struct entry {
    route answers;
    std::vector<std::string_view> segments;
  };

  [[nodiscard]] decision find(const request_head& head, api_request& request) const;

  std::vector<entry> entries_;
  api_gate gate_;
};

}  // namespace reprise
