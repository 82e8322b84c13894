#include "net/channel_json.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/json_fields.hpp"
#include "host/json_text.hpp"
#include "host/match/rule.hpp"
#include "host/match/score.hpp"
#include "host/strict_json.hpp"
#include "net/http_text.hpp"
#include "net/route_values.hpp"
#include "net/url.hpp"

namespace reprise {
namespace {

using nlohmann::json;

// They say where a message goes, where it ends, how its connection goes on, or are signed by us.
bool is_reserved(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 14> reserved = {
      "accept-encoding", "connection",   "content-encoding", "content-length",    "content-type",
      "expect",          "host",         "keep-alive",       "proxy-connection",  "te",
      "trailer",         "x-frame-time", "upgrade",          "transfer-encoding",
  };
  constexpr std::string_view signed_prefix = "webhook-";
  return std::any_of(reserved.begin(), reserved.end(),
                     [&](std::string_view each) { return equal_ignoring_case(each, name); }) ||
         equal_ignoring_case(name.substr(0, signed_prefix.size()), signed_prefix);
}

std::vector<header_field> headers_of(json_fields& fields, std::string_view field) {
  auto read = fields.text_map(field, channel_headers_max);
  if (!read) return {};
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < read->size(); ++i) {
    const auto& [name, value] = (*read)[i];
    bytes += name.size() + value.size();
    const auto refuse = [&](std::string what) {
      fields.refuse(errc::field_invalid, field, std::move(what));
    };
    if (!is_token(name)) refuse("holds a name that is no header's name");
    if (is_reserved(name)) refuse("must not set " + name);
    if (!is_field_value(value)) refuse("holds control characters in the value of " + name);
    for (std::size_t k = 0; k < i; ++k) {
      if (equal_ignoring_case(name, (*read)[k].name)) refuse("names " + name + " twice");
    }
  }
  if (bytes > channel_headers_bytes_max) {
    fields.refuse(errc::out_of_range, field, "must have at most 4096 bytes in all");
  }
  return std::move(*read);
}

std::string url_of(json_fields& fields, std::string_view field) {
  auto text = fields.text(field);
  if (!text) return {};
  if (const auto checked = parse_url(*text); !checked) {
    fields.refuse(errc::url_invalid, field, checked.error().what);
  }
  return std::move(*text);
}

std::optional<std::uint32_t> count_of(json_fields& fields, std::string_view field,
                                      std::uint32_t greatest) {
  const auto read = fields.integer(field, 1, greatest);
  if (!read) return std::nullopt;
  return static_cast<std::uint32_t>(*read);
}

std::string_view to_string(still_policy policy) noexcept {
  return policy == still_policy::skip ? "skip" : "match";
}

outcome<channel_settings> settings_of(const json& body, const channel_defaults& defaults) {
  json_fields fields{body};
  channel_settings made;
  made.source_url = url_of(fields, "source_url");
  made.reporting_url = url_of(fields, "reporting_url");
  made.threshold = fields.real("threshold", 0, threshold_max());
  made.similarity = fields.real("similarity", 0, 1);
  if (made.similarity == 0.0) {
    fields.refuse(errc::out_of_range, "similarity", "must be greater than 0");
  }
  if (made.threshold && made.similarity) {
    fields.refuse(errc::field_invalid, "similarity", "cannot stand beside threshold");
  }
  made.enabled = fields.boolean("enabled").value_or(true);
  if (const auto still = fields.text("still")) {
    if (*still == "match") made.still = still_policy::match;
    if (*still == "skip") made.still = still_policy::skip;
    if (!made.still) fields.refuse(errc::field_invalid, "still", "must be \"match\" or \"skip\"");
  }
  made.window_seconds = count_of(fields, "window_seconds", window_seconds_max);
  made.min_lag_seconds = count_of(fields, "min_lag_seconds", window_seconds_max);
  made.top_k = count_of(fields, "top_k", top_k_max);
  made.report_empty = fields.boolean("report_empty").value_or(false);
  made.source_headers = headers_of(fields, "source_headers");
  made.reporting_headers = headers_of(fields, "reporting_headers");
  if (!fields.failed()) {
    if (const auto wrong = out_of_range(search_settings_of(made, defaults, rule{}))) {
      fields.refuse(errc::out_of_range, wrong->name, "must be " + std::string{wrong->expected});
    }
  }
  if (auto failed = fields.finish()) return *failed;
  return made;
}

void add_headers(json& into, std::string_view field, const std::vector<header_field>& headers) {
  if (headers.empty()) return;
  json& object = into[std::string{field}] = json::object();
  for (const header_field& each : headers) object[each.name] = each.value;
}

// What was said of the channel, as a PUT would say it again.
json body_of(const channel_settings& said) {
  json made = json::object();
  if (!said.source_url.empty()) made["source_url"] = said.source_url;
  if (!said.reporting_url.empty()) made["reporting_url"] = said.reporting_url;
  if (said.threshold) made["threshold"] = *said.threshold;
  if (said.similarity) made["similarity"] = *said.similarity;
  made["enabled"] = said.enabled;
  if (said.still) made["still"] = to_string(*said.still);
  if (said.min_lag_seconds) made["min_lag_seconds"] = *said.min_lag_seconds;
  if (said.window_seconds) made["window_seconds"] = *said.window_seconds;
  if (said.top_k) made["top_k"] = *said.top_k;
  made["report_empty"] = said.report_empty;
  add_headers(made, "source_headers", said.source_headers);
  add_headers(made, "reporting_headers", said.reporting_headers);
  return made;
}

// RFC 7396 compares names byte by byte; of headers, those of the patch take the spelling of those
// that are there.
void spell_headers_alike(json& patch, const json& target, const char* field) {
  if (!patch.is_object() || !patch.contains(field) || !patch[field].is_object()) return;
  if (!target.contains(field)) return;
  json spelled = json::object();
  for (const auto& [name, value] : patch[field].items()) {
    std::string as = name;
    for (const auto& there : target[field].items()) {
      if (equal_ignoring_case(there.key(), name)) as = there.key();
    }
    spelled[as] = value;
  }
  patch[field] = std::move(spelled);
}

// To whom a URL's credentials go.
std::string origin_of(std::string_view url) {
  const auto read = parse_url(url);
  if (!read) return {};
  return (read->tls ? "https://" : "http://") + read->authority;
}

// Headers are write-only: whoever may change a channel must not have them sent elsewhere to read.
void drop_headers_of_another(json& target, const json& patch, const char* url,
                             const char* headers) {
  if (!patch.contains(url)) return;
  const auto text_in = [&](const json& from) {
    return from.contains(url) && from[url].is_string() ? from[url].get<std::string>() : "";
  };
  if (origin_of(text_in(patch)) != origin_of(text_in(target))) target.erase(headers);
}

constexpr std::array<std::string_view, 12> field_names = {
    "enabled",       "min_lag_seconds", "report_empty",   "reporting_headers",
    "reporting_url", "similarity",      "source_headers", "source_url",
    "still",         "threshold",       "top_k",          "window_seconds",
};

}  // namespace

