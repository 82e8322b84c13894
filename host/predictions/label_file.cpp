#include "host/predictions/label_file.hpp"

#include "host/library/video.hpp"
#include "host/line_reader.hpp"
#include "host/printable.hpp"

namespace reprise {
namespace {

failure unfit(std::string why) {
  return {errc::configuration_invalid, std::move(why)};
}

}  // namespace

outcome<std::vector<std::string>> read_labels(const std::string& path) {
  const std::string name = printable(path);
  auto opened = open_byte_source(path);
  if (!opened) return unfit(opened.error().what);
  line_reader lines{std::move(*opened), name};
  std::vector<std::string> labels;
  std::string_view line;
  for (;;) {
    const auto more = lines.next(line);
    if (!more) return unfit(more.error().what);
    if (!*more) break;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (const auto fault = label_fault(line)) {
      return unfit(name + ":" + std::to_string(lines.line_number()) + ": a label " + *fault);
    }
    if (labels.size() == model_labels_max) {
      return unfit(name + ": there are more than " + std::to_string(model_labels_max) + " labels");
    }
    labels.emplace_back(line);
  }
  if (labels.empty()) return unfit(name + ": there is no label");
  return labels;
}

}  // namespace reprise
