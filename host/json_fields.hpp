// The fields of one JSON object, taken out one by one, strictly: names, types and bounds.
//
// Shapes   ask for every field that there may be, then finish(): what was never asked for is
//          unknown. An absent field, and one that is wrong, is nothing; null is a wrong type
// Errors   the first one, with its JSON pointer, from finish(): field_invalid for a missing,
//          unknown or wrongly typed field, out_of_range for a number outside its bounds, a fraction
//          where a whole number must be, a text or list that is too long
// Threads  one
// Owns     nothing: the object must outlive it
// Source   RFC 6901; bad input, docs/design.md
//
//   json_fields fields{body};
//   if (auto url = fields.text("source_url")) made.source_url = *url;
//   made.enabled = fields.boolean("enabled").value_or(true);
//   if (const auto failed = fields.finish()) return *failed;
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "host/channel_settings.hpp"
#include "host/failure.hpp"

namespace reprise {

enum class field_need { optional, required };

class json_fields {
 public:
  static constexpr std::size_t text_bytes_max = 4096;

  // `pointer` is where the object stands in the whole body.
  explicit json_fields(const nlohmann::json& object, std::string pointer = {});

  [[nodiscard]] std::optional<std::string> text(std::string_view name,
                                                field_need need = field_need::optional,
                                                std::size_t bytes_max = text_bytes_max);
  [[nodiscard]] std::optional<bool> boolean(std::string_view name,
                                            field_need need = field_need::optional);
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name, std::int64_t least,
                                                    std::int64_t greatest,
                                                    field_need need = field_need::optional);
  // Finite. `least` may be meant to be excluded: check that, and refuse().
  [[nodiscard]] std::optional<double> real(std::string_view name,
                                           double least = std::numeric_limits<double>::lowest(),
                                           double greatest = std::numeric_limits<double>::max(),
                                           field_need need = field_need::optional);
  [[nodiscard]] std::optional<std::vector<double>> reals(std::string_view name,
                                                         std::size_t count_least,
                                                         std::size_t count_max,
                                                         field_need need = field_need::optional);
  [[nodiscard]] std::optional<std::vector<std::string>> texts(
      std::string_view name, std::size_t count_max, field_need need = field_need::optional);
  // {"name": "value"}, in the order of the names.
  [[nodiscard]] std::optional<std::vector<header_field>> text_map(
      std::string_view name, std::size_t count_max, field_need need = field_need::optional);
  // Whatever it is: for a reader of its own. Nothing where it is absent.
  [[nodiscard]] const nlohmann::json* value(std::string_view name,
                                            field_need need = field_need::optional);

  // The caller's own verdict on a field; the first of all verdicts stands.
  void refuse(errc code, std::string_view name, std::string what);
  [[nodiscard]] bool failed() const noexcept { return failed_.has_value(); }
  [[nodiscard]] std::optional<failure> finish();

 private:
  void refuse_at(errc code, std::string pointer, std::string what);
  [[nodiscard]] std::string pointer_of(std::string_view name) const;
  std::optional<double> real_of(const nlohmann::json& number, const std::string& pointer,
                                double least, double greatest);
  std::optional<std::string> text_of(const nlohmann::json& text, const std::string& pointer,
                                     std::size_t bytes_max);

  const nlohmann::json& object_;
  std::string pointer_;
  std::vector<std::string_view> known_;
  std::optional<failure> failed_;
};

}  // namespace reprise
