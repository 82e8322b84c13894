#include "host/json_text.hpp"

#include <charconv>
#include <cmath>

#include <nlohmann/json.hpp>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

template <typename Number>
void append_characters(std::string& out, Number number) {
  char characters[32];  // a double takes 24 at most
  const auto written = std::to_chars(characters, characters + sizeof characters, number);
  REPRISE_ASSERT(written.ec == std::errc{});
  out.append(characters, written.ptr);
}

}  // namespace

void append_number(std::string& out, std::int64_t number) {
  append_characters(out, number);
}

void append_number(std::string& out, double number) {
  REPRISE_ASSERT(std::isfinite(number));
  append_characters(out, number);
}

void append_json_string(std::string& out, std::string_view text) {
  using json = nlohmann::json;
  out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace reprise
