#include "bench/compare/rows.hpp"

#include <cstdio>
#include <fstream>

#include "bench/sizes.hpp"

namespace reprise::bench {
namespace {

std::string processor() {
  std::ifstream lines{"/proc/cpuinfo"};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

void print_table(const std::vector<row>& rows, const std::string& faiss_version) {
  const std::string title = "one channel, FAISS " + faiss_version;
  std::printf("%-32s%8s%12s%12s\n", title.c_str(), "ticks", "mean_us", "median_us");
  for (const row& each : rows) {
    std::printf("%-32s%8u%12.3f%12.3f\n", each.name.c_str(), each.seconds, each.mean_us,
                each.median_us);
  }
}

void print_json(const std::vector<row>& rows, const std::string& faiss_version) {
  std::printf("{\"version\": \"%s\", \"commit\": \"%s\", \"processor\": \"%s\",\n", REPRISE_VERSION,
              REPRISE_COMMIT, processor().c_str());
  std::printf(" \"faiss\": \"%s\", \"window_seconds\": %u, \"rows\": [", faiss_version.c_str(),
              chosen.window_seconds);
  const char* separator = "\n";
  for (const row& each : rows) {
    std::printf("%s  {\"name\": \"%s\", \"ticks\": %u, \"mean_us\": %.4f, \"median_us\": %.4f}",
                separator, each.name.c_str(), each.seconds, each.mean_us, each.median_us);
    separator = ",\n";
  }
  std::puts("\n ]}");
}

}  // namespace reprise::bench
