#include "net/videos_commands.hpp"

#include <chrono>
#include <vector>

#include "host/library/import_json.hpp"
#include "host/library/video_pages.hpp"
#include "host/progress_line.hpp"
#include "host/store/data_directory.hpp"
#include "net/videos_output.hpp"

namespace reprise {
namespace {

using progress_clock = std::chrono::steady_clock;

constexpr std::size_t piece_bytes = 65'536;

std::optional<conflict_policy> parse_conflict_policy(std::string_view typed) {
  if (typed == "error") return conflict_policy::error;
  if (typed == "skip") return conflict_policy::skip;
  if (typed == "replace") return conflict_policy::replace;
  return std::nullopt;
}

// "line 7: why", which video_import says of a file, as "data.csv:7: why". Too many rows are bad
// data, too.
failure in_file(failure told, const std::string& file) {
  constexpr std::string_view line = "line ";
  const bool is_data = told.code == errc::data_malformed || told.code == errc::out_of_range;
  if (is_data && told.what.starts_with(line)) {
    told.what.replace(0, line.size(), file + ":");
    told.code = errc::data_malformed;
  }
  return told;
}

// As a shell takes it for one word; others' names are left to the user.
std::string shell_word(const std::string& path) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._+-";
  return path.find_first_not_of(plain) == std::string::npos ? path : "FILE";
}

class videos_import_command final : public command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "videos import"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Import labelled videos from a CSV file, all or none";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise videos import videos.csv --on-conflict replace";
  }

  void declare(option_set& options) override {
    options.add_arguments("FILE", files_, "CSV with a header; - is standard input");
    configuration_.declare(options);
    options.add_value("--on-conflict", "error|skip|replace", on_conflict_,
                      "What becomes of a row whose content_id is there with another content "
                      "(default: error, which refuses it)");
    options.add_flag("--partial", partial_, "Import the good rows although others are refused");
  }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    if (files_.size() != 1) return failure{errc::usage, "one FILE at a time"};
    const auto on_conflict = parse_conflict_policy(on_conflict_.value_or("error"));
    if (!on_conflict) {
      return bad_option("--on-conflict", *on_conflict_, "error, skip or replace");
    }
    const auto configured = configuration_.read();
    if (!configured) return configured.error();
    auto source = open_byte_source(files_[0]);
    if (!source) return source.error();
    const std::string& directory = configured->made.data.dir;
    const auto held = data_directory::try_hold(directory);
    if (!held) return held.error();
    if (*held == nullptr) return in_use(directory);
    library_file library{library_path(directory), ""};
    if (const auto opened = library.open(); !opened) return opened.error();
    progress_line line{streams.messages, streams.messages_terminal, progress_clock::now()};
    auto staged = read(**source, configured->made, line);
    const auto report =
        staged ? make_video_writer(library)->merge(
                     *staged, {.on_conflict = *on_conflict,
                               .mode = partial_ ? import_mode::partial : import_mode::whole})
               : outcome<import_report>{staged.error()};
    line.clear();
    if (!report) return in_file(report.error(), source_name(files_[0]));
    return tell(*report, streams);
  }

 private:
  outcome<staged_videos> read(byte_source& source, const configuration& made,
                              progress_line& line) const {
    auto import = video_import::begin(made.data.dir,
                                      static_cast<std::uint64_t>(made.library.import_rows_max));
    if (!import) return import.error();
    const auto bytes_total = bytes_of_file(files_[0]);
    std::uint64_t bytes_read = 0;
    std::vector<char> piece(piece_bytes);
    for (;;) {
      const auto count = source.read(piece);
      if (!count) return count.error();
      if (*count == 0) return import->finish();
      if (const auto taken = import->read({piece.data(), *count}); !taken) return taken.error();
      bytes_read += *count;
      line.update({bytes_read, bytes_total, import->count(), read_videos}, progress_clock::now());
    }
  }

  [[nodiscard]] outcome<int> tell(const import_report& report,
                                  const process_streams& streams) const {
    const auto shown = streams.output.write(json_of(report) + "\n");
    const std::string file = source_name(files_[0]);
    const auto& first = report.refused.first();
    std::string reasons;
    for (const row_refusal& each : first) {
      reasons += file + ":" + std::to_string(each.line) + ": " + each.reason + "\n";
    }
    const std::uint64_t count = report.refused.count();
    if (count > first.size()) {
      reasons += file + ": and " + std::to_string(count - first.size()) + " more\n";
    }
    static_cast<void>(streams.messages.write(reasons));  // there is nobody else to tell
    if (report.imported) {
      if (!shown) return shown.error();
      return 0;
    }
    const std::string refused =
        count == 1 ? "1 row is refused" : std::to_string(count) + " rows are refused";
    return failure{errc::data_malformed, file + ": " + refused + ", so nothing is imported"};
  }

  [[nodiscard]] failure in_use(const std::string& directory) const {
    failure told = data_directory::in_use(directory);
    const auto service = data_directory::service_of(directory);
    if (!service) return told;
    std::string query;
    if (on_conflict_) query += "&on_conflict=" + *on_conflict_;
    if (partial_) query += "&mode=partial";
    if (!query.empty()) query.front() = '?';
    told.what += "; it is a service, which takes the file: curl -F 'file=@" +
                 shell_word(files_[0]) + ";type=text/csv' 'http://" + *service +
                 "/videos/batch/csv" + query +
                 "' (where it has keys, with -H \"Authorization: Bearer $KEY\")";
    return told;
  }

  configuration_options configuration_;
  std::vector<std::string> files_;
  std::optional<std::string> on_conflict_;
  bool partial_ = false;
};

class videos_export_command final : public command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "videos export"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Write labelled videos as CSV, as import reads them";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise videos export -o videos.csv";
  }

  void declare(option_set& options) override {
    output_.declare(options);
    options.add_value("--label", "LABEL", label_, "Only videos whose actual label this is");
  }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    if (label_) {
      if (const auto fault = label_fault(*label_)) {
        return failure{errc::usage, "--label: " + *fault};
      }
    }
    if (const auto opened = output_.open(); !opened) return opened.error();
    byte_sink& sink = output_.sink(streams);
    progress_line line{streams.messages, output_.shows_progress(streams), progress_clock::now()};
    const auto done = write(sink, line);
    line.clear();
    if (!done) return done.error();
    if (auto finished = sink.finish(); !finished) return finished.error();
    return 0;
  }

 private:
  outcome<void> write(byte_sink& sink, progress_line& line) {
    std::string text;
    append_video_header(text);
    if (auto written = sink.write(text); !written) return written;
    std::uint64_t count = 0;
    return visit_pages(output_.reader(), {.tvshow = output_.tvshow(), .label = label_},
                       [&](std::span<const video> page) -> outcome<void> {
                         text.clear();
                         for (const video& each : page) append_video_row(text, each);
                         count += page.size();
                         line.update({.done = count, .unit = read_videos}, progress_clock::now());
                         return sink.write(text);
                       });
  }

  videos_output output_;
  std::optional<std::string> label_;
};

}  // namespace

std::unique_ptr<command> make_videos_import_command() {
  return std::make_unique<videos_import_command>();
}

std::unique_ptr<command> make_videos_export_command() {
  return std::make_unique<videos_export_command>();
}

}  // namespace reprise
