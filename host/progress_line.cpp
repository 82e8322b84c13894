#include "host/progress_line.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace reprise {

std::string progress_text(const progress& shown, std::chrono::duration<double> taken) {
  std::string text = "reprise: ";
  if (shown.bytes_total && *shown.bytes_total > 0) {
    const std::uint64_t read = std::min(shown.bytes_read, *shown.bytes_total);
    const double part = static_cast<double>(read) / static_cast<double>(*shown.bytes_total);
    text += fmt::format("{}%, ", static_cast<int>(part * 100));
  }
  const double rate = taken.count() > 0 ? static_cast<double>(shown.done) / taken.count() : 0;
  return text +
         fmt::format("{} {}, {:.0f} {}", shown.done, shown.unit.name, rate, shown.unit.of_rate);
}

void progress_line::update(const progress& now_at, time_point now) {
  if (!shown_ || now - drawn_ < redraw_interval) return;
  drawn_ = now;
  on_screen_ = true;
  std::string text{"\r"};
  print(text.append(progress_text(now_at, now - started_)).append("\x1b[K"));  // erases the rest
}

void progress_line::clear() {
  if (!on_screen_) return;
  on_screen_ = false;
  print("\r\x1b[K");
}

void progress_line::print(std::string_view text) {
  if (!terminal_->write(text)) shown_ = false;
}

}  // namespace reprise
