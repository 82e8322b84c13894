#include "host/library/import_json.hpp"

#include <utility>

#include "host/json_text.hpp"

namespace reprise {

std::string json_of(const import_report& shown) {
  std::string out = "{";
  for (const auto& [name, count] : {std::pair{"\"inserted\":", shown.inserted},
                                    {"\"present\":", shown.present},
                                    {"\"replaced\":", shown.replaced},
                                    {"\"skipped\":", shown.skipped},
                                    {"\"refused\":", shown.refused.count()}}) {
    append_number(out += name, static_cast<std::int64_t>(count));
    out += ',';
  }
  out += "\"errors\":[";
  for (const row_refusal& each : shown.refused.first()) {
    if (out.back() != '[') out += ',';
    append_number(out += "{\"line\":", static_cast<std::int64_t>(each.line));
    append_json_string(out += ",\"reason\":", each.reason);
    out += '}';
  }
  return out + "]}";
}

}  // namespace reprise
