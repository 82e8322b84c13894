#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "bench/service/ceilings.hpp"
#include "bench/service/child_service.hpp"
#include "bench/service/made_library.hpp"
#include "bench/service/rows.hpp"
#include "host/helper_process.hpp"

namespace reprise::bench {
namespace {

constexpr std::size_t whole_videos = 20'000, quick_videos = 400;
constexpr std::size_t labels = 10;
constexpr std::size_t whole_asked = 200, quick_asked = 5;
constexpr unsigned good = 200, later = 202;
constexpr std::chrono::minutes patience{20};

using steady = std::chrono::steady_clock;

double seconds_since(steady::time_point begun) {
  return std::chrono::duration<double>{steady::now() - begun}.count();
}

// One service with one library, and what was measured of it.
class library_measuring {
 public:
  library_measuring(std::string url, std::size_t videos, bench_row& row)
      : url_{std::move(url)}, videos_{videos}, row_{row} {}

  // All of them are to be `counted`: inserted, or present.
  outcome<void> import(const std::string& form, const char* counted, double ceiling) {
    const auto begun = steady::now();
    const auto report = import_form(client_, url_, form);
    if (!report) return report.error();
    row_.figures.push_back({.name = std::string{counted} + "_videos_a_second",
                            .value = static_cast<double>(videos_) / seconds_since(begun),
                            .ceiling = ceiling,
                            .ceiling_of = "the bytes of the form appended to a file and synced"});
    if (nlohmann::json::parse(*report).at(counted) != videos_) row_.wrong = *report;
    return {};
  }

  outcome<void> train(const std::string& model) {
    const std::string wanted = url_ + "/videos/analysis/feature-importance?model=" + model;
    const auto begun = steady::now();
    const auto learnt = await_learnt(wanted);
    if (!learnt) return learnt.error();
    row_.figures.push_back({.name = model + "_seconds", .value = seconds_since(begun)});
    const auto first = nlohmann::json::parse(*learnt).at("features").at(0).at("feature");
    if (first.get<std::size_t>() >= labels) row_.wrong = "no feature that tells labels apart leads";
    return {};
  }

  // The median of so many.
  outcome<void> ask(const std::string& name, const std::string& path, std::size_t count) {
    std::vector<double> milliseconds;
    for (std::size_t i = 0; i < count; ++i) {
      const auto begun = steady::now();
      const auto answer = client_.send({.url = url_ + path});
      milliseconds.push_back(seconds_since(begun) * 1'000);
      if (!answer) return answer.error();
      if (answer->status != good) return failure{errc::io_failed, answer->body};
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    row_.figures.push_back({.name = name + "_p50_ms", .value = milliseconds[count / 2]});
    return {};
  }

 private:
  outcome<std::string> await_learnt(const std::string& wanted) {
    for (const auto begun = steady::now(); steady::now() - begun < patience;) {
      auto answer = client_.send({.url = wanted, .timeout = std::chrono::minutes{1}});
      if (!answer) return answer.error();
      if (answer->status == good) return std::move(answer->body);
      if (answer->status != later) return failure{errc::io_failed, answer->body};
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    return failure{errc::io_failed, "the training does not end"};
  }

  std::string url_;
  std::size_t videos_;
  bench_row& row_;
  plain_client client_;
};

outcome<void> measure(const row_options& options, bench_row& row) {
  const std::size_t videos = options.quick ? quick_videos : whole_videos;
  const std::size_t asked = options.quick ? quick_asked : whole_asked;
  row.parameters = {{"videos", std::to_string(videos)}, {"labels", std::to_string(labels)}};
  const auto folder = scratch_folder::make();
  if (!folder) return folder.error();
  const std::string form = form_of_videos(videos, labels);
  const auto sync = sync_ceiling((*folder)->path(), form.size(), 3);
  if (!sync) return sync.error();
  const double ceiling = static_cast<double>(videos) / (sync->p50_ms / 1'000);
  auto service = child_service::start(options.program, (*folder)->path() + "/data");
  if (!service) return service.error();
  if (auto ready = (*service)->await_ready(); !ready) return ready;

  library_measuring measured{(*service)->url(), videos, row};
  if (auto done = measured.import(form, "inserted", ceiling); !done) return done;
  if (auto done = measured.import(form, "present", ceiling); !done) return done;
  const std::string analysis = "/videos/analysis/";
  if (auto done = measured.ask("metrics", analysis + "performance-metrics", asked); !done) {
    return done;
  }
  if (::access(helper_path("reprise-train").c_str(), X_OK) != 0) {
    row.parameters.emplace_back("left_out", "reprise-train is not installed");
  } else {
    for (const char* model : {"gbm", "forest"}) {
      if (auto done = measured.train(model); !done) return done;
    }
    if (auto done = measured.ask("learnt", analysis + "feature-importance", asked); !done) {
      return done;
    }
  }
  return (*service)->stop();
}

}  // namespace

outcome<bench_row> run_library_row(const row_options& options) {
  bench_row row{.name = "library"};
  if (const auto measured = measure(options, row); !measured) return measured.error();
  return row;
}

}  // namespace reprise::bench
