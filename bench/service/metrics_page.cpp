#include "bench/service/metrics_page.hpp"

#include <cstdlib>
#include <limits>

namespace reprise::bench {

outcome<metrics_page> metrics_page::fetch(plain_client& client, const std::string& url) {
  const auto answer = client.send({.url = url + "/metrics"});
  if (!answer) return answer.error();
  if (answer->status != 200) {
    return failure{errc::io_failed, url + "/metrics: " + std::to_string(answer->status)};
  }
  return parse(answer->body);
}

metrics_page metrics_page::parse(std::string_view text) {
  metrics_page made;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t space = line.rfind(' ');
    if (line.starts_with('#') || space == std::string_view::npos) continue;
    const std::string number{line.substr(space + 1)};
    made.values_[std::string{line.substr(0, space)}] = std::strtod(number.c_str(), nullptr);
  }
  return made;
}

metrics_page metrics_page::since(const metrics_page& before) const {
  metrics_page made = *this;
  for (auto& [key, value] : made.values_) value -= before.value(key);
  return made;
}

double metrics_page::value(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? 0 : found->second;
}

std::map<std::string, double> metrics_page::labelled(const std::string& name) const {
  std::map<std::string, double> made;
  const std::string begin = name + "{";
  for (auto at = values_.lower_bound(begin); at != values_.end(); ++at) {
    if (!at->first.starts_with(begin)) break;
    made[at->first.substr(begin.size(), at->first.size() - begin.size() - 1)] = at->second;
  }
  return made;
}

double metrics_page::quantile(const std::string& histogram, double share) const {
  std::map<double, double> counts;  // up to each bound
  for (const auto& [label, count] : labelled(histogram + "_bucket")) {
    const std::size_t quote = label.find('"');
    const std::string bound = label.substr(quote + 1, label.rfind('"') - quote - 1);
    counts[bound == "+Inf" ? std::numeric_limits<double>::infinity()
                           : std::strtod(bound.c_str(), nullptr)] = count;
  }
  if (counts.empty() || counts.rbegin()->second <= 0) return 0;
  const double sought = share * counts.rbegin()->second;
  double low = 0, below = 0;
  for (const auto& [bound, count] : counts) {
    if (count >= sought && count > below) {
      if (bound == std::numeric_limits<double>::infinity()) return low;
      return low + (bound - low) * (sought - below) / (count - below);
    }
    low = bound;
    below = count;
  }
  return low;
}

}  // namespace reprise::bench
