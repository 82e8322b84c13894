#include "net/encoder_workers.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace reprise {

struct encoder_workers::worker {
  worker(const vision_options& options, net::any_io_executor api)
      : sees{options}, link{thread, std::move(api)} {}

  vision_process sees;
  worker_thread thread{"reprise-encoder"};
  api_link link;
  std::size_t asked = 0;  // and not answered
};

outcome<std::unique_ptr<encoder_workers>> encoder_workers::make(std::size_t count,
                                                                net::any_io_executor api) {
  auto cancelled = make_cancel_signal();
  if (!cancelled) return cancelled.error();
  auto made = std::make_unique<encoder_workers>(std::move(*cancelled));
  for (std::size_t i = 0; i < count; ++i) {
    const vision_options options{.cancel = made->cancelled_.get()};
    auto& added = made->workers_.emplace_back(std::make_unique<worker>(options, api));
    if (auto started = added->sees.start(); !started) return started.error();
  }
  return made;
}

encoder_workers::encoder_workers(std::unique_ptr<cancel_signal> cancelled)
    : cancelled_{std::move(cancelled)} {}

encoder_workers::~encoder_workers() {
  cancelled_->cancel();
  for (const auto& each : workers_) each->thread.finish();
}

outcome<std::shared_ptr<encoder_workers::place>> encoder_workers::take_place() {
  if (places_ < waiting_max) return std::make_shared<place>(places_);
  ++overloaded_;
  return failure{errc::overloaded, "too many pictures wait"};
}

net::awaitable<outcome<std::vector<face_encoding>>> encoder_workers::encode(
    std::shared_ptr<place> of, std::string picture) {
  const auto chosen =
      std::min_element(workers_.begin(), workers_.end(),
                       [](const auto& a, const auto& b) { return a->asked < b->asked; });
  worker& by = **chosen;
  const auto bytes = std::make_shared<const std::string>(std::move(picture));
  const auto look = [&sees = by.sees, of = std::move(of), bytes] {
    return sees.encode_faces(std::as_bytes(std::span{*bytes}));
  };
  const auto begun = std::chrono::steady_clock::now();
  ++by.asked;
  auto seen = co_await by.link.ask(look);
  --by.asked;
  times_.add(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  if (seen) {
    ++(seen->empty() ? without_face_ : encoded_);
  } else {
    ++(seen.error().code == errc::data_malformed ? refused_ : failed_);
  }
  co_return seen;
}

void encoder_workers::write_metrics(metric_writer& into) const {
  const std::pair<std::string_view, std::uint64_t> results[] = {{"encoded", encoded_},
                                                                {"no_face", without_face_},
                                                                {"refused", refused_},
                                                                {"failed", failed_},
                                                                {"overloaded", overloaded_}};
  for (const auto& [result, count] : results) {
    into.counter("reprise_encoder_pictures_total", "Pictures by what became of them",
                 {{"result", result}}, static_cast<double>(count));
  }
  into.gauge("reprise_encoder_waiting", "Pictures that wait or are looked at", {},
             static_cast<double>(places_.load()));
  into.gauge("reprise_encoder_waiting_limit", "How many may", {}, static_cast<double>(waiting_max));
  into.histogram("reprise_encoder_seconds", "From a picture's last byte to its encodings", {},
                 times_);
}

}  // namespace reprise
