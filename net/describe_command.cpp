#include "net/describe_command.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "host/json_text.hpp"
#include "host/library/video_json.hpp"
#include "host/library/video_rows.hpp"
#include "host/vision_process.hpp"
#include "net/option_values.hpp"

namespace reprise {
namespace {

constexpr std::size_t piece_bytes = 65'536;

// Of a file's stem: what a content_id may not hold becomes `_`.
std::string content_id_of(const std::string& path) {
  if (path == "-") return "stdin";
  std::string id = std::filesystem::path{path}.stem().string().substr(0, content_id_bytes_max);
  for (char& each : id) {
    if (content_id_fault({&each, 1})) each = '_';
  }
  return id.empty() ? "picture" : id;
}

// At most one byte more than a picture may have.
outcome<std::vector<std::byte>> read_picture(const std::string& path) {
  const auto source = open_byte_source(path);
  if (!source) return source.error();
  std::vector<std::byte> bytes;
  std::vector<char> piece(piece_bytes);
  while (bytes.size() <= picture_bytes_max) {
    const auto count = (*source)->read(piece);
    if (!count) return count.error();
    if (*count == 0) return bytes;
    const auto read = std::as_bytes(std::span{piece}.first(*count));
    bytes.insert(bytes.end(), read.begin(), read.end());
  }
  return failure{errc::data_malformed, source_name(path) + ": has more than " +
                                           std::to_string(picture_bytes_max) + " bytes"};
}

class describe_command final : public command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "describe"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Print what pictures look like: 256 numbers each, to compare by their cosine";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise describe adverts/*.jpg --format csv --label advert > adverts.csv && "
           "reprise videos import adverts.csv";
  }

  void declare(option_set& options) override {
    options.add_arguments("IMAGE", images_, "JPEG, PNG or WebP files; - is standard input");
    options.add_value("--format", "json|csv", format_,
                      "json: one line an image (default); csv: as videos import takes it");
    options.add_value("--label", "LABEL", label_, "What csv says that all of them show");
    options.add_value("--tvshow", "SHOW", tvshow_, "What csv says that they are from");
  }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    const std::string format = format_.value_or("json");
    if (format != "json" && format != "csv") return bad_option("--format", format, "json or csv");
    as_csv_ = format == "csv";
    if (const auto checked = check_texts(); !checked) return checked.error();
    if (const auto checked = check_names(); !checked) return checked.error();
    std::string header;
    if (as_csv_) append_video_header(header);
    if (auto written = streams.output.write(header); !written) return written.error();
    for (const std::string& image : images_) {
      const auto row = describe(image);
      if (!row) return row.error();
      if (auto written = streams.output.write(*row); !written) return written.error();
    }
    if (auto finished = streams.output.finish(); !finished) return finished.error();
    return 0;
  }

 private:
  [[nodiscard]] outcome<void> check_texts() const {
    if (as_csv_ && !label_) return failure{errc::usage, "--format csv wants a --label"};
    if (!as_csv_ && (label_ || tvshow_)) {
      return failure{errc::usage, "--label and --tvshow go with --format csv"};
    }
    for (const auto& [option, typed] :
         {std::pair{"--label", &label_}, std::pair{"--tvshow", &tvshow_}}) {
      if (!*typed) continue;
      if (const auto fault = label_fault(**typed)) {
        return failure{errc::usage, std::string{option} + ": " + *fault};
      }
    }
    return {};
  }

  [[nodiscard]] outcome<void> check_names() const {
    if (!as_csv_) return {};
    std::map<std::string, std::string> named;
    for (const std::string& image : images_) {
      const auto [at, fresh] = named.try_emplace(content_id_of(image), image);
      if (fresh) continue;
      return failure{errc::usage, source_name(at->second) + " and " + source_name(image) +
                                      " both get the content_id " + at->first};
    }
    return {};
  }

  // Its line, or its row.
  [[nodiscard]] outcome<std::string> describe(const std::string& image) {
    const auto picture = read_picture(image);
    if (!picture) return picture.error();
    const auto descriptor = vision_.describe(*picture);
    if (!descriptor) {
      const failure& why = descriptor.error();
      return failure{why.code, source_name(image) + ": " + why.what};
    }
    std::string made;
    if (as_csv_) {
      video row;
      row.content_id = content_id_of(image);
      row.actual_label = row.predicted_label = *label_;
      row.tvshow = tvshow_;
      row.features = *descriptor;
      append_video_row(made, row);
      return made;
    }
    append_json_string(made += "{\"file\":", image);
    append_features(made += ",\"feature_vector\":", *descriptor);
    return made += "}\n";
  }

  std::vector<std::string> images_;
  std::optional<std::string> format_, label_, tvshow_;
  bool as_csv_ = false;
  vision_process vision_;
};

}  // namespace

std::unique_ptr<command> make_describe_command() {
  return std::make_unique<describe_command>();
}

}  // namespace reprise
