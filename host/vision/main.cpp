// The program `reprise-vision`: takes pictures from standard input, one after the other, and writes
// what it sees in each to standard output, both as host/vision_protocol.hpp has it. `reprise`
// starts it and keeps it.
//
// Usage    reprise-vision MEMORY_BYTES [MODEL LABELS WIDTH HEIGHT RED GREEN BLUE SCALE]. The limit
//          is of what a picture takes, besides what the program takes itself, 0 for none. Exit 0 at
//          the end of the input or once it has refused to start, 1 if nobody reads or what comes is
//          no request, 2 usage
#include <fcntl.h>
#include <unistd.h>

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>

#include <array>
#include <cerrno>
#include <cstdio>
#include <new>
#include <optional>
#include <utility>

#include "host/helper_main.hpp"
#include "host/printable.hpp"
#include "host/vision/decoded_picture.hpp"
#include "host/vision/face_description.hpp"
#include "host/vision/face_finder.hpp"
#include "host/vision/picture_classifier.hpp"
#include "host/vision/picture_description.hpp"
#include "host/vision_protocol.hpp"

namespace reprise::sight {
namespace {

constexpr const char* program = "reprise-vision";
constexpr std::size_t buffer_bytes = 64 * 1024;

struct eyes {
  face_finder faces;
  std::optional<picture_classifier> classifier;
};

void send(const reply& sent) {
  send_to_parent(encode(sent));
}

// The decoders of pictures complain of small things on standard error, which is the service's log.
void silence_libraries() {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
}

refused refusal_of(const failure& failed, reason otherwise) {
  const bool of_picture = failed.code == errc::data_malformed;
  return {of_picture ? reason::picture : otherwise, printable(failed.what)};
}

refused refusal_of(const cv::Exception& thrown) {
  if (thrown.code == cv::Error::StsNoMem) return {reason::memory, "out of memory"};
  return {reason::library, printable(thrown.err)};
}

outcome<eyes> open_eyes(const std::optional<classifier_setting>& asked) {
  auto faces = face_finder::open(REPRISE_CASCADES);
  if (!faces) return faces.error();
  eyes made{std::move(*faces), std::nullopt};
  if (asked) {
    auto classifier = picture_classifier::open(*asked);
    if (!classifier) return classifier.error();
    made.classifier = std::move(*classifier);
  }
  return made;
}

reply answer(eyes& with, const request& asked) {
  const auto picture = decode_picture(asked.picture);
  if (!picture) return refusal_of(picture.error(), reason::library);
  if (asked.asked == question::describe) return describe_picture(*picture);
  if (asked.asked == question::faces) {
    faces all;
    for (const cv::Mat& face : with.faces.find(*picture)) all.push_back(describe_face(face));
    return all;
  }
  if (!with.classifier) return refused{reason::library, "there is no model"};
  auto seen = with.classifier->classify(*picture);
  if (!seen) return refusal_of(seen.error(), reason::library);
  return std::move(*seen);
}

reply answer_within_memory(eyes& with, const request& asked) {
  try {
    return answer(with, asked);
  } catch (const cv::Exception& thrown) {
    return refusal_of(thrown);
  } catch (const std::bad_alloc&) {
    return refused{reason::memory, "out of memory"};
  }
}

// Until the input ends.
int serve(eyes& with) {
  request_reader requests;
  std::array<std::byte, buffer_bytes> buffer;
  for (;;) {
    const ssize_t got = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0 && requests.is_empty() ? 0 : 1;
    requests.append(std::span{buffer}.first(static_cast<std::size_t>(got)));
    for (;;) {
      request asked;
      const auto more = requests.next(asked);
      if (!more) return 1;
      if (!*more) break;
      send(answer_within_memory(with, asked));
    }
  }
}

int run(int count, char** arguments) {
  const pid_t parent = getppid();
  const auto memory_bytes = parse_memory_argument(count > 1 ? arguments[1] : "");
  std::optional<classifier_setting> classifier;
  if (count > 2) {
    classifier = parse_classifier({arguments + 2, static_cast<std::size_t>(count - 2)});
  }
  if (!memory_bytes || (count > 2 && !classifier)) {
    std::fputs(
        "usage: reprise-vision MEMORY_BYTES [MODEL LABELS WIDTH HEIGHT RED GREEN BLUE SCALE]"
        " (started by: reprise)\n",
        stderr);
    return 2;
  }
  if (!start_helping(program, parent, 0)) return 1;
  silence_libraries();
  cv::setNumThreads(1);
  auto opened = open_eyes(classifier);
  if (!opened) {
    send(refusal_of(opened.error(), reason::setting));
    return 0;
  }
  if (!limit_memory_above(program, *memory_bytes)) return 1;
  send(ready{});
  return serve(*opened);
}

}  // namespace
}  // namespace reprise::sight

int main(int count, char** arguments) {
  return reprise::sight::run(count, arguments);
}
