#include "host/vision_process.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "host/match/assert.hpp"
#include "host/picture_header.hpp"
#include "host/printable.hpp"

namespace reprise {
namespace {

constexpr const char* program = "reprise-vision";
constexpr std::size_t buffer_bytes = 16 * 1024;
// Of a helper that has closed its output, to end.
constexpr std::chrono::milliseconds end_max{5'000};

failure out_of_turn() {
  return {errc::helper_failed, std::string{program} + " gave an answer to another question"};
}

}  // namespace

outcome<void> vision_process::start() {
  if (helper_ && !helper_->is_stirring()) return {};
  drop();
  std::vector<std::string> arguments{memory_argument(options_.memory_bytes_max)};
  if (options_.classifier) {
    const auto more = arguments_of(*options_.classifier);
    arguments.insert(arguments.end(), more.begin(), more.end());
  }
  auto started = helper_process::start(
      helper_path(program), arguments,
      {.has_input = true, .run_max = options_.start_max, .cancel = options_.cancel});
  if (!started) return started.error();
  helper_.emplace(std::move(*started));
  const auto said = hear();
  if (said && std::holds_alternative<sight::ready>(*said)) return {};
  failure why = out_of_turn();
  if (!said) {
    why = said.error();
  } else if (const auto* refused = std::get_if<sight::refused>(&*said)) {
    why = failure_of(*refused);
  }
  drop();
  return why;
}

// The next reply, and nothing behind it.
outcome<sight::reply> vision_process::hear() {
  std::array<std::byte, buffer_bytes> buffer;
  sight::reply said;
  for (;;) {
    const auto more = replies_.next(said);
    if (!more) return more.error();
    if (*more && replies_.is_empty()) return said;
    if (*more) return out_of_turn();
    const auto got = helper_->read(buffer, std::max(options_.start_max, options_.picture_max));
    if (!got) return got.error();
    if (*got == 0) {
      if (const auto ended = helper_->finish(end_max); !ended) return ended.error();
      return failure{errc::helper_failed, std::string{program} + " ended without an answer"};
    }
    replies_.append(std::span{buffer}.first(*got));
  }
}

outcome<sight::reply> vision_process::exchange(sight::question asked,
                                               std::span<const std::byte> picture) {
  helper_->allow(options_.picture_max);
  const std::vector<std::byte> head = sight::encode_head(asked, picture.size());
  for (const std::span<const std::byte> part : {std::span<const std::byte>{head}, picture}) {
    const auto sent = helper_->write(part, options_.picture_max);
    // One that reads no more has ended, or says why.
    if (!sent && sent.error().code == errc::output_closed) break;
    if (!sent) return sent.error();
  }
  return hear();
}

template <typename Answer>
outcome<Answer> vision_process::ask(sight::question asked, std::span<const std::byte> picture) {
  // Before a helper is troubled: most that is no picture is found here.
  if (const auto checked = check_picture(picture); !checked) return checked.error();
  if (auto started = start(); !started) {
    failure why = started.error();
    if (why.code == errc::helper_failed) why.code = errc::configuration_invalid;
    return why;
  }
  auto said = exchange(asked, picture);
  if (!said) {
    drop();
    return said.error();
  }
  if (auto* answer = std::get_if<Answer>(&*said)) return std::move(*answer);
  if (const auto* refused = std::get_if<sight::refused>(&*said)) return failure_of(*refused);
  drop();
  return out_of_turn();
}

failure vision_process::failure_of(const sight::refused& said) const {
  const std::string text = printable(said.text);
  switch (said.why) {
    case sight::reason::picture:
      return {errc::data_malformed, text};
    case sight::reason::setting:
      return {errc::configuration_invalid, text};
    case sight::reason::memory:
      return {errc::helper_failed, std::string{program} + " needs more than its limit of " +
                                       std::to_string(options_.memory_bytes_max >> 20) + " MiB"};
    case sight::reason::library:
      break;
  }
  return {errc::helper_failed, std::string{program} + ": " + text};
}

void vision_process::drop() {
  helper_.reset();
  replies_ = {};
}

outcome<picture_descriptor> vision_process::describe(std::span<const std::byte> picture) {
  return ask<picture_descriptor>(sight::question::describe, picture);
}

outcome<std::vector<face_encoding>> vision_process::encode_faces(
    std::span<const std::byte> picture) {
  return ask<sight::faces>(sight::question::faces, picture);
}

outcome<classification> vision_process::classify(std::span<const std::byte> picture) {
  REPRISE_ASSERT(options_.classifier.has_value());
  return ask<classification>(sight::question::classify, picture);
}

}  // namespace reprise
