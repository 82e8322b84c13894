#include "host/scan_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "host/json_text.hpp"
#include "host/readable.hpp"

namespace reprise {
namespace {

constexpr std::string_view bold = "\x1b[1m", green = "\x1b[32m", plain = "\x1b[0m";
constexpr std::string_view channel_title = "CHANNEL";
constexpr std::string_view match_row = "{:<{}}  {:<19}  {:<19}  {:>9}  {}{:>10}{}\n";
constexpr std::string_view repeat_row =
    "{:<{}}  {:<19}  {:<19}  {:<19}  {:>9}  {:>7}  {}{:>10}{}{}\n";

template <typename... Columns>
void append_row(std::string& out, std::string_view format, const Columns&... columns) {
  fmt::format_to(std::back_inserter(out), fmt::runtime(format), columns...);
}

void append_match_line(std::string& out, std::string_view channel, std::int64_t time,
                       std::span<const match> best, const rule& by) {
  out.append("{\"channel\":\"").append(channel).append("\",\"time\":");
  append_number(out, time);
  out.append(",\"match_times\":");
  char separator = '[';
  for (const match& matched : best) {
    out += std::exchange(separator, ',');
    append_number(out, time - matched.lag_seconds);
  }
  out.append("],\"scores\":");
  separator = '[';
  for (const match& matched : best) {
    out += std::exchange(separator, ',');
    append_number(out, nearest_double(matched.score, by));
  }
  out.append("]}\n");
}

struct similarity_cell {
  similarity_cell(score_value score, const scan_text& style)
      : text{readable_similarity(score, style.by)} {
    if (!style.coloured || text != "100.00%") return;
    before = green;
    behind = plain;
  }
  std::string text;
  std::string_view before, behind;
};

std::string_view remark_of(const repeat& described) {
  if (described.kind == repeat_kind::still) return described.open ? "  still, open" : "  still";
  return described.open ? "  open" : "";
}

std::size_t width_of(const scan_text& style) {
  return std::max(style.channel_width, channel_title.size());
}

}  // namespace

void scan_text::append_header(std::string& out) const {
  if (format == scan_format::ndjson) return;
  if (coloured) out += bold;
  if (repeats) {
    append_row(out, repeat_row, channel_title, width_of(*this), "START (UTC)", "END (UTC)",
               "REPEATS FROM (UTC)", "LAG", "SECONDS", "", "SIMILARITY", "", "");
  } else {
    append_row(out, match_row, channel_title, width_of(*this), "TIME (UTC)", "REPEATS (UTC)", "LAG",
               "", "SIMILARITY", "");
  }
  if (coloured) out.insert(out.size() - 1, plain);
}

void scan_text::append_matches(std::string& out, std::string_view channel, std::int64_t time,
                               std::span<const match> best) const {
  if (format == scan_format::ndjson) return append_match_line(out, channel, time, best, by);
  for (const match& matched : best) {
    const similarity_cell similarity{matched.score, *this};
    append_row(out, match_row, channel, width_of(*this), readable_time(time),
               readable_time(time - matched.lag_seconds), readable_lag(matched.lag_seconds),
               similarity.before, similarity.text, similarity.behind);
  }
}

void scan_text::append_repeat(std::string& out, std::string_view channel,
                              const repeat& written) const {
  if (format == scan_format::ndjson) return append_repeat_line(out, channel, written, by);
  const similarity_cell similarity{written.score, *this};
  append_row(out, repeat_row, channel, width_of(*this), readable_time(written.start),
             readable_time(written.end), readable_time(written.source_start()),
             readable_lag(written.lag_seconds), written.seconds(), similarity.before,
             similarity.text, similarity.behind, remark_of(written));
}

void scan_text::append_nothing_found(std::string& out) const {
  if (format == scan_format::table) out += repeats ? "No repeats.\n" : "No matches.\n";
}

}  // namespace reprise
