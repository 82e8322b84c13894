// Labelled videos as JSON.
//
// Shapes   {"content_id","actual_label","predicted_label","tvshow","feature_vector":[256 numbers]};
//          tvshow is left out where there is none. Doubles are written as the shortest text that
//          parse_strict_json reads back to the bit
// Errors   those of strict_json.hpp and json_fields.hpp; field_invalid with its JSON pointer for a
//          field that breaks the rules of video.hpp
// Threads  pure
#pragma once

#include <string>
#include <string_view>

#include "host/failure.hpp"
#include "host/library/video.hpp"

namespace reprise {

[[nodiscard]] outcome<video> parse_video(std::string_view body);
// Of a video that is named already: its content_id may be left out, and must be that one.
[[nodiscard]] outcome<video> parse_video(std::string_view body, std::string_view content_id);

void append_video(std::string& out, const video& written);
// Without its features, as lists show it.
void append_video_entry(std::string& out, const video_entry& written);
// [0.5,-1,...]
void append_features(std::string& out, const feature_vector& written);

}  // namespace reprise
