#include "net/report_route.hpp"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "host/channel_name.hpp"
#include "host/json_fields.hpp"
#include "host/json_text.hpp"
#include "host/strict_json.hpp"
#include "net/channel_json.hpp"
#include "net/report_calls.hpp"
#include "net/route_values.hpp"
#include "net/url.hpp"

namespace reprise {
namespace {

constexpr std::size_t report_body_bytes_max = 16'384;
constexpr std::array<std::string_view, 1> json_body = {"application/json"};

std::string url_of(json_fields& fields, std::string_view name) {
  auto text = fields.text(name);
  if (!text) return {};
  if (const auto checked = parse_url(*text); !checked) {
    fields.refuse(errc::url_invalid, name, checked.error().what);
  }
  return std::move(*text);
}

outcome<report_call> parse_call(const std::string& body) {
  const auto parsed = parse_strict_json(body);
  if (!parsed) return parsed.error();
  json_fields fields{*parsed};
  report_call made;
  made.channel = fields.text("source", field_need::required).value_or("");
  if (!fields.failed() && !is_channel_name(made.channel)) {
    fields.refuse(errc::field_invalid, "source", "must be " + std::string{channel_name_expected});
  }
  made.source_url = url_of(fields, "source_url");
  made.overrides.threshold = fields.real("threshold", 0, threshold_max());
  if (auto url = url_of(fields, "reporting_url"); !url.empty()) {
    made.overrides.reporting_url = std::move(url);
  }
  if (auto failed = fields.finish()) return *failed;
  return made;
}

std::string report_text(std::string_view channel, const tick_answer& tick) {
  std::string text = "{\"channel\":";
  append_json_string(text, channel);
  text += ",\"time\":";
  append_number(text, tick.time);
  text += ",\"match_times\":[";
  for (std::size_t i = 0; i < tick.match_times.size(); ++i) {
    if (i > 0) text += ',';
    append_number(text, tick.match_times[i]);
  }
  text += "]}";
  return text;
}

api_response gap_problem(const report_answer& answered, std::string_view request_id) {
  const gap_reason reason = answered.tick.reason;
  const bool slow = reason == gap_reason::timeout || reason == gap_reason::late;
  const bool ours = reason == gap_reason::overload;
  api_response made =
      problem(ours ? 503 : (slow ? 504 : 502), to_string(reason), answered.what, {}, request_id);
  if (ours) made.headers.push_back({"Retry-After", "1"});
  return made;
}

// What is known of the channel before it is asked.
struct target {
  bool there = false;
  bool has_source = false;
};

class report_route {
 public:
  report_route(const api_parts& parts, std::shared_ptr<channel_changes> changes)
      : parts_{parts},
        changes_{std::move(changes)},
        calls_{std::make_shared<report_calls>(parts.service, parts.time, parts.exchange,
                                              parts.fetch_deadline)} {}

  net::awaitable<api_response> take(api_request request) {
    const auto call = parse_call(request.body);
    if (!call) co_return problem_of(call.error(), request.request_id);
    if (const auto fit = co_await prepare(*call); !fit) {
      co_return problem_of(fit.error(), request.request_id);
    }
    const auto make_call = [calls = calls_, call = *call](done<report_answer> done) {
      calls->call(call, std::move(done));
    };
    const auto answered = co_await parts_.core.ask_for<report_answer>(make_call);
    if (!answered) co_return problem_of(answered.error(), request.request_id);
    if (answered->tick.reason == gap_reason::none) {
      co_return json_answer(200, report_text(call->channel, answered->tick));
    }
    co_return gap_problem(*answered, request.request_id);
  }

 private:
  net::awaitable<outcome<target>> look(std::string name) const {
    const auto look_up = [&service = parts_.service, name = std::move(name)]() -> outcome<target> {
      const channel_entry* entry = service.book().find(name);
      if (entry == nullptr) {
        const failure missing = no_such_channel(service, name);
        if (missing.code == errc::loading) return missing;
        return target{};
      }
      return target{true, !entry->settings.source_url.empty()};
    };
    return parts_.core.ask(look_up);
  }

  // The URLs may be asked, and the channel is there.
  net::awaitable<outcome<void>> prepare(report_call call) const {
    auto judged = co_await judge_url(parts_, call.source_url, "/source_url");
    if (!judged) co_return judged;
    judged =
        co_await judge_url(parts_, call.overrides.reporting_url.value_or(""), "/reporting_url");
    if (!judged) co_return judged;
    auto found = co_await look(call.channel);
    if (!found) co_return found.error();
    if (call.source_url.empty() && !found->has_source) {
      co_return failure{errc::field_invalid, "is missing, and the channel has none", "/source_url"};
    }
    if (found->there) co_return outcome<void>{};
    const auto turn = co_await changes_->take_turn(call.channel);
    if (!turn) co_return failure{errc::stopping, "given up", {}};
    found = co_await look(call.channel);
    if (!found) co_return found.error();
    if (found->there) co_return outcome<void>{};
    co_return co_await make_unpolled(std::move(call));
  }

  net::awaitable<outcome<void>> make_unpolled(report_call call) const {
    channel_settings settings;
    settings.threshold = call.overrides.threshold;
    settings.reporting_url = call.overrides.reporting_url.value_or("");
    const auto put = [&service = parts_.service, name = call.channel,
                      settings](done<put_answer> done) {
      service.put_channel(name, settings, std::move(done));
    };
    const auto made = co_await parts_.core.ask_for<put_answer>(put);
    if (!made) co_return made.error();
    co_return outcome<void>{};
  }

  const api_parts& parts_;
  std::shared_ptr<channel_changes> changes_;
  std::shared_ptr<report_calls> calls_;
};

}  // namespace

void add_report_route(std::vector<route>& table, const api_parts& parts,
                      std::shared_ptr<channel_changes> changes) {
  const auto made = std::make_shared<report_route>(parts, std::move(changes));
  route& added = add_route(table, "POST", "/report", made, &report_route::take);
  added.body_bytes_max = report_body_bytes_max;
  added.content_types = json_body;
}

}  // namespace reprise
