#include "net/configuration_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include "host/byte_stream.hpp"
#include "host/nearest_name.hpp"
#include "host/printable.hpp"
#include "net/prediction_setting_table.hpp"
#include "net/setting_table.hpp"
#include "net/url.hpp"

namespace reprise {
namespace {

constexpr std::string_view prefix = "REPRISE_";
// Variables of ours that are no settings.
constexpr std::array<std::string_view, 2> other_variables = {"REPRISE_KERNEL", "REPRISE_LIBEXEC"};

failure invalid(std::string what) {
  return {errc::configuration_invalid, std::move(what)};
}

std::string meant(std::string_view typed, const std::vector<std::string_view>& known) {
  const std::string_view nearest = nearest_name(typed, known);
  return nearest.empty() ? std::string{} : fmt::format("; did you mean {}?", nearest);
}

outcome<std::string> read_whole(const std::string& path) {
  const auto opened = open_byte_source(path);
  if (!opened) return opened.error();
  std::string text(configuration_bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto read = (*opened)->read(std::span{text}.subspan(size));
    if (!read) return read.error();
    if (*read == 0) break;
    size += *read;
  }
  if (size > configuration_bytes_max) {
    return invalid(
        fmt::format("{}: longer than {} bytes", printable(path), configuration_bytes_max));
  }
  text.resize(size);
  return text;
}

class reader {
 public:
  outcome<configuration_read> read(const configuration_places& places) {
    if (places.file) {
      if (auto done = read_file(*places.file); !done) return done.error();
    }
    if (auto done = read_environment(places.environment); !done) return done.error();
    const std::array<std::pair<const std::optional<std::string>&, std::array<std::string_view, 3>>,
                     3>
        flags = {{{places.listen, {"server", "listen", "--listen"}},
                  {places.data_dir, {"data", "dir", "--data-dir"}},
                  {places.engine, {"engine", "backend", "--engine"}}}};
    for (const auto& [typed, names] : flags) {
      if (!typed) continue;
      const setting& named = *find_setting(names[0], names[1]);
      if (auto done = set(named, *typed, std::string{names[2]}); !done) return done.error();
    }
    if (auto done = judge_together(); !done) return done.error();
    show();
    return std::move(read_);
  }

 private:
  outcome<void> read_file(const std::string& path) {
    const auto text = read_whole(path);
    if (!text) return text.error();
    file_ = printable(path);
    try {
      const toml::table whole = toml::parse(*text);
      for (const auto& [section, node] : whole) {
        if (auto done = read_section(section.str(), node); !done) return done;
      }
    } catch (const toml::parse_error& failed) {
      return invalid(at(failed.source()) + printable(failed.description()));
    }
    return {};
  }

  std::string at(const toml::source_region& place) const {
    return fmt::format("{}:{}:{}: ", file_, place.begin.line, place.begin.column);
  }

  outcome<void> read_section(std::string_view section, const toml::node& node) {
    std::vector<std::string_view> known;
    for (const setting& each : settings()) known.push_back(each.section);
    if (std::find(known.begin(), known.end(), section) == known.end()) {
      return invalid(fmt::format("{}[{}]: unknown{}", at(node.source()), printable(section),
                                 meant(section, known)));
    }
    const toml::table* const keys = node.as_table();
    if (keys == nullptr) {
      return invalid(
          fmt::format("{}{}: must be a section, [{}]", at(node.source()), section, section));
    }
    for (const auto& [key, value] : *keys) {
      if (auto done = read_key(section, key, value); !done) return done;
    }
    return {};
  }

  outcome<void> read_key(std::string_view section, const toml::key& key, const toml::node& node) {
    const setting* const named = find_setting(section, key.str());
    if (named == nullptr) {
      std::vector<std::string_view> known;
      for (const setting& each : settings()) {
        if (each.section == section) known.push_back(each.key);
      }
      return invalid(fmt::format("{}[{}] {}: unknown{}", at(key.source()), section,
                                 printable(key.str()), meant(key.str(), known)));
    }
    const auto value = value_of(named->kind, node);
    if (value && named->set(read_.made, *value)) {
      from_[named] = fmt::format("{}:{}", file_, key.source().begin.line);
      return {};
    }
    return invalid(fmt::format("{}[{}] {}: must be {}", at(node.source()), section, named->key,
                               named->expected));
  }

  static std::optional<setting_value> value_of(setting_kind kind, const toml::node& node) {
    switch (kind) {
      case setting_kind::text:
        if (const auto* text = node.as_string()) return text->get();
        return {};
      case setting_kind::whole:
        if (const auto* number = node.as_integer()) return number->get();
        return {};
      case setting_kind::real:
        if (const auto* number = node.as_floating_point()) return number->get();
        if (const auto* number = node.as_integer()) return static_cast<double>(number->get());
        return {};
      case setting_kind::flag:
        if (const auto* flag = node.as_boolean()) return flag->get();
        return {};
      case setting_kind::list:
        return list_of<std::string>(node);
      case setting_kind::whole_list:
        return list_of<std::int64_t>(node);
      case setting_kind::real_list:
        return reals_of(node);
    }
    return {};
  }