double threshold_max() noexcept {
  return std::nextafter(threshold_of_similarity(1, rule{}), HUGE_VAL);
}

outcome<channel_settings> parse_channel_settings(std::string_view body,
                                                 const channel_defaults& defaults) {
  const auto parsed = parse_strict_json(body);
  if (!parsed) return parsed.error();
  return settings_of(*parsed, defaults);
}

outcome<channel_settings> patch_channel_settings(const channel_settings& patched,
                                                 std::string_view patch,
                                                 const channel_defaults& defaults) {
  auto parsed = parse_strict_json(patch);
  if (!parsed) return parsed.error();
  if (!parsed->is_object()) return settings_of(*parsed, defaults);  // says what is wrong
  for (const auto& each : parsed->items()) {
    const bool known =
        std::find(field_names.begin(), field_names.end(), each.key()) != field_names.end();
    if (each.value().is_null() && !known) {  // would vanish unseen
      return failure{errc::field_invalid, "is unknown", json_pointer_step(each.key())};
    }
  }
  json target = body_of(patched);
  drop_headers_of_another(target, *parsed, "source_url", "source_headers");
  drop_headers_of_another(target, *parsed, "reporting_url", "reporting_headers");
  spell_headers_alike(*parsed, target, "source_headers");
  spell_headers_alike(*parsed, target, "reporting_headers");
  target.merge_patch(*parsed);
  return settings_of(target, defaults);
}

