#include "net/api_types.hpp"

#include <cstdio>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "net/http_text.hpp"

namespace reprise {
namespace {

const std::string* found_in(const std::vector<std::pair<std::string, std::string>>& pairs,
                            std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return &value;
  }
  return nullptr;
}

struct error_row {
  unsigned status;
  std::string_view code;
  // What is said instead of the failure's own text, which is for us.
  std::string_view detail = {};
  bool retry = false;  // soon
};

error_row row_of(errc code) noexcept {
  switch (code) {
    case errc::json_malformed:
      return {400, "json_syntax"};
    case errc::channel_unknown:
    case errc::not_found:
      return {404, "not_found"};
    case errc::data_conflict:
      return {409, "data_conflict"};
    case errc::time_not_increasing:
      return {409, "time_not_increasing"};
    case errc::field_invalid:
    case errc::usage:
      return {422, "invalid_field"};
    case errc::out_of_range:
    case errc::parameter_out_of_range:
      return {422, "out_of_range"};
    case errc::fingerprint_malformed:
      return {422, "fingerprint_malformed"};
    case errc::data_malformed:
      return {422, "data_malformed"};
    case errc::data_insufficient:
      return {422, "data_insufficient"};
    case errc::url_invalid:
      return {422, "url_invalid"};
    case errc::url_blocked:
      return {422, "url_blocked"};
    case errc::helper_missing:
      return {501, "helper_missing", "the helper program for that is not installed"};
    case errc::overloaded:
      return {503, "overloaded", "the service is too busy now; try again", true};
    case errc::loading:
      return {503, "loading", "the history is still being loaded", true};
    case errc::stopping:
      return {503, "stopping", "the service is stopping", true};
    case errc::host_memory:
      return {503, "capacity_exhausted", "there is no memory for that"};
    case errc::io_failed:
    case errc::storage_lost:
      return {503, "storage_failed", "the storage failed; nothing is promised"};
    case errc::storage_full:
      return {507, "disk_full", "the disk is full; nothing was stored"};
    case errc::kernel_unsupported:
    case errc::device_memory:
    case errc::device_lost:
    case errc::output_closed:
    case errc::configuration_invalid:
    case errc::helper_failed:
      break;
  }
  return {500, "internal", "something failed inside"};
}

}  // namespace

const std::string* api_request::header(std::string_view name) const {
  for (const header_field& field : headers) {
    if (equal_ignoring_case(field.name, name)) return &field.value;
  }
  return nullptr;
}

const std::string* api_request::parameter(std::string_view name) const {
  return found_in(parameters, name);
}

const std::string* api_request::asked(std::string_view name) const {
  return found_in(query, name);
}

void throw_exception_from_error(const api_response& answer, const boost::source_location& place) {
  std::fprintf(stderr, "reprise: unhandled answer at %s:%u: %s\n", place.file_name(),
               static_cast<unsigned>(place.line()), answer.body.c_str());
  std::abort();
}

api_response problem(unsigned status, std::string_view code, std::string_view detail,
                     std::string_view field, std::string_view request_id) {
  nlohmann::ordered_json body{{"type", "about:blank"},
                              {"title", reason_phrase(status)},
                              {"status", status},
                              {"code", code},
                              {"detail", detail}};
  if (!field.empty()) body["field"] = field;
  body["request_id"] = request_id;
  api_response made;
  made.status = status;
  made.content_type = "application/problem+json";
  // What a client sent may be told back to it, and need not be UTF-8.
  made.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return made;
}

std::string_view problem_code(errc code) noexcept {
  return row_of(code).code;
}

api_response problem_of(const failure& failed, std::string_view request_id) {
  const error_row row = row_of(failed.code);
  const std::string_view detail = row.detail.empty() ? std::string_view{failed.what} : row.detail;
  api_response made = problem(row.status, row.code, detail, failed.field, request_id);
  if (row.retry) made.headers.push_back({"Retry-After", "1"});
  return made;
}

}  // namespace reprise
