#include "net/prediction_setting_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "net/url.hpp"

namespace reprise {
namespace {

constexpr std::size_t model_bytes_max = 1'024;
constexpr std::size_t channels = 3;  // red, green and blue
constexpr std::array<std::string_view, 3> kinds = {"library", "onnx", "http"};

bool set_predictor(configuration& into, const setting_value& value) {
  const auto at = std::find(kinds.begin(), kinds.end(), std::get<std::string>(value));
  if (at == kinds.end()) return false;
  into.predictions.predictor = static_cast<predictor_kind>(at - kinds.begin());
  return true;
}

setting_value get_predictor(const configuration& of) {
  return std::string{kinds[static_cast<std::size_t>(of.predictions.predictor)]};
}

bool set_text(std::string& into, const setting_value& value) {
  into = std::get<std::string>(value);
  return into.size() <= model_bytes_max && into.find('\0') == std::string::npos;
}

bool set_url(configuration& into, const setting_value& value) {
  into.predictions.url = std::get<std::string>(value);
  const auto checked = parse_url(into.predictions.url);
  return into.predictions.url.empty() ||
         (checked && checked->target.find('?') == std::string::npos);
}

bool set_mean(configuration& into, const setting_value& value) {
  into.predictions.mean = std::get<std::vector<double>>(value);
  const auto& given = into.predictions.mean;
  return (given.size() == 1 || given.size() == channels) &&
         std::all_of(given.begin(), given.end(), [](double each) { return std::isfinite(each); });
}

bool set_scale(configuration& into, const setting_value& value) {
  into.predictions.scale = std::get<double>(value);
  return std::isfinite(into.predictions.scale) && into.predictions.scale > 0;
}

template <auto Member, std::int64_t Least, std::int64_t Greatest>
bool set_whole(configuration& into, const setting_value& value) {
  const std::int64_t given = std::get<std::int64_t>(value);
  auto& to = into.predictions.*Member;
  if (given >= Least && given <= Greatest) to = static_cast<std::decay_t<decltype(to)>>(given);
  return given >= Least && given <= Greatest;
}

template <auto Member>
setting_value get_whole(const configuration& of) {
  return static_cast<std::int64_t>(of.predictions.*Member);
}

template <auto Member>
setting_value get(const configuration& of) {
  return of.predictions.*Member;
}

template <auto Member, std::int64_t Least, std::int64_t Greatest>
constexpr setting whole(std::string_view key, std::string_view expected) {
  return {"predictions",    key, setting_kind::whole, expected, set_whole<Member, Least, Greatest>,
          get_whole<Member>};
}

template <auto Member>
constexpr setting text(std::string_view key, std::string_view expected) {
  const auto set = [](configuration& into, const setting_value& value) {
    return set_text(into.predictions.*Member, value);
  };
  return {"predictions", key, setting_kind::text, expected, set, get<Member>};
}

using settings_of = prediction_settings;
constexpr std::string_view pixels = "a whole number from 1 to 4096, in pixels";

const std::array table = {
    setting{"predictions", "predictor", setting_kind::text, "library, onnx or http", set_predictor,
            get_predictor},
    whole<&settings_of::neighbours, 1, 100>("neighbours", "a whole number from 1 to 100"),
    text<&settings_of::model>("model", "a model's file, or its name at the server"),
    text<&settings_of::labels>("labels", "a file of labels, one a line"),
    whole<&settings_of::input_width, 1, 4'096>("input_width", pixels),
    whole<&settings_of::input_height, 1, 4'096>("input_height", pixels),
    setting{"predictions", "mean", setting_kind::real_list,
            "a list of one number, or of three: red, green, blue", set_mean,
            get<&settings_of::mean>},
    setting{"predictions", "scale", setting_kind::real, "a number above 0", set_scale,
            get<&settings_of::scale>},
    setting{"predictions", "url", setting_kind::text, "a URL of http or https without a query",
            set_url, get<&settings_of::url>},
    whole<&settings_of::deadline_ms, 100, 300'000>(
        "deadline_ms", "a whole number from 100 to 300000, in milliseconds"),
    whole<&settings_of::workers, 1, 64>("workers", "a whole number from 1 to 64"),
    whole<&settings_of::jobs_max, 1, 1'000'000>("jobs_max", "a whole number from 1 to 1000000"),
    whole<&settings_of::jobs_bytes_max, 1'000'000, std::int64_t{1} << 40>(
        "jobs_bytes_max", "a whole number from 1000000 to 1099511627776, in bytes"),
    whole<&settings_of::tries_max, 1, 100>("tries_max", "a whole number from 1 to 100"),
    whole<&settings_of::keep_seconds, 60, 31'622'400>(
        "keep_seconds", "a whole number from 60 to 31622400, in seconds"),
};

bool is_model_name(std::string_view name) {
  static constexpr std::string_view others = "._-/";
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           (each >= '0' && each <= '9') || others.find(each) != others.npos;
  });
}

}  // namespace

std::span<const setting> prediction_setting_table() noexcept {
  return table;
}

std::optional<setting_fault> fault_of(const prediction_settings& made) {
  const bool is_library = made.predictor == predictor_kind::library;
  const bool is_http = made.predictor == predictor_kind::http;
  if (is_http && made.url.empty()) return setting_fault{"url", "must say where the server is"};
  if (is_http && !is_model_name(made.model)) {
    return setting_fault{"model", "must be the model's name at the server: A-Z a-z 0-9 . _ - /"};
  }
  if (!is_library && made.model.empty()) {
    return setting_fault{"model", "must be the model's file"};
  }
  if (!is_library && !is_http && made.labels.empty()) {
    return setting_fault{"labels", "must be the file of the model's labels"};
  }
  return {};
}

}  // namespace reprise
