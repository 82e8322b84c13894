#include "net/http_request_head.hpp"

#include <algorithm>

#include "host/number.hpp"
#include "net/http_text.hpp"

namespace reprise {
namespace {

constexpr std::size_t method_bytes_max = 16;
constexpr std::size_t version_bytes = 8;       // "HTTP/1.1"
constexpr std::size_t length_digits_max = 18;  // so that it fits 64 bits
constexpr char tls_handshake = 0x16;           // how a TLS client begins

bool is_control(char byte) noexcept {
  return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f;
}

constexpr std::string_view host_marks = "-._~!$&'()*+,;=:%[]";
constexpr std::string_view target_marks = "-._~!$&'()*+,;=:%@/?";

bool consists_of(std::string_view text, std::string_view marks) noexcept {
  return std::all_of(text.begin(), text.end(), [&](char each) {
    return (each >= '0' && each <= '9') || (each >= 'A' && each <= 'Z') ||
           (each >= 'a' && each <= 'z') || marks.find(each) != marks.npos;
  });
}

bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), is_control);
}

std::size_t count_of(const request_head& head, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(head.headers.begin(), head.headers.end(),
                    [&](const auto& field) { return equal_ignoring_case(field.name, name); }));
}

const std::string* value_of(const request_head& head, std::string_view name) {
  for (const header_field& field : head.headers) {
    if (equal_ignoring_case(field.name, name)) return &field.value;
  }
  return nullptr;
}

}  // namespace

std::size_t request_head_reader::take(std::string_view bytes) {
  std::size_t taken = 0;
  while (state_ == reading::more && taken < bytes.size()) take_byte(bytes[taken++]);
  return taken;
}

void request_head_reader::take_byte(char byte) {
  if (!begun_ && byte == tls_handshake) return refuse("this port speaks plain HTTP, not TLS");
  begun_ = true;
  if (after_cr_) {
    after_cr_ = false;
    return byte == '\n' ? end_line() : refuse("a CR without its LF");
  }
  if (byte == '\r') {
    after_cr_ = true;
  } else if (byte == '\n') {
    refuse("a LF without its CR");
  } else if (is_control(byte) && !(in_fields_ && byte == '\t')) {
    refuse("a control character");
  } else {
    line_ += byte;
    check_room();
  }
}

void request_head_reader::check_room() {
  if (in_fields_) {
    if (++field_bytes_ > limits_.head_bytes_max) {
      refuse(431, "headers_too_large",
             "more than " + std::to_string(limits_.head_bytes_max) + " bytes of header fields");
    }
    return;
  }
  const std::size_t method_bytes = line_.find(' ');
  if (method_bytes == std::string::npos) {
    if (line_.size() > method_bytes_max) refuse("this is not HTTP");
  } else if (line_.size() > method_bytes + 1 + limits_.target_bytes_max + 1 + version_bytes) {
    refuse(414, "target_too_long",
           "a target of more than " + std::to_string(limits_.target_bytes_max) + " bytes");
  }
}

void request_head_reader::end_line() {
  if (in_fields_) {
    if (line_.empty()) return check_head();
    read_field();
  } else if (!line_.empty()) {
    read_request_line();
    in_fields_ = true;
  } else if (std::exchange(skipped_line_, true)) {  // RFC 9112 2.2: one may come in front
    refuse("an empty line instead of a request");
  }
  line_.clear();
}

void request_head_reader::read_request_line() {
  const std::string_view line{line_};
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == line.npos || first == last) return refuse("this is not an HTTP request line");
  const std::string_view version = line.substr(last + 1);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  head_.method = line.substr(0, first);
  if (!is_token(head_.method)) return refuse("the method is no token");
  if (version.size() != version_bytes || !version.starts_with("HTTP/") || version[6] != '.' ||
      !parse_integer(version.substr(5, 1)) || !parse_integer(version.substr(7, 1))) {
    return refuse("this is not HTTP");
  }
  if (version[5] != '1') return refuse(505, "version_unsupported", "only HTTP/1.1 and HTTP/1.0");
  head_.old_version = version[7] == '0';
  if (target.size() > limits_.target_bytes_max) {
    return refuse(414, "target_too_long",
                  "a target of more than " + std::to_string(limits_.target_bytes_max) + " bytes");
  }
  read_target(target);
}

