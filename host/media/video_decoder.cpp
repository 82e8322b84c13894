#include "host/media/video_decoder.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "host/media/film_source.hpp"
#include "host/media/frame_clock.hpp"
#include "host/media/picture_scaler.hpp"

namespace reprise {
namespace {

using media::failed;
using media::reason;

constexpr AVRational microseconds{1, 1'000'000};
constexpr std::int64_t period_us_default = 40'000;  // 25 frames a second, as ffmpeg assumes
// A decoder that is being drained may report each frame it still held as damaged, but not for ever.
constexpr int drain_errors_max = 256;

// Formats that lead to other files or to the network, which would not be opened for them, or that
// make pictures of any text.
constexpr std::array<std::string_view, 11> formats_refused = {"hls",
                                                              "dash",
                                                              "concat",
                                                              "sdp",
                                                              "rtsp",
                                                              "tty",
                                                              "ffmetadata",
                                                              "image2",
                                                              "imf",
                                                              "vobsub",
                                                              "webm_dash_manifest"};

// In place of every opening but that of the film itself, which is open already.
int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

struct format_deleter {
  void operator()(AVFormatContext* context) const noexcept { avformat_close_input(&context); }
};
struct codec_deleter {
  void operator()(AVCodecContext* context) const noexcept { avcodec_free_context(&context); }
};
struct packet_deleter {
  void operator()(AVPacket* packet) const noexcept { av_packet_free(&packet); }
};
struct frame_deleter {
  void operator()(AVFrame* frame) const noexcept { av_frame_free(&frame); }
};

using format_owner = std::unique_ptr<AVFormatContext, format_deleter>;
using source_owner = std::unique_ptr<film_source>;
using codec_owner = std::unique_ptr<AVCodecContext, codec_deleter>;

std::string describe(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  if (av_strerror(code, text.data(), text.size()) < 0) return "unknown error";
  return text.data();
}

// ffmpeg's own codes are large four-letter tags; small ones are those of the system.
failed failure_of(int code, const std::string& doing) {
  if (code == AVERROR(ENOMEM)) return {reason::memory, "out of memory"};
  const bool system = code > -1000 && code != AVERROR(EINVAL) && code != AVERROR(ENOSYS);
  if (system) return {reason::io, describe(code)};
  return {reason::not_video, doing + ": " + describe(code)};
}

bool is_moving_picture(const AVStream& stream) {
  constexpr int stills =
      AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS | AV_DISPOSITION_STILL_IMAGE;
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && (stream.disposition & stills) == 0;
}

// The one that ffmpeg would play, unless that is cover art.
AVStream* choose_stream(AVFormatContext& film) {
  const int best = av_find_best_stream(&film, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (best >= 0 && is_moving_picture(*film.streams[best])) return film.streams[best];
  for (unsigned i = 0; i < film.nb_streams; ++i) {
    if (is_moving_picture(*film.streams[i])) return film.streams[i];
  }
  return nullptr;
}

// The display matrix as mirroring and quarter turns; other angles are rounded to those.
orientation orientation_of(const AVStream& stream) {
  const auto* bytes = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr);
  if (bytes == nullptr) return {};
  std::array<std::int32_t, 9> matrix{};
  std::copy_n(reinterpret_cast<const std::int32_t*>(bytes), matrix.size(), matrix.begin());
  const double determinant =
      static_cast<double>(matrix[0]) * matrix[4] - static_cast<double>(matrix[1]) * matrix[3];
  orientation shown{.mirrored = determinant < 0};
  if (shown.mirrored) av_display_matrix_flip(matrix.data(), 1, 0);
  const double counterclockwise = av_display_rotation_get(matrix.data());
  if (!std::isfinite(counterclockwise)) return {};
  const int turns = static_cast<int>(std::lround(-counterclockwise / 90));
  shown.quarter_turns_clockwise = (turns % 4 + 4) % 4;
  return shown;
}

std::int64_t period_of(const AVStream& stream) {
  for (const AVRational rate : {stream.avg_frame_rate, stream.r_frame_rate}) {
    if (rate.num <= 0 || rate.den <= 0) continue;
    const std::int64_t period_us = av_rescale_q(1, av_inv_q(rate), microseconds);
    if (period_us > 0) return period_us;
  }
  return period_us_default;
}

// Where the header says that the film ends. Matroska counts from zero, the others from the start.
std::optional<std::int64_t> stated_end_of(const AVFormatContext& film) {
  if (film.duration <= 0 || film.duration_estimation_method == AVFMT_DURATION_FROM_BITRATE) {
    return {};
  }
  const bool from_zero = std::string_view{film.iformat->name}.starts_with("matroska");
  const bool unknown = film.start_time == AV_NOPTS_VALUE || film.start_time < 0;
  const std::int64_t start_us = from_zero || unknown ? 0 : bounded_us(film.start_time);
  return bounded_us(bounded_us(film.duration) + start_us);
}

// A timestamp of the file, whose 64 bits may hold anything.
std::int64_t microseconds_of(std::int64_t ticks, AVRational time_base) {
  return bounded_us(av_rescale_q(ticks, time_base, microseconds));
}

void raise(std::optional<std::int64_t>& newest, std::int64_t candidate) {
  newest = newest ? std::max(*newest, candidate) : candidate;
}

class libav_decoder final : public video_decoder {
 public:
  libav_decoder(source_owner source, format_owner film, AVStream& stream, codec_owner codec)
      : source_{std::move(source)},
        film_{std::move(film)},
        stream_{stream},
        codec_{std::move(codec)},
        packet_{av_packet_alloc()},
        frame_{av_frame_alloc()},
        shown_{orientation_of(stream)} {
    facts_.period_us = period_of(stream);
    facts_.stated_end_us = stated_end_of(*film_);
  }

