#include "net/moving_average_route.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "host/moving_average/average_row.hpp"
#include "host/moving_average/event_lines.hpp"
#include "host/store/state_codec.hpp"
#include "host/utf8.hpp"
#include "net/route_values.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

constexpr char averages_list = 'w';
constexpr std::chrono::minutes span_default{60};
// What dates can be written.
constexpr event_minute earliest = std::chrono::sys_days{1y / 1 / 1};
constexpr event_minute latest = std::chrono::sys_days{9999y / 12 / 31} + 23h + 59min;

static_assert(page_limit_max <= averages_read_max);

struct averages_asked {
  std::uint32_t window_minutes = 0;
  event_minute from, to;
  std::string client;
  std::uint32_t limit = 0;
};

outcome<std::optional<event_time>> moment_asked(const api_request& request, std::string_view name) {
  if (const auto seconds = integer_asked(request, name)) {
    if (!*seconds) return std::optional<event_time>{};
    const std::chrono::seconds since{std::clamp<std::int64_t>(
        **seconds, std::chrono::seconds{earliest.time_since_epoch()}.count(),
        std::chrono::seconds{latest.time_since_epoch()}.count())};
    return std::optional{event_time{since}};
  }
  const std::string& text = *request.asked(name);
  for (const char* seconds : {"", ":00"}) {
    if (const auto time = parse_event_time(text + seconds)) return std::optional{*time};
  }
  return failure{errc::field_invalid,
                 std::string{name} + " must be UNIX seconds or YYYY-MM-DD HH:MM:SS",
                 std::string{name}};
}

outcome<std::uint32_t> window_asked(const api_request& request, std::uint32_t otherwise) {
  const auto asked = integer_asked(request, "window_size");
  if (!asked) return asked.error();
  const std::int64_t window = asked->value_or(otherwise);
  if (window < 1 || window > window_minutes_max) {
    return failure{errc::out_of_range, "window_size must be from 1 to 525600, in minutes",
                   "window_size"};
  }
  return static_cast<std::uint32_t>(window);
}

// The date to begin with, where the page is a later one.
outcome<event_minute> begin_asked(const api_request& request, event_minute otherwise) {
  const std::string* cursor = request.asked("cursor");
  if (cursor == nullptr) return otherwise;
  std::array<std::int64_t, 1> minute{};
  if (!decode_cursor(averages_list, *cursor, minute) ||
      minute[0] < earliest.time_since_epoch().count() ||
      minute[0] > latest.time_since_epoch().count()) {
    return as_paging_fault({errc::usage, "the cursor is none of this list"});
  }
  return event_minute{std::chrono::minutes{minute[0]}};
}

outcome<averages_asked> read_asked(const api_request& request, std::uint32_t window_default,
                                   event_time now) {
  averages_asked asked;
  const auto window = window_asked(request, window_default);
  if (!window) return window.error();
  const auto from = moment_asked(request, "from");
  if (!from) return from.error();
  const auto to = moment_asked(request, "to");
  if (!to) return to.error();
  const auto limit = limit_asked(request);
  if (!limit) return limit.error();
  asked.window_minutes = *window;
  asked.limit = *limit;
  asked.to = std::chrono::floor<std::chrono::minutes>(to->value_or(now));
  const event_minute first =
      *from ? minute_of(**from) : std::max(asked.to - span_default, earliest);
  const auto begin = begin_asked(request, first);
  if (!begin) return begin.error();
  asked.from = *begin;
  if (const std::string* client = request.asked("client_name")) asked.client = *client;
  if (characters_of(asked.client) > event_text_characters_max) {
    return failure{errc::field_invalid, "client_name must have at most 200 characters",
                   "client_name"};
  }
  return asked;
}

class moving_average_route {
 public:
  explicit moving_average_route(const api_parts& parts) : parts_{parts} {}

  net::awaitable<api_response> list(api_request request) {
    delivery_event_desk& desk = parts_.delivery_events;
    const auto asked = read_asked(request, desk.windows().front(), desk.now());
    if (!asked) co_return problem_of(asked.error(), request.request_id);
    page_text text;
    std::optional<std::string> next;
    if (asked->from <= asked->to) {
      const event_minute last =
          std::min(asked->to, asked->from + std::chrono::minutes{asked->limit - 1});
      const auto look = [&desk, asked = *asked, last] {
        return desk.shown().averages(asked.window_minutes, asked.from, last, asked.client);
      };
      const auto found = co_await parts_.library.to_reader().ask(look);
      if (!found) co_return problem_of(found.error(), request.request_id);
      event_minute date = asked->from;
      for (const duration_total& each : *found) {
        append_average(text.next_item(), date, each.mean());
        date += std::chrono::minutes{1};
      }
      const std::array<std::int64_t, 1> behind{date.time_since_epoch().count()};
      if (last < asked->to) next = encode_cursor(averages_list, behind);
    }
    co_return json_answer(200, text.finish(next));
  }

 private:
  static void append_average(std::string& out, event_minute date, double mean_seconds) {
    out += "{\"date\":\"";
    append_minute(out, date);
    out += "\",\"average_delivery_time\":";
    append_mean(out, mean_seconds);
    out += '}';
  }

  const api_parts& parts_;
};

}  // namespace

void add_moving_average_route(std::vector<route>& table, const api_parts& parts) {
  const auto made = std::make_shared<moving_average_route>(parts);
  add_route(table, "GET", "/moving-averages", made, &moving_average_route::list).while_loading =
      true;
}

}  // namespace reprise