void request_head_reader::read_target(std::string_view target) {
  constexpr std::string_view scheme = "http://";
  if (equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {  // as for a proxy
    target.remove_prefix(scheme.size());
    const std::string_view host = target.substr(0, target.find_first_of("/?"));
    if (host.empty() || !consists_of(host, host_marks)) return refuse("a bad host in the target");
    target.remove_prefix(host.size());
  } else if (target.empty() ||
             (target[0] != '/' && !(target == "*" && head_.method == "OPTIONS"))) {
    return refuse("the target must be a path");
  }
  if (!consists_of(target, target_marks)) return refuse("the target has a character that none has");
  const std::size_t mark = std::min(target.find('?'), target.size());
  head_.path = target.substr(0, mark);
  if (head_.path.empty()) head_.path.assign(1, '/');
  read_path();
  if (mark < target.size()) read_query(target.substr(mark + 1));
}

void request_head_reader::read_path() {
  if (head_.path == "*") return;
  std::string_view rest = std::string_view{head_.path}.substr(1);
  for (bool last = false; !last;) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    last = end == rest.size();
    auto segment = percent_decoded(rest.substr(0, end), plus_sign::stays);
    if (!segment) return refuse("a bad percent escape in the path");
    if (has_control(*segment) || segment->find('/') != std::string::npos) {
      return refuse("an escape in the path that no name has");
    }
    head_.segments.push_back(*std::move(segment));
    if (!last) rest.remove_prefix(end + 1);
  }
}

void request_head_reader::read_query(std::string_view query) {
  while (!query.empty()) {
    const std::string_view piece = next_piece(query, '&');
    if (piece.empty()) continue;
    const std::size_t equals = std::min(piece.find('='), piece.size());
    auto name = percent_decoded(piece.substr(0, equals), plus_sign::is_space);
    auto value =
        percent_decoded(piece.substr(std::min(equals + 1, piece.size())), plus_sign::is_space);
    if (!name || !value) return refuse("a bad percent escape in the query");
    if (has_control(*name) || has_control(*value))
      return refuse("a control character in the query");
    head_.query.emplace_back(*std::move(name), *std::move(value));
  }
}

void request_head_reader::read_field() {
  const std::string_view line{line_};
  if (line[0] == ' ' || line[0] == '\t') return refuse("a header field over several lines");
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return refuse("a header field without a colon");
  if (!is_token(line.substr(0, colon))) return refuse("a bad name of a header field");
  if (head_.headers.size() == limits_.fields_max) {
    return refuse(431, "headers_too_large",
                  "more than " + std::to_string(limits_.fields_max) + " header fields");
  }
  head_.headers.push_back(
      {std::string{line.substr(0, colon)}, std::string{trimmed(line.substr(colon + 1))}});
}

void request_head_reader::check_head() {
  state_ = reading::done;
  check_host();
  if (state_ == reading::done) check_framing();
  if (state_ == reading::done) check_connection();
}

void request_head_reader::check_host() {
  const std::size_t hosts = count_of(head_, "Host");
  if (hosts > 1) return refuse("more than one Host");
  if (hosts == 0) return head_.old_version ? void() : refuse("the Host is missing");
  if (!consists_of(*value_of(head_, "Host"), host_marks)) refuse("a bad Host");
}

void request_head_reader::check_framing() {
  const std::size_t lengths = count_of(head_, "Content-Length");
  const std::size_t encodings = count_of(head_, "Transfer-Encoding");
  if (encodings > 0) {
    if (lengths > 0) return refuse_framing("Content-Length together with Transfer-Encoding");
    if (encodings > 1 || head_.old_version ||
        !equal_ignoring_case(*value_of(head_, "Transfer-Encoding"), "chunked")) {
      return refuse_framing("a Transfer-Encoding other than chunked");
    }
    head_.framing = body_framing::chunked;
  } else if (lengths > 0) {
    const std::string& digits = *value_of(head_, "Content-Length");
    if (lengths > 1) return refuse_framing("more than one Content-Length");
    const bool whole = !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos;
    const auto length = parse_integer(digits.substr(0, length_digits_max));
    if (!whole || digits.size() > length_digits_max || !length) {
      return refuse_framing("a bad Content-Length");
    }
    head_.framing = body_framing::length;
    head_.content_length = static_cast<std::uint64_t>(*length);
  }
}

void request_head_reader::check_connection() {
  for (const header_field& field : head_.headers) {
    if (!equal_ignoring_case(field.name, "Connection")) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      if (equal_ignoring_case(next_piece(rest, ','), "close")) head_.keep_alive = false;
    }
  }
  if (head_.old_version) {
    head_.keep_alive = false;
    return;  // RFC 9110 10.1.1: it knows no expectations
  }
  const std::string* expectation = value_of(head_, "Expect");
  if (expectation == nullptr) return;
  if (count_of(head_, "Expect") > 1 || !equal_ignoring_case(*expectation, "100-continue")) {
    return refuse(417, "expectation_failed", "no expectation is met but 100-continue");
  }
  head_.expects_continue = head_.has_body();
}

void request_head_reader::refuse(unsigned status, std::string_view code, std::string detail) {
  if (state_ == reading::refused) return;
  state_ = reading::refused;
  refusal_ = {status, code, std::move(detail)};
}

}  // namespace reprise
