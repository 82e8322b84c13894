#include "host/vision/face_finder.hpp"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <tuple>

#include "host/vision_protocol.hpp"

namespace reprise::sight {
namespace {

// Pictures are searched at one size, so that a face is found alike however large its picture is.
constexpr int searched_side = 640;
constexpr int face_pixels_min = 32;  // in the picture that is searched
constexpr double face_step = 1.05;   // from one size that is looked for to the next
// Neighbouring places that must agree. Faces that look at the camera have 30 to 170 of them, what
// is taken for one by mistake seldom more than 15.
constexpr int face_votes = 20;
// The search finds faces with a margin, which shows hair and background.
constexpr double face_shown = 0.9;  // of what was found, around its middle

cv::Mat light_to_search(const cv::Mat& picture) {
  cv::Mat light, scaled, smooth;
  cv::cvtColor(picture, light, cv::COLOR_BGR2GRAY);
  const double scale = double(searched_side) / std::max(light.cols, light.rows);
  const cv::Size size{std::max(1, cvRound(light.cols * scale)),
                      std::max(1, cvRound(light.rows * scale))};
  cv::resize(light, scaled, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  // As soft as a picture of half the size is.
  cv::GaussianBlur(scaled, smooth, {5, 5}, 1);
  return smooth;
}

cv::Mat cut(const cv::Mat& light, const cv::Rect& found) {
  const double scale = face_side / (found.width * face_shown);
  const double x = found.x + found.width / 2.0, y = found.y + found.height / 2.0;
  const cv::Matx23d placed(scale, 0, face_side / 2.0 - scale * x,  //
                           0, scale, face_side / 2.0 - scale * y);
  cv::Mat face;
  cv::warpAffine(light, face, placed, {face_side, face_side}, cv::INTER_LINEAR,
                 cv::BORDER_REPLICATE);
  return face;
}

}  // namespace

outcome<face_finder> face_finder::open(const std::string& cascades) {
  const std::string path = cascades + "/haarcascade_frontalface_alt2.xml";
  face_finder made;
  bool is_loaded = false;
  try {
    is_loaded = made.cascade_.load(path);
  } catch (const cv::Exception&) {
    is_loaded = false;
  }
  if (is_loaded) return made;
  return failure{errc::configuration_invalid,
                 path + ": is missing, or no cascade (Debian's package opencv-data has it)"};
}

std::vector<cv::Mat> face_finder::find(const cv::Mat& picture) {
  const cv::Mat light = light_to_search(picture);
  cv::Mat even;
  cv::equalizeHist(light, even);
  std::vector<cv::Rect> found;
  cascade_.detectMultiScale(even, found, face_step, face_votes, 0,
                            {face_pixels_min, face_pixels_min});
  std::sort(found.begin(), found.end(), [](const cv::Rect& a, const cv::Rect& b) {
    return std::tuple{-a.width, a.y, a.x} < std::tuple{-b.width, b.y, b.x};
  });
  if (found.size() > faces_max) found.resize(faces_max);
  std::vector<cv::Mat> shown;
  shown.reserve(found.size());
  for (const cv::Rect& each : found) shown.push_back(cut(light, each));
  return shown;
}

}  // namespace reprise::sight
