#include "host/library/report_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "host/html_text.hpp"
#include "host/library/heat_map.hpp"
#include "host/match/assert.hpp"
#include "host/readable.hpp"

namespace reprise {
namespace {

// A label may hold characters that turn the direction of writing: <bdi> keeps them from what stands
// beside it.
constexpr std::string_view head = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Labelled videos: report</title>
<style>
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --line: #c8ced6;
  --mark: #1f5fbf; --on: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171c; --ink: #e4e8ee; --line: #3a414b; --mark: #7fb2ff; --on: #0b1017; }
}
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
caption { text-align: left; }
th, td { padding: 0.2rem 0.8rem; border-bottom: 1px solid var(--line); text-align: right;
  font-variant-numeric: tabular-nums; }
th:first-child { text-align: left; overflow-wrap: anywhere; min-width: 8em; }
tfoot th { font-weight: normal; font-style: italic; }
svg text { fill: var(--ink); }
svg text.on { fill: var(--on); }
.heat { fill: var(--mark); stroke: var(--paper); stroke-width: 0.5; }
.frame { fill: none; stroke: var(--line); }
</style>
</head>
<body>
)html";

class page {
 public:
  explicit page(const library_report& shown) : shown_{shown}, out_{head} {}

  std::string made() {
    append_heading();
    append_metrics();
    out_ += "<h2>Confusion matrix</h2>\n<div class=\"wide\">\n";
    append_heat_map(out_, shown_.matrix);
    out_ += "</div>\n<h2>Most important features</h2>\n";
    append_features();
    out_ += "</body>\n</html>\n";
    return std::move(out_);
  }

 private:
  template <typename... Arguments>
  void add(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_), text, std::forward<Arguments>(arguments)...);
  }

  void append_heading() {
    add("<h1>Labelled videos: report</h1>\n<p>{} UTC. ", readable_time(shown_.made_at));
    add("{} {}, ", shown_.videos, shown_.videos == 1 ? "video" : "videos");
    if (shown_.tvshow) {
      append_html(out_ += "of the TV show <bdi>", *shown_.tvshow);
      out_ += "</bdi>";
    } else {
      out_ += "the whole library";
    }
    add("; {} labels.</p>\n", shown_.matrix.labels.size());
  }

  void append_metrics() {
    add("<h2>Metrics</h2>\n<p>Accuracy <strong>{:.4f}</strong></p>\n", shown_.metrics.accuracy);
    out_ +=
        "<div class=\"wide\">\n<table>\n<caption>How predicted labels agree with actual ones"
        "</caption>\n<thead><tr>";
    for (const char* column : {"Label", "Precision", "Recall", "F1", "Support"}) {
      add("<th scope=\"col\">{}</th>", column);
    }
    out_ += "</tr></thead>\n<tbody>\n";
    std::uint64_t all = 0;
    for (const auto& row : shown_.metrics.labels) {
      append_row(row.label, row.scores, row.support);
      all += row.support;
    }
    out_ += "</tbody>\n<tfoot>\n";
    append_row("macro mean", shown_.metrics.macro, all);
    append_row("micro mean", shown_.metrics.micro, all);
    append_row("weighted mean", shown_.metrics.weighted, all);
    out_ += "</tfoot>\n</table>\n</div>\n";
  }

  void append_row(std::string_view name, const label_scores& scores, std::uint64_t support) {
    append_html(out_ += "<tr><th scope=\"row\"><bdi>", name);
    add("</bdi></th><td>{:.4f}</td><td>{:.4f}</td><td>{:.4f}</td><td>{}</td></tr>\n",
        scores.precision, scores.recall, scores.f1, support);
  }

  void append_features() {
    if (shown_.features.empty()) {
      append_html(out_ += "<p>They are left out: ", shown_.why_no_features);
      out_ += ".</p>\n";
      return;
    }
    // In pixels.
    constexpr int row = 22, name = 90, bar = 420, number = 60;
    constexpr double least = 1;
    const double greatest = shown_.features.front().gain;
    const int width = name + bar + number;
    const auto height = row * static_cast<int>(shown_.features.size());
    add("<p>What each is worth for telling the actual labels apart, 1 in all; learnt by the model "
        "{}.</p>\n",
        to_string(shown_.model));
    add(R"(<div class="wide">
<svg width="{}" height="{}" viewBox="0 0 {} {}" font-size="11" role="group"
 aria-labelledby="bars-title">
<title id="bars-title">The {} most important features</title>
)",
        width, height, width, height, shown_.features.size());
    for (std::size_t i = 0; i < shown_.features.size(); ++i) {
      const feature_bar& each = shown_.features[i];
      const int y = row * static_cast<int>(i);
      const double length = std::max(least, bar * each.gain / greatest);
      add("<g><title>feature {}: {}</title>"
          "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">feature {}</text>"
          "<rect class=\"heat\" x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>"
          "<text x=\"{:.1f}\" y=\"{}\">{:.4f}</text></g>\n",
          each.feature, each.gain, name - 6, y + 15, each.feature, name, y + 3, length, row - 6,
          name + length + 5, y + 15, each.gain);
    }
    out_ += "</svg>\n</div>\n";
  }

  const library_report& shown_;
  std::string out_;
};

}  // namespace

std::string report_page(const library_report& shown) {
  REPRISE_ASSERT(!shown.matrix.labels.empty());
  REPRISE_ASSERT(shown.metrics.labels.size() == shown.matrix.labels.size());
  return page{shown}.made();
}

}  // namespace reprise
