#include "tests/film_demo/broadcast.hpp"

#include <algorithm>
#include <fstream>

namespace reprise::film_demo {
namespace {

// Twelve pictures a second are what most of the films have. Clips are cut to whole seconds in
// pictures: a clip that is longer by part of one puts every later clip at another phase.
constexpr std::int64_t rate = 12;
constexpr std::size_t films_max = 100;
constexpr int quarters_used = 3;  // which makes a good quarter of an hour of the packaged films

std::string filter_of(const clip& cut) {
  std::string filter = "fps=" + std::to_string(rate);
  if (cut.quarter != 0) {
    filter += std::string{",crop=iw/2:ih/2:"} + (cut.quarter % 2 == 0 ? "iw/2" : "0") + ":" +
              (cut.quarter > 2 ? "ih/2" : "0");
  }
  // The last picture is held where the film has less than its last second says.
  return filter + ",scale=320:240,tpad=stop_mode=clone:stop_duration=1";
}

}  // namespace

outcome<std::vector<clip>> choose_clips(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code wrong;
  for (const auto& entry : std::filesystem::directory_iterator{folder, wrong}) {
    if (files.size() < films_max) files.push_back(entry.path().string());
  }
  if (wrong) {
    return failure{errc::io_failed, folder + ": " + wrong.message() +
                                        " (Debian's package planetblupi-common brings films)"};
  }
  std::sort(files.begin(), files.end());
  std::vector<clip> clips;
  for (const std::string& film : files) {
    const auto seconds = read_seconds(film);
    if (!seconds) return seconds.error();
    const auto length = static_cast<std::int64_t>(seconds->size());
    clips.push_back(
        {std::filesystem::path{film}.stem().string(), film, 0, std::min(length, clip_seconds_max)});
  }
  const std::size_t films = clips.size();
  for (std::size_t i = 0; i < films; ++i) {
    for (int quarter = 1; quarter <= quarters_used; ++quarter) {
      clip part = clips[i];
      part.name += "-q" + std::to_string(quarter);
      part.quarter = quarter;
      clips.push_back(part);
    }
  }
  if (repeats_of(clips, make_schedule(clips, 1)).empty()) {
    return failure{errc::data_malformed, folder + ": too few films for a broadcast"};
  }
  return clips;
}

std::string clip_file(const scratch_folder& scratch, std::size_t clip) {
  return scratch.file("clip-" + std::to_string(clip) + ".mkv");
}

outcome<void> encode_clips(const scratch_folder& scratch, const std::vector<clip>& clips) {
  std::vector<words> commands;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    commands.push_back(ffmpeg({"-i",
                               clips[i].film,
                               "-an",
                               "-vf",
                               filter_of(clips[i]),
                               "-frames:v",
                               std::to_string(clips[i].seconds * rate),
                               "-pix_fmt",
                               "yuv420p",
                               "-c:v",
                               "libx264",
                               "-preset",
                               "veryfast",
                               "-crf",
                               "23",
                               "-bf",
                               "0",
                               "-threads",
                               "1",
                               clip_file(scratch, i)}));
  }
  return run_all(commands);
}

outcome<std::string> join(const scratch_folder& scratch, const schedule& broadcast) {
  const std::string list = scratch.file("list.txt"), joined = scratch.file("joined.mkv");
  std::ofstream lines{list};
  for (const slot& shown : broadcast.slots) {
    lines << "file '" << clip_file(scratch, shown.clip) << "'\n";
  }
  lines.close();
  if (!lines) return failure{errc::io_failed, list + ": could not be written"};
  const auto done = run(ffmpeg({"-f", "concat", "-safe", "0", "-i", list, "-c", "copy", joined}));
  if (!done) return done.error();
  return joined;
}

outcome<std::string> encode_anew(const scratch_folder& scratch, const std::string& joined,
                                 const std::string& quality) {
  const std::string made = scratch.file("anew.mkv");
  words command = ffmpeg({"-i", joined, "-c:v", "libx264", "-preset", "veryfast", "-crf", quality,
                          "-threads", "0", made});
  const auto done = run(command);
  if (!done) return done.error();
  return made;
}

outcome<second_map> lay_out(const scratch_folder& scratch, const std::vector<clip>& clips,
                            const schedule& broadcast) {
  std::vector<second_map> alone;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const auto seconds = read_seconds(clip_file(scratch, i));
    if (!seconds) return seconds.error();
    if (static_cast<std::int64_t>(seconds->size()) != clips[i].seconds) {
      return failure{errc::data_malformed, clips[i].name + ": cut to " +
                                               std::to_string(clips[i].seconds) + " s, has " +
                                               std::to_string(seconds->size())};
    }
    alone.push_back(*seconds);
  }
  second_map laid_out;
  for (const slot& shown : broadcast.slots) {
    for (const auto& [second, fingerprint] : alone[shown.clip]) {
      laid_out.emplace(shown.at + second, fingerprint);
    }
  }
  return laid_out;
}

}  // namespace reprise::film_demo
