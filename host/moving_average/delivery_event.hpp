// One delivery event, read from a line of JSON.
//
// Shapes   {"timestamp": "2018-12-26 18:11:08.509654", "duration": 20} and, where they are there,
//          the texts "translation_id", "source_language", "target_language", "client_name",
//          "event_name" and "nr_words", a whole number of at least 0. Other fields are passed over.
//          "timestamp" as event_time.hpp, "duration" as duration_sum.hpp
// Errors   a fault: no UTF-8, no JSON, no object, one of these fields twice, missing or of another
//          kind; also a number anywhere that neither 64 bits nor a double can hold
// Threads  one at a time
// Owns     the parser owns what the texts of an event point to, until the next line is parsed
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/moving_average/duration_sum.hpp"
#include "host/moving_average/event_time.hpp"

namespace simdjson::dom {
class parser;
}  // namespace simdjson::dom

namespace reprise {

struct delivery_event {
  event_time time;
  duration_sum duration;
  std::optional<std::string_view> translation_id, source_language, target_language, client_name,
      event_name;
  std::optional<std::uint64_t> nr_words;
};

inline constexpr std::array delivery_event_texts = {
    &delivery_event::translation_id, &delivery_event::source_language,
    &delivery_event::target_language, &delivery_event::client_name, &delivery_event::event_name};

struct event_fault {
  std::string expected;
  std::string found;
};

// Which events count: those whose field is there and equal, for each text that is given.
struct delivery_filter {
  std::optional<std::string> client_name, source_language, target_language, event_name;

  [[nodiscard]] bool keeps(const delivery_event& event) const noexcept;
};

class delivery_event_parser {
 public:
  delivery_event_parser();  // throws std::bad_alloc
  ~delivery_event_parser();

  // A line of line_reader.hpp, with its padding. What is wrong with it, if anything; then `read`
  // holds nothing of use.
  [[nodiscard]] std::optional<event_fault> parse(std::string_view line, delivery_event& read);

 private:
  std::unique_ptr<simdjson::dom::parser> parser_;
};

}  // namespace reprise
