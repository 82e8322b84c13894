// Numbers as JSON text: whole ones as digits, doubles as the shortest text that reads back the
// same.
//
// Errors   none; asserted: doubles are finite
// Threads  pure
#pragma once

#include <cstdint>
#include <string>

namespace reprise {

void append_number(std::string& out, std::int64_t number);
void append_number(std::string& out, double number);

}  // namespace reprise
