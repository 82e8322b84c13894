// The commands `videos import`, `videos export` and `videos report`: the library of labelled videos
// in a data directory, without its service.
//
// Errors   import: a file that is no CSV of videos, or of which rows are refused, is 65 with its
//          line; a data directory that a process holds is 74 with its pid. export and report: a
//          library that is not there is 74. report: one too small to tell anything is 65
// Threads  the main one
#pragma once

#include <memory>

#include "net/command_line.hpp"

namespace reprise {

inline constexpr command_group videos_group = {
    "videos", "Import, export and judge the library of labelled videos"};

[[nodiscard]] std::unique_ptr<command> make_videos_import_command();
[[nodiscard]] std::unique_ptr<command> make_videos_export_command();
[[nodiscard]] std::unique_ptr<command> make_videos_report_command();

}  // namespace reprise
