#include "host/moving_average/delivery_event.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <new>

#include "host/line_reader.hpp"

namespace reprise {
namespace {

namespace dom = simdjson::dom;

static_assert(line_padding >= simdjson::SIMDJSON_PADDING);

constexpr std::string_view event_expected = "an event, a JSON object";

// What a value is, for a message.
std::string shown(const dom::element& value) {
  std::string_view text;
  return quoted(value.get(text) == simdjson::SUCCESS ? text : simdjson::minify(value));
}

// Each of these tells whether the value is one of its field.
bool take_time(const dom::element& value, delivery_event& into) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return false;
  const auto time = parse_event_time(text);
  if (time) into.time = *time;
  return time.has_value();
}

bool take_duration(const dom::element& value, delivery_event& into) {
  std::optional<duration_sum> read;
  if (value.type() == dom::element_type::INT64) {
    read = duration_sum::of_seconds(value.get_int64().value_unsafe());
  } else if (value.type() == dom::element_type::DOUBLE) {
    read = duration_sum::of_seconds(value.get_double().value_unsafe());
  }
  if (read) into.duration = *read;
  return read.has_value();
}

template <std::optional<std::string_view> delivery_event::*member>
bool take_text(const dom::element& value, delivery_event& into) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return false;
  into.*member = text;
  return true;
}

bool take_words(const dom::element& value, delivery_event& into) {
  std::uint64_t words = 0;
  if (value.get(words) != simdjson::SUCCESS) return false;
  into.nr_words = words;
  return true;
}

struct known_field {
  std::string_view name;
  std::string_view expected;
  bool (*take)(const dom::element& value, delivery_event& into);
};

constexpr std::string_view duration_expected = "a number from 0 to 1000000000";
static_assert(duration_seconds_max == 1'000'000'000);
constexpr std::string_view text_expected = "a text";
constexpr std::string_view words_expected = "a whole number of at least 0";

// Those that must be there come first.
constexpr std::array known_fields = {
    known_field{"timestamp", event_time_expected, take_time},
    known_field{"duration", duration_expected, take_duration},
    known_field{"translation_id", text_expected, take_text<&delivery_event::translation_id>},
    known_field{"source_language", text_expected, take_text<&delivery_event::source_language>},
    known_field{"target_language", text_expected, take_text<&delivery_event::target_language>},
    known_field{"client_name", text_expected, take_text<&delivery_event::client_name>},
    known_field{"event_name", text_expected, take_text<&delivery_event::event_name>},
    known_field{"nr_words", words_expected, take_words},
};
constexpr std::size_t needed_fields = 2;

event_fault not_json(simdjson::error_code error, std::string_view line) {
  if (error == simdjson::MEMALLOC) throw std::bad_alloc{};
  if (error == simdjson::UTF8_ERROR) return {"UTF-8", "other bytes"};
  return {std::string{event_expected}, quoted(line)};
}

bool is_wanted(const std::optional<std::string>& wanted,
               const std::optional<std::string_view>& found) noexcept {
  return !wanted || found == *wanted;
}

}  // namespace

bool delivery_filter::keeps(const delivery_event& event) const noexcept {
  return is_wanted(client_name, event.client_name) &&
         is_wanted(source_language, event.source_language) &&
         is_wanted(target_language, event.target_language) &&
         is_wanted(event_name, event.event_name);
}

delivery_event_parser::delivery_event_parser()
    : parser_{std::make_unique<dom::parser>(line_bytes_max)} {
  if (parser_->allocate(line_bytes_max) != simdjson::SUCCESS) throw std::bad_alloc{};
}

delivery_event_parser::~delivery_event_parser() = default;

std::optional<event_fault> delivery_event_parser::parse(std::string_view line,
                                                        delivery_event& read) {
  dom::element whole;
  dom::object fields;
  constexpr bool padded = true;
  const auto error = parser_->parse(line.data(), line.size(), !padded).get(whole);
  if (error != simdjson::SUCCESS) return not_json(error, line);
  if (whole.get(fields) != simdjson::SUCCESS) return not_json(simdjson::INCORRECT_TYPE, line);
  read = {};
  std::array<bool, known_fields.size()> seen{};
  for (const dom::key_value_pair field : fields) {
    const auto known =
        std::find_if(known_fields.begin(), known_fields.end(),
                     [&](const known_field& each) { return each.name == field.key; });
    if (known == known_fields.end()) continue;
    bool& again = seen[static_cast<std::size_t>(known - known_fields.begin())];
    if (again) return event_fault{"each field once", quoted(field.key) + " twice"};
    again = true;
    if (!known->take(field.value, read)) {
      return event_fault{quoted(field.key) + " to be " + std::string{known->expected},
                         shown(field.value)};
    }
  }
  for (std::size_t i = 0; i < needed_fields; ++i) {
    if (!seen[i]) return event_fault{"the field " + quoted(known_fields[i].name), "none"};
  }
  return {};
}

}  // namespace reprise