namespace {

void append_field(std::string& out, std::string_view name) {
  out.append(",\"").append(name).append("\":");
}
void append_text(std::string& out, std::string_view name, std::string_view text) {
  append_field(out, name);
  append_json_string(out, text);
}
void append_text_or_null(std::string& out, std::string_view name, std::string_view text) {
  if (!text.empty()) return append_text(out, name, text);
  append_field(out, name);
  out += "null";
}
void append_integer(std::string& out, std::string_view name,
                    const std::optional<std::int64_t>& number) {
  append_field(out, name);
  append_json_number(out, number);
}
void append_flag(std::string& out, std::string_view name, bool flag) {
  append_field(out, name);
  out += flag ? "true" : "false";
}

void append_gaps(std::string& out, const gap_counts& gaps) {
  append_field(out, "gaps");
  char separator = '{';
  for (std::size_t i = 1; i < gaps.size(); ++i) {
    if (gaps[i] == 0) continue;
    out += separator;
    separator = ',';
    out.append("\"").append(to_string(static_cast<gap_reason>(i))).append("\":");
    append_number(out, static_cast<std::int64_t>(gaps[i]));
  }
  out += separator == '{' ? "{}" : "}";
}

void append_settings(std::string& out, const channel_settings& shown,
                     const channel_defaults& defaults) {
  append_text_or_null(out, "source_url", shown.source_url);
  append_text_or_null(out, "reporting_url", shown.reporting_url);
  append_field(out, shown.threshold ? "threshold" : "similarity");
  append_number(
      out, shown.threshold ? *shown.threshold : shown.similarity.value_or(defaults.similarity));
  append_flag(out, "enabled", shown.enabled);
  append_text(out, "still", to_string(shown.still.value_or(defaults.still)));
  append_integer(out, "min_lag_seconds", shown.min_lag_seconds.value_or(defaults.min_lag_seconds));
  append_integer(out, "window_seconds", shown.window_seconds.value_or(defaults.window_seconds));
  append_integer(out, "top_k", shown.top_k.value_or(defaults.top_k));
  append_flag(out, "report_empty", shown.report_empty);
}

}  // namespace

void append_channel(std::string& out, const channel_entry& shown,
                    const channel_defaults& defaults) {
  out += "{\"name\":";
  append_json_string(out, shown.name);
  append_settings(out, shown.settings, defaults);
  append_integer(out, "created_at", shown.created_at);
  append_text(out, "state", state_of(shown));
  append_text_or_null(out, "engine", shown.engine);
  append_text_or_null(out, "last_error", shown.last_error);
  append_text(out, "circuit", shown.circuit_open ? "open" : "closed");
  append_integer(out, "last_time", shown.last_time);
  append_integer(out, "searchable_seconds", shown.searchable_seconds);
  append_gaps(out, shown.gaps);
  append_integer(out, "durable_through", shown.durable_through);
  append_text(out, "integrity", shown.degraded ? "degraded" : "ok");
  append_integer(out, "still_since", shown.still_since);
  out += '}';
}

}  // namespace reprise
