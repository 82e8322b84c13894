#include "host/batcher.hpp"

#include <algorithm>

namespace reprise {

void batcher::add(const stored_tick& tick, tick_context context) {
  if (channels_.contains(tick.channel)) flush();
  if (!gathered_) {
    gathered_ = std::make_shared<passage>();
    begun_ = link_.steady();
    wait();
  }
  channels_.insert(tick.channel);
  gathered_->add(tick, std::move(context));
  if (gathered_->ticks.size() >= limits_.channels_max) flush();
}

void batcher::wait() {
  const std::chrono::nanoseconds left = begun_ + limits_.wait_max - link_.steady();
  timer_ = link_.after(std::min<std::chrono::nanoseconds>(limits_.settle, left), [this] {
    if (is_idle_() || link_.steady() - begun_ >= limits_.wait_max) return flush();
    wait();
  });
}

void batcher::flush() {
  if (!gathered_) return;
  link_.cancel(timer_);
  channels_.clear();
  flushed_(std::exchange(gathered_, nullptr));
}

}  // namespace reprise