  template <typename Part>
  static std::optional<setting_value> list_of(const toml::node& node) {
    const toml::array* const parts = node.as_array();
    if (parts == nullptr) return {};
    std::vector<Part> list;
    for (const toml::node& part : *parts) {
      const auto* each = part.as<Part>();
      if (each == nullptr) return {};
      list.push_back(each->get());
    }
    return list;
  }

  static std::optional<setting_value> reals_of(const toml::node& node) {
    const toml::array* const parts = node.as_array();
    if (parts == nullptr) return {};
    std::vector<double> list;
    for (const toml::node& part : *parts) {
      const auto each = value_of(setting_kind::real, part);
      if (!each) return {};
      list.push_back(std::get<double>(*each));
    }
    return list;
  }

  outcome<void> read_environment(
      const std::vector<std::pair<std::string, std::string>>& environment) {
    std::map<std::string, const setting*> variables;
    for (const setting& each : settings()) variables[variable_of(each)] = &each;
    std::vector<std::string_view> known{other_variables.begin(), other_variables.end()};
    for (const auto& [variable, each] : variables) known.push_back(variable);
    for (const auto& [variable, value] : environment) {
      if (const auto found = variables.find(variable); found != variables.end()) {
        if (auto done = set(*found->second, value, variable); !done) return done;
      } else if (std::find(known.begin(), known.end(), variable) == known.end()) {
        read_.warnings.push_back(fmt::format("{}: no setting has this name{}", printable(variable),
                                             meant(variable, known)));
      }
    }
    return {};
  }

  outcome<void> set(const setting& named, const std::string& typed, const std::string& place) {
    const auto value = parse_setting(named.kind, typed);
    if (value && named.set(read_.made, *value)) {
      from_[&named] = place;
      return {};
    }
    return invalid(fmt::format("{} {}: must be {}", place, printable(typed), named.expected));
  }

  // What no setting tells by itself.
  outcome<void> judge_together() const {
    const configuration& made = read_.made;
    if (made.defaults.min_lag_seconds > made.defaults.window_seconds) {
      return invalid(fmt::format("{}: [defaults] min_lag_seconds: must not be above window_seconds",
                                 place_of("defaults", "min_lag_seconds")));
    }
    const auto& averages = made.moving_averages;
    const std::int64_t longest =
        *std::max_element(averages.windows.begin(), averages.windows.end());
    // Else an average would lose events before it is told.
    if (averages.events_keep_seconds < 60 * longest) {
      return invalid(
          fmt::format("{}: [moving_averages] events_keep_seconds: must be at least {}, the longest "
                      "of the windows ({})",
                      place_of("moving_averages", "events_keep_seconds"), 60 * longest,
                      place_of("moving_averages", "windows")));
    }
    if (const auto fault = fault_of(made.predictions)) {
      return invalid(fmt::format("{}: [predictions] {}: {}", place_of("predictions", fault->key),
                                 fault->key, fault->what));
    }
    return {};
  }

  std::string place_of(std::string_view section, std::string_view key) const {
    const auto found = from_.find(find_setting(section, key));
    return found == from_.end() ? "default" : found->second;
  }

  void show() {
    std::string_view section;
    for (const setting& each : settings()) {
      if (each.section != section) {
        read_.shown += fmt::format("{}[{}]\n", section.empty() ? "" : "\n", each.section);
        section = each.section;
      }
      const auto from = from_.find(&each);
      read_.shown += fmt::format("{} = {}  # {}\n", each.key, as_toml(shown(each.get(read_.made))),
                                 from == from_.end() ? "default" : from->second);
    }
  }

  // What stands in the query of a URL may be a secret.
  static setting_value shown(setting_value value) {
    auto* const text = std::get_if<std::string>(&value);
    if (text == nullptr || !parse_url(*text)) return value;
    const std::size_t query = text->find('?');
    if (query != std::string::npos) text->replace(query + 1, std::string::npos, "***");
    return value;
  }

  std::string file_;
  configuration_read read_;
  std::map<const setting*, std::string> from_;
};

}  // namespace

outcome<configuration_read> read_configuration(const configuration_places& places) {
  return reader{}.read(places);
}

std::vector<std::pair<std::string, std::string>> reprise_environment() {
  std::vector<std::pair<std::string, std::string>> found;
  for (char** each = ::environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view whole{*each};
    const std::size_t equals = whole.find('=');
    if (equals == std::string_view::npos || !whole.starts_with(prefix)) continue;
    found.emplace_back(whole.substr(0, equals), whole.substr(equals + 1));
  }
  return found;
}

}  // namespace reprise
