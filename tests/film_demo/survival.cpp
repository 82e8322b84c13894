#include "tests/film_demo/survival.hpp"

#include <algorithm>
#include <cstdio>
#include <set>

#include "host/match/rule.hpp"
#include "tests/film_demo/changes.hpp"
#include "tests/film_demo/programs.hpp"

namespace reprise::film_demo {
namespace {

constexpr std::size_t films_max = 1'000;

struct alteration {
  std::string name;
  words arguments;
  std::int64_t shift = 0;  // whole seconds by which the altered film is later
};

// A phase of p: the first picture stays 1 - p seconds longer, so that second i + 1 of the altered
// film is [i + p, i + 1 + p) of the original. Kept without loss, in a container of milliseconds.
alteration phase(const std::string& by) {
  const std::string later = "setpts='if(eq(N,0),PTS,PTS+(1-" + by + ")/TB)'";
  return {"phase " + by + " s", {"-vf", later, "-vsync", "passthrough", "-c:v", "ffv1"}, 1};
}

std::vector<alteration> alterations() {
  const auto h264 = [](const std::string& quality) {
    return alteration{
        "H.264 crf " + quality,
        {"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "medium", "-crf", quality}};
  };
  const auto vp9 = [](const std::string& quality) {
    return alteration{"VP9 crf " + quality,
                      {"-pix_fmt", "yuv420p", "-c:v", "libvpx-vp9", "-b:v", "0", "-deadline",
                       "realtime", "-cpu-used", "6", "-crf", quality}};
  };
  return {h264("23"),   h264("28"),   vp9("31"),    vp9("40"),   phase("0.1"),
          phase("0.2"), phase("0.3"), phase("0.4"), phase("0.5")};
}

struct original {
  std::string file;
  second_map changes;
};

outcome<std::vector<original>> read_originals(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code wrong;
  for (const auto& entry : std::filesystem::directory_iterator{folder, wrong}) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
    if (files.size() == films_max) break;
  }
  if (wrong) return failure{errc::io_failed, folder + ": " + wrong.message()};
  std::sort(files.begin(), files.end());
  std::vector<original> originals;
  for (const std::string& file : files) {
    const auto seconds = read_seconds(file);
    if (!seconds && seconds.error().code == errc::data_malformed) continue;  // no film
    if (!seconds) return seconds.error();
    originals.push_back({file, changes_of(*seconds)});
  }
  if (originals.empty()) return failure{errc::data_malformed, folder + ": no film in it"};
  return originals;
}

void print_discrimination(const std::string& folder, const std::vector<original>& originals) {
  std::size_t all = 0, zero = 0;
  std::set<std::vector<std::byte>> distinct;
  for (const original& film : originals) {
    for (const auto& [second, change] : film.changes) {
      ++all;
      if (prefix_zero(change)) ++zero;
      distinct.emplace(change.begin(), change.begin() + rule{}.prefix_bits / 8);
    }
  }
  const double share = 100.0 / static_cast<double>(std::max<std::size_t>(all, 1));
  std::printf(
      "%s: %zu films, %zu change vectors; distinct prefixes %.0f %%, prefixes of zeros %.0f %%\n",
      folder.c_str(), originals.size(), all, share * static_cast<double>(distinct.size()),
      share * static_cast<double>(zero));
}

double percent(std::size_t part, std::size_t all) {
  return all == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(all);
}

outcome<void> measure(const alteration& altered, const std::vector<original>& originals) {
  const scratch_folder scratch;
  std::vector<words> commands;
  std::vector<std::string> films;
  for (const original& film : originals) {
    films.push_back(scratch.file(std::to_string(films.size()) + ".mkv"));
    words arguments{"-i", film.file, "-map", "0:v:0", "-threads", "1"};
    arguments.insert(arguments.end(), altered.arguments.begin(), altered.arguments.end());
    arguments.push_back(films.back());
    commands.push_back(ffmpeg(arguments));
  }
  if (const auto made = run_all(commands); !made) return made.error();
  survival found;
  for (std::size_t i = 0; i < originals.size(); ++i) {
    const auto seconds = read_seconds(films[i]);
    if (!seconds) return seconds.error();
    found.add(originals[i].changes, changes_of(*seconds), altered.shift);
  }
  std::printf("| %-13s | %6zu | %5.1f %% | %5.1f %% | %10.3f |\n", altered.name.c_str(),
              found.compared, percent(found.equal, found.compared),
              percent(found.runs_equal, found.runs),
              found.similarity_sum / static_cast<double>(std::max<std::size_t>(found.equal, 1)));
  std::fflush(stdout);
  return {};
}

}  // namespace

outcome<void> measure_survival(const std::string& folder) {
  const auto originals = read_originals(folder);
  if (!originals) return originals.error();
  print_discrimination(folder, *originals);
  std::printf("| altered by    | change |  equal  | five in | similarity |\n");
  std::printf("|               | vectors| prefix  |  a row  | of suffix  |\n");
  std::printf("|---------------|--------|---------|---------|------------|\n");
  for (const alteration& altered : alterations()) {
    if (const auto measured = measure(altered, *originals); !measured) return measured.error();
  }
  return {};
}

}  // namespace reprise::film_demo
