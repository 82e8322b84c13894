#include "net/fingerprint_routes.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "host/json_text.hpp"
#include "host/match/rule.hpp"
#include "host/number.hpp"
#include "net/channel_routes.hpp"
#include "net/export_stream.hpp"
#include "net/http_text.hpp"
#include "net/route_values.hpp"
#include "net/upload.hpp"

namespace reprise {
namespace {

constexpr std::string_view ndjson_type = "application/x-ndjson";
constexpr std::string_view raw_type = "application/octet-stream";
constexpr std::array<std::string_view, 2> upload_types = {ndjson_type, raw_type};

class fingerprint_routes {
 public:
  explicit fingerprint_routes(const api_parts& parts) : parts_{parts} {}
  net::awaitable<api_response> push(api_request request);
  net::awaitable<api_response> give(api_request request);

 private:
  net::awaitable<api_response> give_raw(export_span span, std::string name, std::string id) const;

  const api_parts& parts_;
};

// The time of the first fingerprint of a raw body; nothing for NDJSON.
outcome<std::optional<std::int64_t>> start_asked(const api_request& request) {
  const std::string* type = request.header("Content-Type");
  const bool raw = type != nullptr && lower_case(*type).starts_with(raw_type);
  const auto start = integer_asked(request, "start");
  if (!start) return start.error();
  if (raw != start->has_value()) {
    return failure{errc::field_invalid,
                   raw ? "start is missing: the time of the first fingerprint"
                       : "start is for raw fingerprints: lines of NDJSON have times",
                   "start"};
  }
  if (raw && (**start < 0 || **start > time_max)) {
    return failure{errc::out_of_range, "start must be from 0 to 9007199254740991", "start"};
  }
  return *start;
}

net::awaitable<api_response> fingerprint_routes::push(api_request request) {
  const auto name = channel_asked(request);
  if (!name) co_return problem_of(name.error(), request.request_id);
  const auto number = co_await number_of(parts_, *name);
  if (!number) co_return problem_of(number.error(), request.request_id);
  const auto start = start_asked(request);
  if (!start) co_return problem_of(start.error(), request.request_id);
  const auto body = std::make_shared<const std::string>(std::move(request.body));
  const auto parse = [body, start = *start] {
    return start ? read_raw_upload(*body, *start) : read_ndjson_upload(*body);
  };
  auto read_seconds = co_await parts_.parser.ask(parse);
  if (!read_seconds) co_return problem_of(read_seconds.error(), request.request_id);
  const auto seconds = std::make_shared<seconds_block>(std::move(*read_seconds));
  const auto push_all = [&service = parts_.service, name = *name, seconds](done<push_answer> done) {
    service.push(name, std::move(*seconds), std::move(done));
  };
  const auto pushed = co_await parts_.core.ask_for<push_answer>(push_all);
  if (!pushed) co_return problem_of(pushed.error(), request.request_id);
  std::string text = "{\"stored\":";
  append_number(text, static_cast<std::int64_t>(pushed->stored));
  text += ",\"present\":";
  append_number(text, static_cast<std::int64_t>(pushed->present));
  text += ",\"durable_through\":";
  append_json_number(text, pushed->durable_through);
  text += '}';
  co_return json_answer(202, std::move(text));
}

// Without its channel.
outcome<export_span> span_asked(const api_request& request) {
  const auto from = integer_asked(request, "from");
  if (!from) return from.error();
  const auto to = integer_asked(request, "to");
  if (!to) return to.error();
  const auto clamped = [](std::int64_t time) {
    return std::clamp<std::int64_t>(time, 0, time_max + 1);
  };
  return export_span{0, clamped(from->value_or(0)), clamped(to->value_or(time_max + 1))};
}

api_response recording_answer(std::string_view type, std::string_view name,
                              std::string_view extension) {
  api_response made;
  made.content_type = type;
  made.headers.push_back({"Content-Disposition", "attachment; filename=\"" + std::string{name} +
                                                     std::string{extension} + "\""});
  return made;
}

net::awaitable<api_response> fingerprint_routes::give(api_request request) {
  const std::string* accept = request.header("Accept");
  const auto format = accepted_format(accept == nullptr ? std::string_view{} : *accept);
  if (!format) {
    co_return problem(406, "not_acceptable",
                      "there is application/x-ndjson and application/octet-stream", {},
                      request.request_id);
  }
  const auto name = channel_asked(request);
  if (!name) co_return problem_of(name.error(), request.request_id);
  auto span = span_asked(request);
  if (!span) co_return problem_of(span.error(), request.request_id);
  const auto number = co_await number_of(parts_, *name);
  if (!number) co_return problem_of(number.error(), request.request_id);
  span->channel = *number;
  if (*format == recording_format::raw) {
    co_return co_await give_raw(*span, *name, request.request_id);
  }
  auto first = co_await read_block(parts_.core, parts_.service, *span);
  if (!first) co_return problem_of(first.error(), request.request_id);
  auto answer = recording_answer(ndjson_type, *name, ".ndjson");
  answer.stream =
      make_export_stream(parts_.core, parts_.service, *span, *format, std::move(*first));
  co_return answer;
}

// Reads the span twice: a gap must be known before the first byte is sent.
net::awaitable<api_response> fingerprint_routes::give_raw(export_span span, std::string name,
                                                          std::string id) const {
  std::optional<seconds_block> first;
  std::optional<std::int64_t> next;  // the second that must follow
  for (export_span rest = span;; rest.from = *next) {
    auto block = co_await read_block(parts_.core, parts_.service, rest);
    if (!block) co_return problem_of(block.error(), id);
    for (const recorded_second& each : *block) {
      if (next && each.time != *next) {
        co_return problem(422, "has_gaps",
                          "second " + std::to_string(*next) +
                              " is a gap: ask for application/x-ndjson, or for a span without gaps",
                          {}, id);
      }
      next = each.time + 1;
    }
    const bool last = is_last(*block);
    if (!first) first = std::move(*block);
    if (last) break;
  }
  auto answer = recording_answer(raw_type, name, ".bin");
  if (!next) co_return answer;
  answer.headers.push_back({"X-Recording-Start", std::to_string(first->front().time)});
  span.to = *next;
  answer.stream = make_export_stream(parts_.core, parts_.service, span, recording_format::raw,
                                     std::move(*first));
  co_return answer;
}

}  // namespace

std::optional<recording_format> accepted_format(std::string_view accept) {
  if (trimmed(accept).empty()) return recording_format::ndjson;
  // The most exact range that names a type says how welcome it is.
  struct welcome {
    int exactness = -1;
    double quality = 0;
    void hear(int as_exact, double said) {
      if (as_exact < exactness) return;
      exactness = as_exact;
      quality = said;
    }
  } ndjson, raw;
  while (!accept.empty()) {
    std::string_view parameters = next_piece(accept, ',');
    const std::string range = lower_case(next_piece(parameters, ';'));
    double quality = 1;
    while (!parameters.empty()) {
      const std::string parameter = lower_case(next_piece(parameters, ';'));
      if (parameter.starts_with("q=")) quality = parse_real(parameter.substr(2)).value_or(0);
    }
    if (range == "*/*") {
      ndjson.hear(0, quality);
      raw.hear(0, quality);
    } else if (range == "application/*") {
      ndjson.hear(1, quality);
      raw.hear(1, quality);
    } else if (range == ndjson_type) {
      ndjson.hear(2, quality);
    } else if (range == raw_type) {
      raw.hear(2, quality);
    }
  }
  if (ndjson.quality <= 0 && raw.quality <= 0) return std::nullopt;
  return raw.quality > ndjson.quality ? recording_format::raw : recording_format::ndjson;
}

void add_fingerprint_routes(std::vector<route>& table, const api_parts& parts) {
  const auto made = std::make_shared<fingerprint_routes>(parts);
  constexpr std::string_view pattern = "/channels/{name}/fingerprints";
  route& push = add_route(table, "POST", pattern, made, &fingerprint_routes::push);
  push.while_loading = true;
  push.body_bytes_max = upload_bytes_max;
  push.content_types = upload_types;
  add_route(table, "GET", pattern, made, &fingerprint_routes::give);
}

}  // namespace reprise
