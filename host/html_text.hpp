// Text from outside as part of an HTML page.
//
// Errors   none; bytes that are no UTF-8 are left to the reader, who shows them as U+FFFD
// Threads  pure
// Source   the HTML standard, "Serializing HTML fragments"
#pragma once

#include <string>
#include <string_view>

namespace reprise {

// Between tags and in an attribute in either quotes.
void append_html(std::string& out, std::string_view text);

}  // namespace reprise
