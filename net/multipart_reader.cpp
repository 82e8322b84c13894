#include "net/multipart_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "net/header_parameters.hpp"
#include "net/http_text.hpp"

namespace reprise {
namespace {

constexpr std::size_t boundary_bytes_max = 70;
constexpr std::string_view crlf = "\r\n";

bool is_boundary(std::string_view text) {
  constexpr std::string_view marks = "'()+_,-./:=? ";
  const auto fits = [&](char each) {
    return (each >= '0' && each <= '9') || (each >= 'A' && each <= 'Z') ||
           (each >= 'a' && each <= 'z') || marks.find(each) != marks.npos;
  };
  return !text.empty() && text.size() <= boundary_bytes_max && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), fits);
}

// Browsers and curl write these three so, and nothing else: "100%25" is a name of six characters.
std::string form_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string escape = lower_case(text.substr(at, 3));
    const char meant = escape == "%22"   ? '"'
                       : escape == "%0d" ? '\r'
                       : escape == "%0a" ? '\n'
                                         : '\0';
    decoded += meant == '\0' ? text[at] : meant;
    if (meant != '\0') at += 2;
  }
  return decoded;
}

// RFC 8187, UTF-8 alone. RFC 7578 forbids it in forms, and some clients send it.
std::optional<std::string> extended_decoded(std::string_view text) {
  constexpr std::string_view charset = "utf-8'";
  if (!equal_ignoring_case(text.substr(0, charset.size()), charset)) return std::nullopt;
  text.remove_prefix(charset.size());
  const std::size_t quote = text.find('\'');  // behind the language
  if (quote == text.npos) return std::nullopt;
  return percent_decoded(text.substr(quote + 1), plus_sign::stays);
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  const auto read = parse_header_parameters(content_type);
  if (!read || read->value != "multipart/form-data") return std::nullopt;
  const std::string* boundary = read->parameter("boundary");
  if (boundary == nullptr || !is_boundary(*boundary)) return std::nullopt;
  return *boundary;
}

std::vector<multipart_event> multipart_reader::take(std::string_view bytes) {
  events made;
  if (state_ == reading::refused) return made;
  buffer_ += bytes;
  for (bool more = true; more;) more = advance(made);
  return made;
}

void multipart_reader::end() {
  const bool half_a_line = state_ == reading::done && buffer_.size() == 1;
  if (state_ == reading::more || half_a_line) refuse("the form is not closed");
}

bool multipart_reader::advance(events& into) {
  switch (step_) {
    case step::opening:
      return read_opening();
    case step::delimiter_end:
      return read_delimiter_end(into);
    case step::fields:
      return read_line(into);
    case step::data:
      return read_data(into);
    case step::closed:
      return read_closed();
  }
  return false;
}

bool multipart_reader::read_opening() {
  const auto first = std::string_view{delimiter_}.substr(crlf.size());
  const std::size_t seen = std::min(first.size(), buffer_.size());
  if (first.substr(0, seen) != std::string_view{buffer_}.substr(0, seen)) {
    return refuse("the form must begin with its boundary");
  }
  if (seen < first.size()) return false;
  buffer_.erase(0, seen);
  step_ = step::delimiter_end;
  return true;
}

bool multipart_reader::read_delimiter_end(events& into) {
  if (buffer_.size() < 2) return false;
  const std::string found = buffer_.substr(0, 2);
  buffer_.erase(0, 2);
  if (found == "--") {
    into.push_back({multipart_event::kind::all_ended});
    state_ = reading::done;
    step_ = step::closed;
    return true;
  }
  if (found != crlf) return refuse("a boundary with something behind it");
  if (++parts_ > parts_max) return refuse("more than " + std::to_string(parts_max) + " parts");
  part_ = {};
  head_bytes_ = 0;
  fields_ = 0;
  has_disposition_ = has_type_ = has_encoding_ = false;
  step_ = step::fields;
  return true;
}

