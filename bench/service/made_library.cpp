#include "bench/service/made_library.hpp"

#include <random>
#include <utility>

#include "host/library/video_import.hpp"

namespace reprise::bench {
namespace {

constexpr unsigned good = 200;
constexpr double apart = 2;

}  // namespace

std::string form_of_videos(std::size_t videos, std::size_t labels) {
  std::mt19937_64 random{1};
  std::normal_distribution<double> draw;
  std::string form =
      "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n"
      "Content-Type: text/csv\r\n\r\n";
  append_video_header(form);
  for (std::size_t i = 0; i < videos; ++i) {
    const std::size_t label = i % labels;
    video made;
    made.content_id = std::string{"v"} += std::to_string(i);
    made.actual_label = std::string{"label-"} += std::to_string(label);
    made.predicted_label = made.actual_label;
    for (double& each : made.features) each = draw(random);
    made.features[label] += apart;
    append_video_row(form, made);
  }
  form += "\r\n--edge--\r\n";
  return form;
}

outcome<std::string> import_form(plain_client& client, const std::string& url, std::string form) {
  auto imported = client.send({.method = "POST",
                               .url = url + "/videos/batch/csv",
                               .content_type = "multipart/form-data; boundary=edge",
                               .body = std::move(form),
                               .timeout = std::chrono::minutes{5}});
  if (!imported) return imported.error();
  if (imported->status != good) return failure{errc::io_failed, imported->body};
  return std::move(imported->body);
}

}  // namespace reprise::bench
