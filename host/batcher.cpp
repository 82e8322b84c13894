#include "host/batcher.hpp"

namespace reprise {

void batcher::add(const stored_tick& tick, tick_context context) {
  if (channels_.contains(tick.channel)) flush();
  if (!gathered_) {
    gathered_ = std::make_shared<passage>();
    timer_ = link_.after(limits_.wait_max, [this] { flush(); });
  }
  channels_.insert(tick.channel);
  gathered_->add(tick, std::move(context));
  if (gathered_->ticks.size() >= limits_.channels_max) flush();
}

void batcher::flush() {
  if (!gathered_) return;
  link_.cancel(timer_);
  channels_.clear();
  flushed_(std::exchange(gathered_, nullptr));
}

}  // namespace reprise
