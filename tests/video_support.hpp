// What the tests of the library's routes share: bodies of requests.
//
// Threads  pure
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "host/library/video_json.hpp"
#include "tests/library_support.hpp"

namespace reprise {

inline std::string json_text(const video& written) {
  std::string text;
  append_video(text, written);
  return text;
}

inline const std::string form_type = "multipart/form-data; boundary=edge";

// As `curl -F 'file=@data.csv;type=text/csv'` sends it.
inline std::string form_with(const std::string& file, const std::string& type = "text/csv",
                             const std::string& field = "file") {
  return "--edge\r\nContent-Disposition: form-data; name=\"" + field +
         "\"; filename=\"data.csv\"\r\nContent-Type: " + type + "\r\n\r\n" + file +
         "\r\n--edge--\r\n";
}

// Videos whose feature 17 follows the label, so that there is something to learn.
inline std::vector<video> tellable_videos(std::size_t count) {
  std::vector<video> made = make_videos(count, 77);
  for (std::size_t i = 0; i < count; ++i) {
    made[i].actual_label = i % 2 == 0 ? "advert" : "promo";
    for (double& each : made[i].features) each = 0;
    made[i].features[17] = i % 2 == 0 ? -1 : 1;
  }
  return made;
}

}  // namespace reprise
