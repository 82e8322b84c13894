#include "host/library/video_json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <nlohmann/json.hpp>

#include "host/json_fields.hpp"
#include "host/json_text.hpp"
#include "host/match/assert.hpp"
#include "host/strict_json.hpp"

namespace reprise {
namespace {

// Many readers take digits alone for a whole number of 64 bits, which has no -0: such doubles are
// written with an exponent.
void append_feature(std::string& out, double feature) {
  constexpr double whole_max = 9'007'199'254'740'992;  // 2^53
  const bool is_minus_zero = feature == 0 && std::signbit(feature);
  if (!is_minus_zero && std::abs(feature) < whole_max) return append_number(out, feature);
  REPRISE_ASSERT(std::isfinite(feature));
  char characters[32];  // a double takes 24 at most
  const auto written = std::to_chars(characters, characters + sizeof characters, feature,
                                     std::chars_format::scientific);
  REPRISE_ASSERT(written.ec == std::errc{});
  out.append(characters, written.ptr);
}

void append_fields(std::string& out, const video_entry& written) {
  append_json_string(out += "{\"content_id\":", written.content_id);
  append_json_string(out += ",\"actual_label\":", written.actual_label);
  append_json_string(out += ",\"predicted_label\":", written.predicted_label);
  if (written.tvshow) append_json_string(out += ",\"tvshow\":", *written.tvshow);
}

// `named`: its content_id, where that is known.
outcome<video> parse(std::string_view body, const std::optional<std::string_view>& named) {
  const auto object = parse_strict_json(body);
  if (!object) return object.error();
  json_fields fields{*object};
  video read;
  const field_need need = named ? field_need::optional : field_need::required;
  read.content_id = fields.text("content_id", need).value_or(std::string{named.value_or("")});
  if (named && read.content_id != *named) {
    fields.refuse(errc::field_invalid, "content_id", "must be that of the path");
  }
  if (auto text = fields.text("actual_label", field_need::required)) read.actual_label = *text;
  if (auto text = fields.text("predicted_label", field_need::required)) {
    read.predicted_label = *text;
  }
  read.tvshow = fields.text("tvshow");
  const auto features =
      fields.reals("feature_vector", features_count, features_count, field_need::required);
  if (features) std::copy(features->begin(), features->end(), read.features.begin());
  if (const auto failed = fields.finish()) return *failed;
  if (const auto fault = fault_of(read)) {
    fields.refuse(errc::field_invalid, fault->field, fault->what);
    return *fields.finish();
  }
  return read;
}

}  // namespace

outcome<video> parse_video(std::string_view body) {
  return parse(body, {});
}

outcome<video> parse_video(std::string_view body, std::string_view content_id) {
  return parse(body, content_id);
}

void append_video(std::string& out, const video& written) {
  append_fields(out, written);
  append_features(out += ",\"feature_vector\":", written.features);
  out += '}';
}

void append_video_entry(std::string& out, const video_entry& written) {
  append_fields(out, written);
  out += '}';
}

void append_features(std::string& out, const feature_vector& written) {
  char separator = '[';
  for (const double feature : written) {
    out += separator;
    append_feature(out, feature);
    separator = ',';
  }
  out += ']';
}

}  // namespace reprise
