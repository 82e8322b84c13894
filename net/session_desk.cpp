#include "net/session_desk.hpp"

#include <algorithm>
#include <utility>

#include "host/within_memory.hpp"
#include "net/secret_key.hpp"

namespace reprise {
namespace {

// Between two steps of an expiry others may write.
constexpr std::chrono::milliseconds expire_again{10};
constexpr std::int64_t use_noted_seconds_max = 60;

// A use is written down where the last one that is lies this far back: reading is no write, then.
std::int64_t use_noted_after(const session_limits& limits) noexcept {
  return std::clamp<std::int64_t>(limits.keep_seconds / 8, 1, use_noted_seconds_max);
}

}  // namespace

session_desk::session_desk(session_desk_parts parts, session_options options)
    : parts_{std::move(parts)},
      limits_{options.limits},
      cache_{options.cache_bytes},
      room_{std::make_shared<picture_room>(picture_bytes_in_memory_max)},
      encoder_{{.outside = parts_.outside,
                .exchange = parts_.exchange,
                .random = parts_.random,
                .figures = figures_,
                .log = parts_.log},
               std::move(options.encoder),
               parts_.reader,
               parts_.file,
               cache_},
      to_outside_{parts_.outside, parts_.api},
      to_writer_{parts_.writer, parts_.api},
      to_reader_{parts_.reader, parts_.api},
      link_{parts_.outside} {}

void session_desk::start() {
  link_.post([this] { expire(); });
}

void session_desk::cancel() {
  link_.post([this] { encoder_.cancel(); });
}

void session_desk::reconfigure(session_options options) {
  {
    const std::scoped_lock lock{mutex_};
    limits_ = options.limits;
  }
  cache_.resize(options.cache_bytes);
  link_.post([this, encoder = std::move(options.encoder)] { encoder_.reconfigure(encoder); });
}

session_limits session_desk::limits() const {
  const std::scoped_lock lock{mutex_};
  return limits_;
}

std::int64_t session_desk::now() const {
  return tick_of(parts_.outside.clock().wall());
}

net::awaitable<outcome<void>> session_desk::write(const change& made) const {
  const auto ask = [&writes = parts_.writes, made](const done<void>& told) {
    writes.add(made, [told](const outcome<void>& ended) { told(ended); });
  };
  return to_writer_.ask_for<void>(ask);
}

net::awaitable<outcome<std::string>> session_desk::make() {
  std::string key = make_secret(session_key_prefix, parts_.random);
  const change made = [hash = hash_of_secret(key), now = now(), limits = limits()](
                          jobs_writing& on) { return on.sessions.make(hash, now, limits); };
  const auto written = co_await write(made);
  if (!written) co_return written.error();
  const std::scoped_lock lock{mutex_};
  ++totals_.sessions;
  co_return key;
}

net::awaitable<outcome<session_desk::found_session>> session_desk::find(sha256_digest key) {
  const auto look = [&file = parts_.file, key, now = now(), limits = limits()] {
    return file.read([&](jobs_reading& on) { return on.sessions.find(key, now, limits); });
  };
  auto found = co_await to_reader_.ask(look);
  if (found) note_use(key, found->used);
  co_return found;
}

void session_desk::note_use(const sha256_digest& key, std::int64_t used) {
  const session_limits limits = this->limits();
  const std::int64_t now = this->now();
  if (now - used < use_noted_after(limits)) return;
  parts_.writer.post([&writes = parts_.writes, key, now, limits] {
    const change made = [=](jobs_writing& on) { return on.sessions.touch(key, now, limits); };
    writes.add(made, [](const outcome<void>&) {});  // the next use is noted, then
  });
}

net::awaitable<outcome<encoder_answer>> session_desk::encode(picture_ptr picture) {
  if (auto known = cache_.find(picture->hash)) {
    co_return encoder_answer{.end = encoder_end::encoded, .faces = std::move(known)};
  }
  const auto ask = [this, picture](done<encoder_answer> told) {
    encoder_.encode(picture, std::move(told));
  };
  co_return co_await to_outside_.ask_for<encoder_answer>(ask);
}

net::awaitable<outcome<void>> session_desk::add_image(sha256_digest key, sha256_digest picture,
                                                      encoding_cache::encodings_ptr faces) {
  const change made = [key, picture, faces = std::move(faces), now = now(),
                       limits = limits()](jobs_writing& on) {
    return on.sessions.add_image(on.db, key, picture, *faces, now, limits);
  };
  co_return co_await write(made);
}

net::awaitable<outcome<std::string>> session_desk::summary(sha256_digest key) {
  struct shown {
    std::int64_t used = 0;
    std::string text;
  };
  const auto look = [&file = parts_.file, key, now = now(), limits = limits()] {
    return file.read([&](jobs_reading& on) -> outcome<shown> {
      const auto found = on.sessions.find(key, now, limits);
      if (!found) return found.error();
      const auto images = on.sessions.images(on.db, key);
      if (!images) return images.error();
      shown made{found->used, "{\"image_encodings\":["};
      for (const face_encodings& faces : *images) {
        if (made.text.back() != '[') made.text += ',';
        append_faces(made.text, faces);
      }
      made.text += "]}";
      return made;
    });
  };
  auto seen = co_await to_reader_.ask(look);
  if (!seen) co_return seen.error();
  note_use(key, seen->used);
  co_return std::move(seen->text);
}

net::awaitable<outcome<void>> session_desk::clear(sha256_digest key) {
  const change made = [key, now = now(), limits = limits()](jobs_writing& on) {
    return on.sessions.clear(key, now, limits);
  };
  co_return co_await write(made);
}

void session_desk::expire() {
  const auto step = [now = now(), limits = limits()](jobs_writing& on) -> outcome<expired_step> {
    const auto removed = on.sessions.expire(now, limits);
    if (!removed) return removed.error();
    const auto left = on.sessions.totals();
    if (!left) return left.error();
    return expired_step{*removed, *left};
  };
  const auto work = [&file = parts_.file, step] {
    return within_memory<expired_step>([&] { return file.write(step); });
  };
  link_.ask(parts_.writer, work, [this](const outcome<expired_step>& made) { expired(made); });
}

void session_desk::expired(const outcome<expired_step>& step) {
  if (!step && !std::exchange(fault_told_, true)) {
    parts_.log(log_level::warning, "old image sessions cannot be removed, tried again and again",
               {{"why", step.error().what}});
  }
  if (step) {
    fault_told_ = false;
    const std::scoped_lock lock{mutex_};
    totals_ = step->left;
  }
  const bool has_more = step && step->removed >= session_writing_tables::step_rows_max;
  (void)link_.after(has_more ? std::chrono::nanoseconds{expire_again} : expire_each,
                    [this] { expire(); });
}

void session_desk::note_upload(unsigned status, std::chrono::duration<double> took) {
  const std::scoped_lock lock{mutex_};
  ++uploads_[status < 300 ? 0 : status < 500 ? 1 : 2];
  upload_seconds_.add(took.count());
}

void session_desk::write_metrics(metric_writer& into) const {
  cache_.write_metrics(into);
  figures_.write_metrics(into);
  const std::scoped_lock lock{mutex_};
  const auto gauge = [&](std::string_view name, std::string_view help, auto value) {
    into.gauge(name, help, {}, static_cast<double>(value));
  };
  constexpr std::string_view results[] = {"accepted", "refused", "failed"};
  for (std::size_t i = 0; i < uploads_.size(); ++i) {
    into.counter("reprise_image_uploads_total", "Pictures sent to sessions, by what came of it.",
                 {{"result", results[i]}}, static_cast<double>(uploads_[i]));
  }
  into.histogram("reprise_image_upload_seconds", "From an upload's head to its answer.", {},
                 upload_seconds_);
  gauge("reprise_sessions", "Image sessions, as of the last ten seconds.", totals_.sessions);
  gauge("reprise_sessions_limit", "How many there may be.", limits_.sessions_max);
  gauge("reprise_pictures", "Pictures whose encodings are stored.", totals_.pictures);
  gauge("reprise_pictures_limit", "How many of them may be in no session's use.",
        limits_.pictures_max);
  gauge("reprise_picture_bytes", "Bytes of pictures that are being received or encoded.",
        room_->used());
  gauge("reprise_picture_bytes_limit", "How many there may be.", room_->bytes_max());
}

}  // namespace reprise
