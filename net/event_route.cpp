#include "net/event_route.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "host/channel_name.hpp"
#include "net/route_values.hpp"

namespace reprise {
namespace {

constexpr std::array<std::string_view, 8> kinds = {
    "tick",    "match",    "repeat_opened",  "repeat_closed",
    "channel", "delivery", "moving_average", "prediction",
};

std::vector<std::string> words_asked(const api_request& request, std::string_view name) {
  std::vector<std::string> words;
  for (const auto& [key, value] : request.query) {
    if (key != name) continue;
    for (std::size_t begin = 0; begin <= value.size();) {
      const std::size_t end = std::min(value.find(',', begin), value.size());
      words.push_back(value.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return words;
}

outcome<event_filter> filter_asked(const api_request& request) {
  event_filter asked{words_asked(request, "channel"), words_asked(request, "kind")};
  if (asked.channels.size() > event_filter_words_max ||
      asked.kinds.size() > event_filter_words_max) {
    return failure{errc::out_of_range, "at most 64 words may be asked for", "channel"};
  }
  if (!std::all_of(asked.channels.begin(), asked.channels.end(), is_channel_name)) {
    return failure{errc::field_invalid,
                   "a channel's name must be " + std::string{channel_name_expected}, "channel"};
  }
  for (const std::string& kind : asked.kinds) {
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) continue;
    return failure{errc::field_invalid,
                   "kind must be tick, match, repeat_opened, repeat_closed, channel, delivery, "
                   "moving_average or prediction",
                   "kind"};
  }
  return asked;
}

class event_route {
 public:
  explicit event_route(const api_parts& parts) : parts_{parts} {}

  net::awaitable<api_response> watch(api_request request) {
    auto filter = filter_asked(request);
    if (!filter) co_return problem_of(filter.error(), request.request_id);
    auto stream = parts_.events.subscribe(std::move(*filter), parts_.core);
    if (!stream) co_return problem_of(stream.error(), request.request_id);
    api_response answer;
    answer.content_type = "text/event-stream";
    answer.stream = std::move(*stream);
    co_return answer;
  }

 private:
  const api_parts& parts_;
};

}  // namespace

void add_event_route(std::vector<route>& table, const api_parts& parts) {
  const auto made = std::make_shared<event_route>(parts);
  add_route(table, "GET", "/events", made, &event_route::watch);
}

}  // namespace reprise
