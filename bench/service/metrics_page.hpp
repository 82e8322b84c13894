// The figures of a running service as its /metrics tells them, and what they came to between two
// such pages.
//
// Shapes   a key is a sample as it is written: name{label="value"}
// Errors   fetch: as plain_client.hpp; io_failed on another answer than 200
// Threads  const calls at once
// Source   the Prometheus text format 0.0.4
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "host/failure.hpp"
#include "net/plain_client.hpp"

namespace reprise::bench {

class metrics_page {
 public:
  [[nodiscard]] static outcome<metrics_page> fetch(plain_client& client, const std::string& url);
  [[nodiscard]] static metrics_page parse(std::string_view text);

  [[nodiscard]] metrics_page since(const metrics_page& before) const;
  [[nodiscard]] double value(const std::string& key) const;  // 0 where it is not told
  // By label text, `result="ok"`.
  [[nodiscard]] std::map<std::string, double> labelled(const std::string& name) const;
  // Of a histogram, linear within its bucket; 0 where it is empty, its greatest bound beyond it.
  [[nodiscard]] double quantile(const std::string& histogram, double share) const;

 private:
  std::map<std::string, double> values_;
};

}  // namespace reprise::bench
