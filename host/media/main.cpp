// The program `reprise-media`: decodes one film and writes its fingerprints to standard output as
// the messages of host/media_protocol.hpp. `reprise` starts it; people call `reprise fingerprint`.
//
// Usage    reprise-media MEMORY_BYTES FILE, 0 for no limit. Exit 0 once end or failed is written, 1
//          if nobody reads, 2 usage
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <new>

#include "host/helper_main.hpp"
#include "host/media/picture_fingerprint.hpp"
#include "host/media/second_sampler.hpp"
#include "host/media/video_decoder.hpp"

namespace reprise {
namespace {

void send(const media::message& sent) {
  send_to_parent(media::encode(sent));
}

// Says how far the film has got, but not more often than anyone can read it.
class progress_teller {
 public:
  void tell(std::int64_t done_us, std::int64_t total_us) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::milliseconds{media::progress_interval_ms};
    send(
        media::progress{static_cast<std::uint64_t>(done_us), static_cast<std::uint64_t>(total_us)});
  }

 private:
  std::chrono::steady_clock::time_point next_{};
};

// Presentation time at which the film is over: audio may go on after the last picture.
std::int64_t film_end_us(const film_facts& facts, const frame_clock& clock, std::int64_t video_us) {
  // Where the clock had to be mended the streams can no longer be laid side by side.
  if (!facts.audio_end_us || clock.repairs() != 0) return video_us;
  const std::int64_t audio_us = clock.time_of_other(*facts.audio_end_us);
  return audio_us > video_us && audio_us <= video_us + jump_us_max ? audio_us : video_us;
}

std::int64_t missing_us(const film_facts& facts, const frame_clock& clock) {
  if (!facts.stated_end_us || !facts.newest_end_us || clock.repairs() != 0) return 0;
  const std::int64_t missing = *facts.stated_end_us - *facts.newest_end_us;
  return missing > second_us ? missing : 0;
}

media::message read_film(const char* path) {
  auto opened = video_decoder::open(path);
  if (auto* wrong = std::get_if<media::failed>(&opened)) return *wrong;
  video_decoder& decoder = *std::get<std::unique_ptr<video_decoder>>(opened);
  const film_facts& facts = decoder.facts();

  std::uint64_t frames = 0, seconds = 0;
  second_sampler sampler{[&](std::int64_t number, const luma_picture& mean) {
    ++seconds;
    send(media::sampled_second{static_cast<std::uint64_t>(number), picture_fingerprint(mean)});
  }};
  frame_clock clock{facts.period_us};
  progress_teller teller;
  decoded_frame frame;
  timed_picture shown;
  for (;;) {
    const auto step = decoder.next(frame);
    if (const auto* wrong = std::get_if<media::failed>(&step)) return *wrong;
    if (std::get<decoding>(step) == decoding::end) break;
    if (std::get<decoding>(step) == decoding::frame) {
      ++frames;
      shown.time_us = clock.time_of(frame.timestamp_us, frame.duration_us);
      shown.duration_us = clock.duration_us();
      shown.luma = frame.luma;
      sampler.add(shown);
    }
    teller.tell(sampler.end_us(), std::max<std::int64_t>(facts.stated_end_us.value_or(0), 0));
  }
  sampler.finish();
  using media::reason;
  if (frames == 0) return media::failed{reason::not_video, "no picture in it could be decoded"};
  if (seconds == 0) {
    return media::failed{reason::not_video,
                         "too short: no second has a picture for at least half of it"};
  }
  const std::int64_t end_us = film_end_us(facts, clock, sampler.end_us());
  return media::film_end{static_cast<std::uint64_t>(seconds_until(end_us)), facts.packets_damaged,
                         clock.repairs(), static_cast<std::uint64_t>(missing_us(facts, clock))};
}

int run(int count, char** arguments) {
  const pid_t parent = getppid();
  const auto memory_bytes = parse_memory_argument(count == 3 ? arguments[1] : "");
  if (!memory_bytes) {
    std::fputs("usage: reprise-media MEMORY_BYTES FILE (started by: reprise fingerprint)\n",
               stderr);
    return 2;
  }
  if (!start_helping("reprise-media", parent, *memory_bytes)) return 1;
  try {
    send(read_film(arguments[2]));
  } catch (const std::bad_alloc&) {
    send(media::failed{media::reason::memory, "out of memory"});
  }
  return 0;
}

}  // namespace
}  // namespace reprise

int main(int count, char** arguments) {
  return reprise::run(count, arguments);
}
