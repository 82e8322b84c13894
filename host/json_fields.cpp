#include "host/json_fields.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "host/json_text.hpp"
#include "host/nearest_name.hpp"
#include "host/printable.hpp"
#include "host/strict_json.hpp"

namespace reprise {
namespace {

using nlohmann::json;

std::string wrong_type(std::string_view wanted, const json& found) {
  return "must be " + std::string{wanted} + ", not " + found.type_name();
}

// Which parse_strict_json() keeps as a double.
bool is_minus_zero(const json& number) {
  const double* const real = number.get_ptr<const double*>();
  return real != nullptr && *real == 0 && std::signbit(*real);
}

std::string bounds_text(auto least, auto greatest) {
  std::string said = "must be ";
  if (least == greatest) {
    append_number(said, least);
    return said;
  }
  append_number(said += "from ", least);
  append_number(said += " to ", greatest);
  return said;
}

}  // namespace

json_fields::json_fields(const json& object, std::string pointer)
    : object_{object}, pointer_{std::move(pointer)} {
  if (!object.is_object()) {
    refuse_at(errc::field_invalid, pointer_, wrong_type("an object", object));
  }
}

const json* json_fields::value(std::string_view name, field_need need) {
  known_.push_back(name);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  if (found != object_.end()) return &*found;
  if (need == field_need::required) refuse(errc::field_invalid, name, "is missing");
  return nullptr;
}

std::optional<std::string> json_fields::text_of(const json& text, const std::string& pointer,
                                                std::size_t bytes_max) {
  if (!text.is_string()) {
    refuse_at(errc::field_invalid, pointer, wrong_type("a string", text));
    return std::nullopt;
  }
  const auto& bytes = text.get_ref<const std::string&>();
  if (bytes.size() > bytes_max) {
    refuse_at(errc::out_of_range, pointer,
              "must have at most " + std::to_string(bytes_max) + " bytes");
    return std::nullopt;
  }
  return bytes;
}

std::optional<std::string> json_fields::text(std::string_view name, field_need need,
                                             std::size_t bytes_max) {
  const json* found = value(name, need);
  return found == nullptr ? std::nullopt : text_of(*found, pointer_of(name), bytes_max);
}

std::optional<bool> json_fields::boolean(std::string_view name, field_need need) {
  const json* found = value(name, need);
  if (found == nullptr) return std::nullopt;
  if (found->is_boolean()) return found->get<bool>();
  refuse(errc::field_invalid, name, wrong_type("true or false", *found));
  return std::nullopt;
}

std::optional<std::int64_t> json_fields::integer(std::string_view name, std::int64_t least,
                                                 std::int64_t greatest, field_need need) {
  const json* found = value(name, need);
  if (found == nullptr) return std::nullopt;
  if (!found->is_number()) {
    refuse(errc::field_invalid, name, wrong_type("a whole number", *found));
    return std::nullopt;
  }
  constexpr auto signed_max = static_cast<std::uint64_t>(INT64_MAX);
  const bool too_great = found->is_number_unsigned() && found->get<std::uint64_t>() > signed_max;
  if (found->is_number_integer() && !too_great) {
    const auto number = found->get<std::int64_t>();
    if (number >= least && number <= greatest) return number;
  }
  if (is_minus_zero(*found) && least <= 0 && greatest >= 0) return 0;
  refuse(
      errc::out_of_range, name,
      (found->is_number_float() ? "must be a whole number: " : "") + bounds_text(least, greatest));
  return std::nullopt;
}

std::optional<double> json_fields::real_of(const json& number, const std::string& pointer,
                                           double least, double greatest) {
  if (!number.is_number()) {
    refuse_at(errc::field_invalid, pointer, wrong_type("a number", number));
    return std::nullopt;
  }
  const auto real = number.get<double>();
  if (std::isfinite(real) && real >= least && real <= greatest) return real;
  refuse_at(errc::out_of_range, pointer, bounds_text(least, greatest));
  return std::nullopt;
}

std::optional<double> json_fields::real(std::string_view name, double least, double greatest,
                                        field_need need) {
  const json* found = value(name, need);
  return found == nullptr ? std::nullopt : real_of(*found, pointer_of(name), least, greatest);
}

std::optional<std::vector<double>> json_fields::reals(std::string_view name,
                                                      std::size_t count_least,
                                                      std::size_t count_max, field_need need) {
  const json* found = value(name, need);
  if (found == nullptr) return std::nullopt;
  if (!found->is_array()) {
    refuse(errc::field_invalid, name, wrong_type("a list of numbers", *found));
    return std::nullopt;
  }
  if (found->size() < count_least || found->size() > count_max) {
    refuse(errc::out_of_range, name,
           "has " + std::to_string(found->size()) + " numbers; their count " +
               bounds_text(static_cast<std::int64_t>(count_least),
                           static_cast<std::int64_t>(count_max)));
    return std::nullopt;
  }
  std::vector<double> made;
  made.reserve(found->size());
  for (const json& each : *found) {
    const auto real =
        real_of(each, pointer_of(name) + "/" + std::to_string(made.size()),
                std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max());
    if (!real) return std::nullopt;
    made.push_back(*real);
  }
  return made;
}

std::optional<std::vector<std::string>> json_fields::texts(std::string_view name,
                                                           std::size_t count_max, field_need need) {
  const json* found = value(name, need);
  if (found == nullptr) return std::nullopt;
  if (!found->is_array()) {
    refuse(errc::field_invalid, name, wrong_type("a list of strings", *found));
    return std::nullopt;
  }
  if (found->size() > count_max) {
    refuse(errc::out_of_range, name, "must have at most " + std::to_string(count_max) + " items");
    return std::nullopt;
  }
  std::vector<std::string> made;
  for (const json& each : *found) {
    auto text = text_of(each, pointer_of(name) + "/" + std::to_string(made.size()), text_bytes_max);
    if (!text) return std::nullopt;
    made.push_back(*std::move(text));
  }
  return made;
}

std::optional<std::vector<header_field>> json_fields::text_map(std::string_view name,
                                                               std::size_t count_max,
                                                               field_need need) {
  const json* found = value(name, need);
  if (found == nullptr) return std::nullopt;
  if (!found->is_object()) {
    refuse(errc::field_invalid, name, wrong_type("an object of strings", *found));
    return std::nullopt;
  }
  if (found->size() > count_max) {
    refuse(errc::out_of_range, name, "must have at most " + std::to_string(count_max) + " fields");
    return std::nullopt;
  }
  std::vector<header_field> made;
  for (const auto& [key, each] : found->items()) {
    auto text = text_of(each, pointer_of(name) + json_pointer_step(key), text_bytes_max);
    if (!text) return std::nullopt;
    made.push_back({key, *std::move(text)});
  }
  return made;
}

void json_fields::refuse(errc code, std::string_view name, std::string what) {
  refuse_at(code, pointer_of(name), std::move(what));
}

void json_fields::refuse_at(errc code, std::string pointer, std::string what) {
  if (failed_) return;
  const std::string shown = pointer.empty() ? "the body" : printable(pointer);
  failed_ = failure{code, shown + " " + what, std::move(pointer)};
}

std::string json_fields::pointer_of(std::string_view name) const {
  return pointer_ + json_pointer_step(name);
}

std::optional<failure> json_fields::finish() {
  if (failed_ || !object_.is_object()) return failed_;
  for (const auto& [key, unused] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string_view meant = nearest_name(key, known_);
    refuse(errc::field_invalid, key,
           meant.empty() ? "is unknown" : "is unknown; is \"" + std::string{meant} + "\" meant?");
    break;
  }
  return failed_;
}

}  // namespace reprise
