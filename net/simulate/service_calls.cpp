#include "net/simulate/service_calls.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/printable.hpp"
#include "host/recording_formats.hpp"

namespace reprise::simulate {
namespace {

using nlohmann::json;

constexpr std::size_t names_max = 20'000;

failure refused(const plain_request& asked, unsigned status, const std::string& body) {
  std::string text = asked.method + " " + asked.url + ": " + std::to_string(status);
  const json problem = json::parse(body, nullptr, false);
  if (problem.is_object()) {
    for (const char* field : {"code", "detail"}) {
      if (const auto at = problem.find(field); at != problem.end() && at->is_string()) {
        text += (field[0] == 'c' ? " " : ": ") + at->get<std::string>();
      }
    }
  }
  if (text.find("url_blocked") != std::string::npos) {
    text += " (the simulator's address must be in the service's [egress] allow)";
  }
  return {errc::io_failed, printable(text)};
}

failure malformed(const plain_request& asked) {
  return {errc::data_malformed,
          printable(asked.method + " " + asked.url + ": not the answer that was expected")};
}

template <typename T>
void take(const json& from, const char* name, T& into) {
  if (const auto at = from.find(name); at != from.end() && !at->is_null()) {
    into = at->get<typename std::conditional_t<std::is_same_v<T, std::string>, std::string,
                                               typename T::value_type>>();
  }
}

gap_counts gaps_of(const json& told) {
  gap_counts gaps{};
  for (std::size_t reason = 0; reason < gap_reasons; ++reason) {
    const std::string word{to_string(static_cast<gap_reason>(reason))};
    if (const auto at = told.find(word); at != told.end()) gaps[reason] = at->get<std::uint64_t>();
  }
  return gaps;
}

}  // namespace

channel_settings simulated_settings(std::string source_url, std::string reporting_url) {
  const channel_defaults fixed;
  channel_settings made;
  made.source_url = std::move(source_url);
  made.reporting_url = std::move(reporting_url);
  made.similarity = fixed.similarity;
  made.still = fixed.still;
  made.min_lag_seconds = fixed.min_lag_seconds;
  made.window_seconds = fixed.window_seconds;
  made.top_k = fixed.top_k;
  return made;
}

search_settings simulated_search() {
  return search_settings_of(simulated_settings("", ""), {}, rule{});
}

service_calls::service_calls(std::string url, std::string_view key) : url_{std::move(url)} {
  while (url_.ends_with('/')) url_.pop_back();
  if (!key.empty()) headers_.push_back({"Authorization", "Bearer " + std::string{key}});
}

plain_request service_calls::request(std::string method, const std::string& path) const {
  return {.method = std::move(method), .url = url_ + path, .headers = headers_};
}

outcome<std::string> service_calls::call(const plain_request& asked) {
  auto answer = client_.send(asked);
  if (!answer) return answer.error();
  if (answer->status / 100 == 2) return std::move(answer->body);
  return refused(asked, answer->status, answer->body);
}

outcome<bool> service_calls::ready() {
  const auto answer = client_.send(request("GET", "/readyz"));
  if (!answer) return answer.error();
  return answer->status == 200;
}

outcome<void> service_calls::put_channel(const std::string& name,
                                         const channel_settings& settings) {
  json body = {{"enabled", settings.enabled}};
  if (!settings.source_url.empty()) body["source_url"] = settings.source_url;
  if (!settings.reporting_url.empty()) body["reporting_url"] = settings.reporting_url;
  if (settings.similarity) body["similarity"] = *settings.similarity;
  if (settings.threshold) body["threshold"] = *settings.threshold;
  if (settings.still) body["still"] = *settings.still == still_policy::skip ? "skip" : "match";
  if (settings.min_lag_seconds) body["min_lag_seconds"] = *settings.min_lag_seconds;
  if (settings.window_seconds) body["window_seconds"] = *settings.window_seconds;
  if (settings.top_k) body["top_k"] = *settings.top_k;
  plain_request asked = request("PUT", "/channels/" + name);
  asked.content_type = "application/json";
  asked.body = body.dump();
  const auto done = call(asked);
  if (!done) return done.error();
  return {};
}

outcome<void> service_calls::disable_channel(const std::string& name) {
  plain_request asked = request("PATCH", "/channels/" + name);
  asked.content_type = "application/merge-patch+json";
  asked.body = R"({"enabled":false})";
  const auto done = call(asked);
  if (!done) return done.error();
  return {};
}

outcome<void> service_calls::remove_channel(const std::string& name) {
  const plain_request asked = request("DELETE", "/channels/" + name);
  const auto answer = client_.send(asked);
  if (!answer) return answer.error();
  if (answer->status / 100 == 2 || answer->status == 404) return {};
  return refused(asked, answer->status, answer->body);
}

outcome<watched_channel> service_calls::channel(const std::string& name) {
  const plain_request asked = request("GET", "/channels/" + name);
  const auto body = call(asked);
  if (!body) return body.error();
  watched_channel seen{.name = name};
  try {
    const json told = json::parse(*body);
    seen.gaps = gaps_of(told.at("gaps"));
    take(told, "durable_through", seen.durable_through);
    take(told, "threshold", seen.settings.threshold);
    if (!seen.settings.threshold) take(told, "similarity", seen.settings.similarity);
    take(told, "min_lag_seconds", seen.settings.min_lag_seconds);
    take(told, "window_seconds", seen.settings.window_seconds);
    take(told, "top_k", seen.settings.top_k);
    take(told, "reporting_url", seen.settings.reporting_url);
    seen.settings.report_empty = told.value("report_empty", false);
    if (const auto still = told.find("still"); still != told.end() && still->is_string()) {
      seen.settings.still = *still == "skip" ? still_policy::skip : still_policy::match;
    }
  } catch (const json::exception&) {
    return malformed(asked);
  }
  return seen;
}

outcome<std::vector<std::string>> service_calls::channel_names() {
  std::vector<std::string> names;
  for (std::string cursor; names.size() < names_max;) {
    const plain_request asked =
        request("GET", "/channels" + (cursor.empty() ? "" : "?cursor=" + cursor));
    const auto body = call(asked);
    if (!body) return body.error();
    try {
      const json page = json::parse(*body);
      for (const json& item : page.at("items")) {
        names.push_back(item.at("name").get<std::string>());
      }
      if (page.at("next").is_null()) break;
      cursor = page.at("next").get<std::string>();
    } catch (const json::exception&) {
      return malformed(asked);
    }
  }
  return names;
}

outcome<std::vector<recorded_second>> service_calls::exported(const std::string& name) {
  plain_request asked = request("GET", "/channels/" + name + "/fingerprints");
  asked.headers.push_back({"Accept", "application/x-ndjson"});
  auto answer = client_.open(asked);
  if (!answer) return answer.error();
  if (answer->status != 200) return refused(asked, answer->status, "");
  std::vector<recorded_second> seconds;
  const auto reader = make_ndjson_reader(std::move(answer->body), asked.url);
  recorded_second second;
  for (;;) {
    const auto more = reader->next(second);
    if (!more && reader->bytes_read() == 0 && more.error().code == errc::data_malformed) break;
    if (!more) return more.error();
    if (!*more || seconds.size() == window_seconds_max) break;
    seconds.push_back(second);
  }
  return seconds;
}

outcome<bool> service_calls::deliveries_waiting() {
  const plain_request asked = request("GET", "/deliveries?state=waiting&limit=1");
  const auto body = call(asked);
  if (!body) return body.error();
  const json page = json::parse(*body, nullptr, false);
  if (!page.is_object() || !page.contains("items")) return malformed(asked);
  return !page["items"].empty();
}

}  // namespace reprise::simulate
