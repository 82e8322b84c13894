#include "net/picture_encoder.hpp"

#include <utility>

#include "host/within_memory.hpp"

namespace reprise {

picture_encoder::picture_encoder(encoder_parts parts, encoder_options options, executor& reader,
                                 jobs_file& file, encoding_cache& cache)
    : figures_{parts.figures},
      reader_{reader},
      file_{file},
      cache_{cache},
      client_{parts, std::move(options)},
      link_{parts.outside} {}

void picture_encoder::encode(const picture_ptr& picture, done<encoder_answer> told) {
  if (cancelled_) return told(failure{errc::stopping, "the service is stopping", {}});
  const auto [at, is_first] = under_way_.try_emplace(picture->hash);
  at->second.push_back(std::move(told));
  if (!is_first) return figures_.note_joined();
  const auto look = [&file = file_, picture]() -> stored {
    return within_memory<std::optional<face_encodings>>([&] {
      return file.read([&](jobs_reading& on) { return on.sessions.picture(on.db, picture->hash); });
    });
  };
  link_.ask(reader_, look, [this, picture](stored found) { looked_up(picture, std::move(found)); });
}

void picture_encoder::looked_up(const picture_ptr& picture, stored found) {
  if (!found) return finish(picture, found.error());
  // Another one that has been told in the meantime has left it there.
  auto known = cache_.peek(picture->hash);
  if (!known && *found) known = std::make_shared<const face_encodings>(std::move(**found));
  if (known) {
    return finish(picture, encoder_answer{.end = encoder_end::encoded, .faces = std::move(known)});
  }
  if (cancelled_) return;
  client_.encode(picture,
                 [this, picture](encoder_answer answer) { finish(picture, std::move(answer)); });
}

void picture_encoder::finish(const picture_ptr& picture, const outcome<encoder_answer>& answer) {
  if (answer && answer->end == encoder_end::encoded) cache_.put(picture->hash, answer->faces);
  auto waiting = under_way_.extract(picture->hash);
  if (waiting.empty()) return;  // cancelled
  for (const auto& told : waiting.mapped()) told(answer);
}

void picture_encoder::cancel() {
  cancelled_ = true;
  for (const auto& [picture, waiting] : std::exchange(under_way_, {})) {
    for (const auto& told : waiting) told(failure{errc::stopping, "the service is stopping", {}});
  }
}

}  // namespace reprise
