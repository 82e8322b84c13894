// The videos of the film demo: clips cut and encoded, and the broadcast joined or encoded of them.
//
// Errors   those of ffmpeg and reprise-media; data_malformed: a folder without films long enough
#pragma once

#include <string>
#include <vector>

#include "tests/film_demo/changes.hpp"
#include "tests/film_demo/programs.hpp"
#include "tests/film_demo/schedule.hpp"

namespace reprise::film_demo {

// Whole films first, then their quarters.
[[nodiscard]] outcome<std::vector<clip>> choose_clips(const std::string& folder);

[[nodiscard]] std::string clip_file(const scratch_folder& scratch, std::size_t clip);
[[nodiscard]] outcome<void> encode_clips(const scratch_folder& scratch,
                                         const std::vector<clip>& clips);

// Joined without encoding again, and encoded anew at `quality` (crf) as one video: their files.
[[nodiscard]] outcome<std::string> join(const scratch_folder& scratch, const schedule& broadcast);
[[nodiscard]] outcome<std::string> encode_anew(const scratch_folder& scratch,
                                               const std::string& joined,
                                               const std::string& quality);

// The clips' own fingerprints, each clip read alone, laid out by the schedule.
[[nodiscard]] outcome<second_map> lay_out(const scratch_folder& scratch,
                                          const std::vector<clip>& clips,
                                          const schedule& broadcast);

}  // namespace reprise::film_demo
