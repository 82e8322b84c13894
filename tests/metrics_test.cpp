#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "net/metrics_route.hpp"

namespace reprise {
namespace {

// Name and labels of every sample, as the text has them, to its value.
std::map<std::string, double> samples_of(const std::string& text) {
  std::map<std::string, double> made;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const auto space = line.rfind(' ');
    EXPECT_TRUE(made.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second);
  }
  return made;
}

TEST(Metrics, ComeAsTheTextThatPrometheusReads) {
  latency_histogram times;
  for (const double seconds : {0.00005, 0.003, 0.003, 60.0}) times.add(seconds);
  const std::vector<metrics_teller> tellers = {
      [](metric_writer& into) {
        into.counter("reprise_gaps_total", "Gaps", {{"reason", "a\"b\\c\n"}}, 3);
        into.gauge("reprise_channels", "Channels", {}, 7);
      },
      [&](metric_writer& into) {
        into.counter("reprise_gaps_total", "Gaps", {{"reason", "tls"}}, 4);
        into.histogram("reprise_tick_seconds", "Times", {}, times);
      },
  };
  const std::string text = metrics_text(tellers);
  const auto samples = samples_of(text);
  EXPECT_EQ(samples.at("reprise_channels"), 7);
  EXPECT_EQ(samples.at("reprise_gaps_total{reason=\"tls\"}"), 4);
  EXPECT_EQ(samples.at("reprise_gaps_total{reason=\"a\\\"b\\\\c\\n\"}"), 3);
  EXPECT_EQ(samples.at("reprise_tick_seconds_count"), 4);
  EXPECT_EQ(samples.at("reprise_tick_seconds_bucket{le=\"0.0001\"}"), 1);
  EXPECT_EQ(samples.at("reprise_tick_seconds_bucket{le=\"0.005\"}"), 3);
  EXPECT_EQ(samples.at("reprise_tick_seconds_bucket{le=\"10\"}"), 3);
  EXPECT_EQ(samples.at("reprise_tick_seconds_bucket{le=\"+Inf\"}"), 4);
  const std::string type = "# TYPE reprise_gaps_total counter\n";
  EXPECT_EQ(text.find(type), text.rfind(type));
  EXPECT_NE(text.find(type), text.npos);
}

}  // namespace
}  // namespace reprise
