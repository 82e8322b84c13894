#include "host/ordered_output.hpp"

#include <utility>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

constexpr std::size_t piece_bytes = 65'536;  // worth a write

}  // namespace

ordered_output::ordered_output(std::size_t parts, std::size_t ahead_max)
    : parts_{parts}, ahead_max_{ahead_max} {
  REPRISE_ASSERT(ahead_max > 0);
}

std::optional<std::size_t> ordered_output::next_part() {
  std::unique_lock lock{mutex_};
  for_workers_.wait(
      lock, [&] { return cancelled_ || begun_ == parts_ || begun_ < current_ + ahead_max_; });
  if (cancelled_ || begun_ == parts_) return std::nullopt;
  return begun_++;
}

bool ordered_output::append(std::size_t part, std::string_view text) {
  std::unique_lock lock{mutex_};
  piece& held = held_[part];
  for_workers_.wait(lock, [&] {
    return cancelled_ || held.text.empty() || held.text.size() + text.size() <= part_bytes_max;
  });
  if (cancelled_) return false;
  held.text += text;
  if (part == current_ && held.text.size() >= piece_bytes) for_consumer_.notify_one();
  return true;
}

void ordered_output::finish(std::size_t part, std::string note, std::optional<failure> failed) {
  const std::scoped_lock lock{mutex_};
  piece& held = held_[part];
  held.last = true;
  held.note = std::move(note);
  held.failed = std::move(failed);
  for_consumer_.notify_one();
}

std::optional<ordered_output::piece> ordered_output::take(std::chrono::milliseconds patience) {
  std::unique_lock lock{mutex_};
  if (current_ == parts_) return std::nullopt;
  piece& held = held_[current_];
  for_consumer_.wait_for(lock, patience,
                         [&] { return held.last || held.text.size() >= piece_bytes; });
  piece taken = std::exchange(held, {});
  if (taken.last) held_.erase(current_++);
  for_workers_.notify_all();
  return taken;
}

void ordered_output::cancel() {
  const std::scoped_lock lock{mutex_};
  cancelled_ = true;
  for_workers_.notify_all();
}

}  // namespace reprise
