// Numbers and texts as JSON: whole numbers as digits, doubles as the shortest text that reads back
// the same, texts in quotes with what must be escaped.
//
// Errors   none; asserted: doubles are finite. Bytes that are no UTF-8 become U+FFFD
// Threads  pure
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace reprise {

void append_number(std::string& out, std::int64_t number);
void append_number(std::string& out, double number);
void append_json_string(std::string& out, std::string_view text);

}  // namespace reprise
