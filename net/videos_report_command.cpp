#include <chrono>
#include <filesystem>
#include <system_error>

#include "host/clock.hpp"
#include "host/library/report_page.hpp"
#include "host/library/video_training.hpp"
#include "host/progress_line.hpp"
#include "net/videos_commands.hpp"
#include "net/videos_output.hpp"

namespace reprise {
namespace {

constexpr std::uint32_t top_default = 20;

class videos_report_command final : public command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "videos report"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Show how good the predicted labels are, as one HTML page";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise videos report -o report.html --tvshow News";
  }

  void declare(option_set& options) override {
    output_.declare(options);
    options.add_value("--model", "gbm|forest", model_,
                      "What learns which features are important (default: gbm)");
    options.add_value("--top", "N", top_, "How many of them are shown, 1 to 256 (default: 20)");
  }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    const auto model = train::parse_model(model_.value_or("gbm"));
    if (!model) return bad_option("--model", *model_, "gbm or forest");
    const auto top = whole_option("--top", top_, 1, features_count, top_default);
    if (!top) return top.error();
    if (const auto opened = output_.open(); !opened) return opened.error();
    const auto figures = read(*model, streams);
    if (!figures) return figures.error();
    auto report = make_report(*figures, *model, *top);
    if (!report) return report.error();
    byte_sink& sink = output_.sink(streams);
    if (auto written = sink.write(report_page(*report)); !written) return written.error();
    if (auto finished = sink.finish(); !finished) return finished.error();
    if (!report->why_no_features.empty()) {
      const std::string told = "reprise: videos report: the features are left out: ";
      // There is nobody else to tell.
      static_cast<void>(streams.messages.write(told + report->why_no_features + "\n"));
    }
    return 0;
  }

 private:
  outcome<library_figures> read(train::model model, const process_streams& streams) {
    using clock = std::chrono::steady_clock;
    std::error_code none;
    const auto directory = std::filesystem::temp_directory_path(none);
    if (none) {
      return failure{errc::io_failed, "the directory for temporary files: " + none.message()};
    }
    progress_line line{streams.messages, output_.shows_progress(streams), clock::now()};
    auto read = read_library_figures(
        output_.reader(), {.directory = directory.string(),
                           .tvshow = output_.tvshow(),
                           .model = model,
                           .told = [&](std::uint64_t videos) {
                             line.update({.done = videos, .unit = read_videos}, clock::now());
                           }});
    line.clear();
    return read;
  }

  [[nodiscard]] outcome<library_report> make_report(const library_figures& figures,
                                                    train::model model, std::uint32_t top) const {
    auto matrix = make_confusion_matrix(figures.counts);
    auto metrics = make_performance_metrics(figures.counts);
    // What is wrong is the library, not what was asked for.
    if (!matrix) return failure{errc::data_malformed, matrix.error().what};
    if (!metrics) return failure{errc::data_malformed, metrics.error().what};
    library_report made{.made_at = tick_of(system_clock_source{}.wall()),
                        .tvshow = output_.tvshow(),
                        .matrix = std::move(*matrix),
                        .metrics = std::move(*metrics),
                        .model = model};
    for (const auto& row : made.metrics.labels) made.videos += row.support;
    if (!figures.gains) {
      made.why_no_features = figures.gains.error().what;
      return made;
    }
    for (const std::size_t feature : greatest_gains(*figures.gains, top)) {
      const double gain = (*figures.gains)[feature];
      if (gain > 0) made.features.push_back({feature, gain});
    }
    return made;
  }

  videos_output output_;
  std::optional<std::string> model_, top_;
};

}  // namespace

std::unique_ptr<command> make_videos_report_command() {
  return std::make_unique<videos_report_command>();
}

}  // namespace reprise
