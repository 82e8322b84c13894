#include "host/report_text.hpp"

#include <nlohmann/json.hpp>

#include "host/json_text.hpp"

namespace reprise {
namespace {

std::string opening(std::string_view channel, std::int64_t time) {
  std::string out{"{\"channel\":\""};
  append_number(out.append(channel).append("\",\"time\":"), time);
  return out;
}

void append_times(std::string& out, std::span<const stored_match> best) {
  out.append(",\"match_times\":[");
  for (std::size_t i = 0; i < best.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_number(out, best[i].time);
  }
  out.push_back(']');
}

}  // namespace

std::string report_body(std::string_view channel, std::int64_t time,
                        std::span<const stored_match> best) {
  std::string out = opening(channel, time);
  append_times(out, best);
  return out.append("}");
}

std::string match_event(std::string_view channel, std::int64_t time,
                        std::span<const stored_match> best, const rule& by) {
  std::string out = opening(channel, time);
  append_times(out, best);
  out.append(",\"scores\":[");
  for (std::size_t i = 0; i < best.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_number(out, nearest_double(best[i].score, by));
  }
  return out.append("]}");
}

std::string tick_event(std::string_view channel, std::int64_t time, std::size_t matches,
                       gap_reason reason) {
  std::string out = opening(channel, time);
  if (reason != gap_reason::none) {
    return out.append(",\"gap\":\"").append(to_string(reason)).append("\"}");
  }
  append_number(out.append(",\"matches\":"), static_cast<std::int64_t>(matches));
  return out.append("}");
}

std::string repeat_event(std::string_view channel, const repeat& told, const rule& by) {
  std::string out;
  append_repeat_line(out, channel, told, by);
  out.pop_back();  // the newline
  return out;
}

std::string channel_event(const channel_entry& entry) {
  nlohmann::ordered_json made;
  made["channel"] = entry.name;
  made["state"] = state_of(entry);
  made["circuit"] = entry.circuit_open ? "open" : "closed";
  made["last_error"] = entry.last_error;
  made["still_since"] = nullptr;
  if (entry.still_since) made["still_since"] = *entry.still_since;
  return made.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace reprise