  [[nodiscard]] bool allocated() const noexcept { return packet_ && frame_; }
  [[nodiscard]] const film_facts& facts() const noexcept override { return facts_; }

  [[nodiscard]] std::variant<decoding, failed> next(decoded_frame& made) override {
    const int received = avcodec_receive_frame(codec_.get(), frame_.get());
    if (received == 0) return take_frame(made) ? decoding::frame : decoding::packet;
    if (received == AVERROR_EOF) return decoding::end;
    if (received == AVERROR(ENOMEM)) return failure_of(received, "decoding");
    if (received != AVERROR(EAGAIN)) {
      ++facts_.packets_damaged;
      if (draining_) return ++drain_errors_ > drain_errors_max ? decoding::end : decoding::packet;
    }
    return feed();
  }

 private:
  // Reads one packet and gives it to the decoder.
  std::variant<decoding, failed> feed() {
    if (!packet_waits_) {
      const int read = av_read_frame(film_.get(), packet_.get());
      if (read == AVERROR(ENOMEM)) return failure_of(read, "reading");
      if (read < 0) {
        if (read != AVERROR_EOF) ++facts_.packets_damaged;
        return drain();
      }
      note_times();
    }
    packet_waits_ = false;
    if (packet_->stream_index == stream_.index) {
      const int sent =
          is_damaged() ? AVERROR_INVALIDDATA : avcodec_send_packet(codec_.get(), packet_.get());
      if (sent == AVERROR(ENOMEM)) return failure_of(sent, "decoding");
      packet_waits_ = sent == AVERROR(EAGAIN);
      if (packet_waits_) return decoding::packet;
      if (sent < 0) ++facts_.packets_damaged;
    }
    av_packet_unref(packet_.get());
    return decoding::packet;
  }

  std::variant<decoding, failed> drain() {
    draining_ = true;
    const int sent = avcodec_send_packet(codec_.get(), nullptr);
    if (sent < 0 && sent != AVERROR_EOF) return decoding::end;
    return decoding::packet;
  }

  [[nodiscard]] bool is_damaged() const noexcept {
    return (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
  }

  void note_times() {
    const AVStream& stream = *film_->streams[packet_->stream_index];
    if (packet_->pts == AV_NOPTS_VALUE || !is_heard_or_seen(stream)) return;
    const std::int64_t end_us =
        bounded_us(microseconds_of(packet_->pts, stream.time_base) +
                   microseconds_of(std::max<std::int64_t>(packet_->duration, 0), stream.time_base));
    if (std::abs(end_us) == timestamp_us_max) return;
    raise(facts_.newest_end_us, end_us);
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO) raise(facts_.audio_end_us, end_us);
  }

  static bool is_heard_or_seen(const AVStream& stream) {
    return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
  }

