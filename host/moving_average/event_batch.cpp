#include "host/moving_average/event_batch.hpp"

#include <limits>

#include "host/match/assert.hpp"

namespace reprise {

void event_batch::add(const delivery_event& added) {
  packed_event packed{added.time, added.duration, added.nr_words, {}};
  for (std::size_t i = 0; i < packed.texts.size(); ++i) {
    const auto& text = added.*delivery_event_texts[i];
    if (!text) continue;
    REPRISE_ASSERT(text->size() <= std::numeric_limits<std::uint32_t>::max() - texts_.size());
    packed.texts[i] = {static_cast<std::uint32_t>(texts_.size()),
                       static_cast<std::uint32_t>(text->size()), true};
    texts_ += *text;
  }
  events_.push_back(packed);
}

delivery_event event_batch::operator[](std::size_t index) const {
  const packed_event& packed = events_[index];
  delivery_event made;
  made.time = packed.time;
  made.duration = packed.duration;
  made.nr_words = packed.nr_words;
  for (std::size_t i = 0; i < packed.texts.size(); ++i) {
    const packed_text& text = packed.texts[i];
    if (!text.is_there) continue;
    made.*delivery_event_texts[i] = std::string_view{texts_}.substr(text.begin, text.bytes);
  }
  return made;
}

}  // namespace reprise
