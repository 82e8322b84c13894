#include "host/predictions/label_file.hpp"

#include "host/library/video.hpp"
#include "host/line_reader.hpp"
#include "host/printable.hpp"

namespace reprise {

outcome<std::vector<std::string>> read_labels(const std::string& path) {
  const auto unfit = [](const std::string& why) {
    return failure{errc::configuration_invalid, "[predictions] labels: " + why};
  };
  auto opened = open_byte_source(path);
  if (!opened) return unfit(opened.error().what);
  line_reader lines{std::move(*opened), printable(path)};
  std::vector<std::string> labels;
  std::string_view line;
  for (;;) {
    const auto more = lines.next(line);
    if (!more) return unfit(more.error().what);
    if (!*more) break;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (const auto fault = label_fault(line)) {
      return unfit(printable(path) + ":" + std::to_string(lines.line_number()) + ": a label " +
                   *fault);
    }
    if (labels.size() == model_labels_max) return unfit(printable(path) + ": too many labels");
    labels.emplace_back(line);
  }
  if (labels.empty()) return unfit(printable(path) + ": it has no label");
  return labels;
}

}  // namespace reprise
