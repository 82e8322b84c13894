#include "net/route_values.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "host/channel_name.hpp"
#include "host/match/assert.hpp"
#include "host/number.hpp"

namespace reprise {
namespace {

// Digits, maybe behind a minus: a whole number, whatever its size.
bool is_whole(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char each) { return each >= '0' && each <= '9'; });
}

}  // namespace

outcome<std::optional<std::int64_t>> integer_asked(const api_request& request,
                                                   std::string_view name) {
  const std::string* text = request.asked(name);
  if (text == nullptr) return std::optional<std::int64_t>{};
  if (!is_whole(*text)) {
    return failure{errc::field_invalid, std::string{name} + " must be a whole number",
                   std::string{name}};
  }
  using limits = std::numeric_limits<std::int64_t>;
  const std::int64_t beyond = text->starts_with('-') ? limits::min() : limits::max();
  return std::optional{parse_integer(*text).value_or(beyond)};
}

outcome<std::uint32_t> limit_asked(const api_request& request) {
  const auto limit = integer_asked(request, "limit");
  if (!limit) return limit.error();
  if (!*limit) return page_request{}.limit;
  if (**limit < 1 || **limit > page_limit_max) {
    return failure{errc::out_of_range, "limit must be from 1 to 1000", "limit"};
  }
  return static_cast<std::uint32_t>(**limit);
}

outcome<page_request> page_asked(const api_request& request) {
  page_request asked;
  const auto from = integer_asked(request, "from");
  if (!from) return from.error();
  asked.from = *from;
  const auto to = integer_asked(request, "to");
  if (!to) return to.error();
  asked.to = *to;
  const auto limit = limit_asked(request);
  if (!limit) return limit.error();
  asked.limit = *limit;
  if (const std::string* cursor = request.asked("cursor")) asked.cursor = *cursor;
  return asked;
}

outcome<std::string> channel_asked(const api_request& request) {
  const std::string* name = request.parameter("name");
  REPRISE_ASSERT(name != nullptr);
  if (is_channel_name(*name)) return *name;
  return failure{errc::field_invalid,
                 "a channel's name must be " + std::string{channel_name_expected}, "name"};
}

failure as_paging_fault(failure failed) {
  if (failed.code != errc::usage) return failed;
  return {errc::field_invalid, "cursor must be the next of an earlier answer", "cursor"};
}

api_response json_answer(unsigned status, std::string body) {
  api_response made;
  made.status = status;
  made.body = std::move(body);
  return made;
}

void append_json_number(std::string& out, const std::optional<std::int64_t>& number) {
  if (!number) {
    out += "null";
  } else {
    append_number(out, *number);
  }
}

std::string& page_text::next_item() {
  if (!std::exchange(first_, false)) text_ += ',';
  return text_;
}

std::string page_text::finish(const std::optional<std::string>& next) {
  text_ += "],\"next\":";
  if (next) {
    append_json_string(text_, *next);
  } else {
    text_ += "null";
  }
  text_ += '}';
  return std::move(text_);
}

}  // namespace reprise
