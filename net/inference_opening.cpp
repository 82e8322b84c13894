#include "net/inference_opening.hpp"

#include <algorithm>
#include <utility>

namespace reprise {

inference_opening::inference_opening(inference_client& client, scheduler& home, log_teller log)
    : client_{client}, log_{std::move(log)}, link_{home} {}

void inference_opening::start(done<void> told) {
  told_ = std::move(told);
  patience_ = link_.after(start_wait_max, [this] {
    note_fault("it has not answered yet");
    answer({});
  });
  open();
}

void inference_opening::open() {
  client_.open([this](const outcome<void>& ended) { opened(ended); });
}

void inference_opening::opened(const outcome<void>& ended) {
  if (ended) {
    if (!fault_.empty()) log_(log_level::info, "the model's server can be asked", {});
    return answer({});
  }
  if (told_ && ended.error().code == errc::configuration_invalid) return answer(ended);
  note_fault(ended.error().what);
  answer({});
  (void)link_.after(wait_, [this] { open(); });
  wait_ = std::min(2 * wait_, retry_wait_max);
}

void inference_opening::note_fault(const std::string& why) {
  if (std::exchange(fault_, why) == why) return;
  log_(log_level::warning, "the model's server cannot be asked: predictions wait", {{"why", why}});
}

void inference_opening::answer(const outcome<void>& with) {
  link_.cancel(patience_);
  if (const auto told = std::exchange(told_, {})) told(with);
}

}  // namespace reprise