bool multipart_reader::read_line(events& into) {
  const std::size_t end = buffer_.find(crlf);
  const std::size_t used = end == buffer_.npos ? buffer_.size() : end + crlf.size();
  if (used > head_bytes_max - head_bytes_) {
    return refuse("a part's head of more than " + std::to_string(head_bytes_max) + " bytes");
  }
  if (end == buffer_.npos) return false;
  const std::string line = buffer_.substr(0, end);
  buffer_.erase(0, used);
  head_bytes_ += used;
  if (line.empty()) {
    begin_part(into);
  } else {
    read_field(line);
  }
  return state_ != reading::refused;
}

void multipart_reader::read_field(std::string_view line) {
  if (++fields_ > fields_max) {
    refuse("a part with more than " + std::to_string(fields_max) + " header fields");
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) {
    refuse("a bad header field of a part");
    return;
  }
  const std::string name = lower_case(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_field_value(value)) {
    refuse("a control character in a part's head");
  } else if (name == "content-disposition") {
    read_disposition(value);
  } else if (name == "content-type") {
    read_type(value);
  } else if (name == "content-transfer-encoding") {
    constexpr std::array<std::string_view, 3> plain = {"binary", "8bit", "7bit"};
    const bool is_plain = std::find(plain.begin(), plain.end(), lower_case(value)) != plain.end();
    if (std::exchange(has_encoding_, true) || !is_plain) {
      refuse("parts are taken as they are, without a Content-Transfer-Encoding");
    }
  }
}

void multipart_reader::read_disposition(std::string_view value) {
  const auto read = parse_header_parameters(value);
  if (std::exchange(has_disposition_, true) || !read || read->value != "form-data") {
    refuse("a part's Content-Disposition must be form-data, once");
    return;
  }
  const std::string* name = read->parameter("name");
  if (name == nullptr || name->empty()) {
    refuse("a part without a name");
    return;
  }
  part_.name = form_decoded(*name);
  if (const std::string* filename = read->parameter("filename")) {
    part_.filename = form_decoded(*filename);
  } else if (const std::string* extended = read->parameter("filename*")) {
    part_.filename = extended_decoded(*extended);
    if (!part_.filename) refuse("a filename* that is not of UTF-8");
  }
}

void multipart_reader::read_type(std::string_view value) {
  const auto read = parse_header_parameters(value);
  if (std::exchange(has_type_, true) || !read) {
    refuse("a bad Content-Type of a part");
  } else if (read->value.starts_with("multipart/")) {
    refuse("a multipart within a part");
  } else {
    part_.content_type = read->value;
  }
}

void multipart_reader::begin_part(events& into) {
  if (!has_disposition_) {
    refuse("a part without a Content-Disposition");
    return;
  }
  into.push_back({multipart_event::kind::part_begun, std::exchange(part_, {})});
  step_ = step::data;
}

bool multipart_reader::read_data(events& into) {
  const std::size_t found = buffer_.find(delimiter_);
  const bool is_whole = found != buffer_.npos;
  // The last bytes may be the begin of the delimiter.
  const std::size_t held = std::min(buffer_.size(), delimiter_.size() - 1);
  const std::size_t bytes = is_whole ? found : buffer_.size() - held;
  if (bytes > 0) into.push_back({multipart_event::kind::data, {}, buffer_.substr(0, bytes)});
  if (!is_whole) {
    buffer_.erase(0, bytes);
    return false;
  }
  buffer_.erase(0, found + delimiter_.size());
  into.push_back({multipart_event::kind::part_ended});
  step_ = step::delimiter_end;
  return true;
}

bool multipart_reader::read_closed() {
  if (buffer_.size() > crlf.size() || !crlf.starts_with(buffer_)) {
    refuse("bytes behind the end of the form");
  }
  return false;
}

bool multipart_reader::refuse(std::string detail) {
  if (state_ == reading::refused) return false;
  state_ = reading::refused;
  refusal_ = {400, "bad_multipart", std::move(detail)};
  buffer_.clear();
  return false;
}

}  // namespace reprise