  bool take_frame(decoded_frame& made) {
    luma_picture stored;
    const bool reduced = scaler_.reduce(*frame_, stored);
    if (reduced) {
      made.luma = upright(stored, shown_);
      made.timestamp_us.reset();
      made.duration_us.reset();
      if (frame_->best_effort_timestamp != AV_NOPTS_VALUE) {
        made.timestamp_us = microseconds_of(frame_->best_effort_timestamp, stream_.time_base);
      }
      if (frame_->pkt_duration > 0) {
        made.duration_us = microseconds_of(frame_->pkt_duration, stream_.time_base);
      }
    } else {
      ++facts_.packets_damaged;
    }
    av_frame_unref(frame_.get());
    return reduced;
  }

  source_owner source_;  // outlives what reads from it
  format_owner film_;
  AVStream& stream_;
  codec_owner codec_;
  std::unique_ptr<AVPacket, packet_deleter> packet_;
  std::unique_ptr<AVFrame, frame_deleter> frame_;
  picture_scaler scaler_;
  orientation shown_;
  film_facts facts_;
  bool packet_waits_ = false;
  bool draining_ = false;
  int drain_errors_ = 0;
};

std::variant<format_owner, failed> open_film(const film_source& source) {
  AVDictionary* settings = nullptr;
  AVFormatContext* opened = avformat_alloc_context();
  // No protocol at all, nor for what a format opens by itself: it hands this list on.
  if (opened == nullptr || av_dict_set(&settings, "protocol_whitelist", "none", 0) < 0) {
    avformat_free_context(opened);
    return failed{reason::memory, "out of memory"};
  }
  opened->pb = source.get();
  opened->io_open = refuse_to_open;
  const int code = avformat_open_input(&opened, source.probe_name().c_str(), nullptr, &settings);
  av_dict_free(&settings);
  if (code < 0) return failure_of(code, "not a video");
  format_owner film{opened};
  const std::string_view format{film->iformat->name};
  if (std::find(formats_refused.begin(), formats_refused.end(), format) != formats_refused.end()) {
    return failed{reason::not_video, "not a video: a file of format " + std::string{format}};
  }
  const int found = avformat_find_stream_info(film.get(), nullptr);
  if (found < 0) return failure_of(found, "not a video");
  return film;
}

std::variant<codec_owner, failed> open_codec(const AVStream& stream) {
  const AVCodec* decoder = avcodec_find_decoder(stream.codecpar->codec_id);
  if (decoder == nullptr) {
    return failed{reason::not_video, std::string{"its video cannot be decoded here: "} +
                                         avcodec_get_name(stream.codecpar->codec_id)};
  }
  codec_owner codec{avcodec_alloc_context3(decoder)};
  if (!codec) return failed{reason::memory, "out of memory"};
  const int copied = avcodec_parameters_to_context(codec.get(), stream.codecpar);
  if (copied < 0) return failure_of(copied, "its video cannot be decoded");
  codec->pkt_timebase = stream.time_base;
  codec->thread_count = decode_threads_max;
  codec->max_pixels = frame_pixels_max;
  const int opened = avcodec_open2(codec.get(), decoder, nullptr);
  if (opened < 0) return failure_of(opened, "its video cannot be decoded");
  return codec;
}

}  // namespace

std::variant<std::unique_ptr<video_decoder>, failed> video_decoder::open(const std::string& path) {
  av_log_set_level(AV_LOG_QUIET);
  auto file = film_source::open(path);
  if (auto* wrong = std::get_if<failed>(&file)) return std::move(*wrong);
  auto& source = std::get<source_owner>(file);
  auto film = open_film(*source);
  if (auto* wrong = std::get_if<failed>(&film)) return std::move(*wrong);
  format_owner& opened = std::get<format_owner>(film);
  AVStream* stream = choose_stream(*opened);
  if (stream == nullptr) return failed{reason::not_video, "no video in it"};
  auto codec = open_codec(*stream);
  if (auto* wrong = std::get_if<failed>(&codec)) return std::move(*wrong);
  auto made = std::make_unique<libav_decoder>(std::move(source), std::move(opened), *stream,
                                              std::move(std::get<codec_owner>(codec)));
  if (!made->allocated()) return failed{reason::memory, "out of memory"};
  return made;
}

}  // namespace reprise
