#include "net/metrics_route.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "host/match/assert.hpp"
#include "net/route_values.hpp"

namespace reprise {
namespace {

using families = std::vector<prometheus::MetricFamily>;

class family_writer final : public metric_writer {
 public:
  void counter(std::string_view name, std::string_view help, metric_labels labels,
               double value) override {
    add(prometheus::MetricType::Counter, name, help, labels).counter.value = value;
  }
  void gauge(std::string_view name, std::string_view help, metric_labels labels,
             double value) override {
    add(prometheus::MetricType::Gauge, name, help, labels).gauge.value = value;
  }
  void histogram(std::string_view name, std::string_view help, metric_labels labels,
                 const latency_histogram& value) override {
    auto& made = add(prometheus::MetricType::Histogram, name, help, labels).histogram;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < value.counts().size(); ++i) {
      const double bound =
          i < latency_histogram::bounds.size() ? latency_histogram::bounds[i] : infinity;
      made.sample_count += value.counts()[i];
      made.bucket.push_back({made.sample_count, bound});
    }
    made.sample_sum = value.sum();
  }

  [[nodiscard]] families take() { return std::move(told_); }

 private:
  prometheus::ClientMetric& add(prometheus::MetricType type, std::string_view name,
                                std::string_view help, metric_labels labels) {
    const auto [at, is_new] = by_name_.try_emplace(std::string{name}, told_.size());
    if (is_new) told_.push_back({std::string{name}, std::string{help}, type, {}});
    prometheus::MetricFamily& family = told_[at->second];
    REPRISE_ASSERT(family.type == type);
    prometheus::ClientMetric& made = family.metric.emplace_back();
    for (const auto& [key, value] : labels) {
      made.label.push_back({std::string{key}, std::string{value}});
    }
    return made;
  }

  families told_;
  std::unordered_map<std::string, std::size_t> by_name_;
};

families gathered(std::span<const metrics_teller> tellers) {
  family_writer writer;
  for (const metrics_teller& tell : tellers) tell(writer);
  return writer.take();
}

std::string text_of(const families& told) {
  std::ostringstream text;
  prometheus::TextSerializer{}.Serialize(text, told);
  return std::move(text).str();
}

class metrics_route {
 public:
  explicit metrics_route(const api_parts& parts) : parts_{parts} {}

  net::awaitable<api_response> give(api_request request) {
    const auto told =
        co_await parts_.core.ask([&parts = parts_] { return gathered(parts.metrics); });
    if (!told) co_return problem_of(told.error(), request.request_id);
    api_response answer = json_answer(200, text_of(*told) + metrics_text(parts_.api_metrics));
    answer.content_type = metrics_content_type;
    co_return answer;
  }

 private:
  const api_parts& parts_;
};

}  // namespace

std::string metrics_text(std::span<const metrics_teller> tellers) {
  return text_of(gathered(tellers));
}

void add_metrics_route(std::vector<route>& table, const api_parts& parts) {
  const auto made = std::make_shared<metrics_route>(parts);
  add_route(table, "GET", "/metrics", made, &metrics_route::give).while_loading = true;
}

}  // namespace reprise
