#include "host/moving_average/event_lines.hpp"

#include <limits>

#include "host/line_reader.hpp"
#include "host/utf8.hpp"

namespace reprise {
namespace {

bool is_too_long(const std::optional<std::string_view>& text) noexcept {
  return text && characters_of(*text) > event_text_characters_max;
}

// What the command takes from a file, and a store must not take from everybody.
std::optional<event_fault> bounds_fault(const delivery_event& read, event_time latest) {
  if (read.time > latest) return event_fault{"a time that has come", "one that is ahead"};
  for (const auto text : delivery_event_texts) {
    if (!is_too_long(read.*text)) continue;
    return event_fault{
        "texts of at most " + std::to_string(event_text_characters_max) + " characters",
        quoted(*(read.*text))};
  }
  constexpr std::uint64_t words_max = std::numeric_limits<std::int64_t>::max();
  if (read.nr_words.value_or(0) > words_max) {
    return event_fault{"\"nr_words\" to be at most " + std::to_string(words_max), "more"};
  }
  return {};
}

}  // namespace

read_events read_event_lines(std::string_view text, const std::string& name, event_time latest) {
  read_events made;
  line_reader lines{make_text_source(text), name};
  delivery_event_parser parser;
  delivery_event read;
  const auto refuse = [&](failure why) {
    made.bad = {lines.line_number(), std::move(why)};
    return std::move(made);
  };
  for (;;) {
    std::string_view line;
    const auto more = lines.next(line);
    if (!more) return refuse(more.error());
    if (!*more) break;
    if (is_blank(line)) continue;
    if (const auto fault = parser.parse(line, read)) {
      return refuse(lines.malformed(fault->expected, fault->found));
    }
    if (const auto fault = bounds_fault(read, latest)) {
      return refuse({errc::out_of_range, lines.malformed(fault->expected, fault->found).what});
    }
    made.events.add(read);
  }
  if (made.events.empty()) {
    return refuse({errc::data_malformed, name + ": expected events, found none"});
  }
  return made;
}

}  // namespace reprise
