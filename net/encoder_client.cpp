#include "net/encoder_client.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "host/hex.hpp"
#include "host/match/assert.hpp"
#include "host/printable.hpp"
#include "host/short_line.hpp"
#include "host/strict_json.hpp"
#include "host/within_memory.hpp"

namespace reprise {
namespace {

constexpr std::chrono::milliseconds first_pause{
    50};  // before a second try; twice as long each time
constexpr std::uint32_t pauses_doubled_max = 6;
constexpr std::size_t boundary_bytes = 16;
constexpr std::size_t detail_bytes_max = 200;
constexpr unsigned good = 200, bad_request = 400, too_large = 413, wrong_type = 415,
                   unprocessable = 422, too_many = 429, server_fault = 500, unavailable = 503;

std::string_view name_of(picture_type type) noexcept {
  constexpr std::string_view names[] = {"picture.jpg", "picture.png", "picture.webp"};
  return names[static_cast<std::size_t>(type)];
}

std::string_view content_type_of(picture_type type) noexcept {
  constexpr std::string_view types[] = {"image/jpeg", "image/png", "image/webp"};
  return types[static_cast<std::size_t>(type)];
}

bool is_refusal_of_picture(unsigned status) noexcept {
  return status == bad_request || status == too_large || status == wrong_type ||
         status == unprocessable;
}

// It works, and asks to come later.
bool is_overload(const exchange_answer& answer) noexcept {
  return answer.status == too_many || (answer.status == unavailable && answer.retry_after);
}

// Of a problem (RFC 9457) what it says, else all of it.
std::string words_of(const std::string& body) {
  const auto json = parse_strict_json(body);
  if (!json || !json->is_object()) return body;
  const auto detail = json->find("detail");
  return detail != json->end() && detail->is_string() ? detail->get<std::string>() : body;
}

// What may pass by itself: the encoder starts anew, or its name is looked up in a moment.
bool may_pass(gap_reason reason) noexcept {
  return reason == gap_reason::connect || reason == gap_reason::dns;
}

}  // namespace

encoder_client::encoder_client(encoder_parts parts, encoder_options options)
    : parts_{std::move(parts)},
      options_{std::move(options)},
      breaker_{options_.breaker_failures, options_.breaker_pause},
      link_{parts_.outside} {
  show_load();
}

void encoder_client::reconfigure(encoder_options options) {
  options_ = std::move(options);
  breaker_.reconfigure(options_.breaker_failures, options_.breaker_pause);
  start_waiting();
}

void encoder_client::encode(picture_ptr picture, listener told) {
  const auto asked = std::make_shared<call>();
  asked->picture = std::move(picture);
  asked->told = std::move(told);
  asked->begun = link_.steady();
  const auto half = options_.deadline / 2;
  asked->begin_by = asked->begun + half;
  asked->deadline = asked->begun + options_.deadline;
  if (!breaker_.may_begin(asked->begun)) return tell(asked, rest());
  if (running_ >= options_.calls_max && waiting_.size() >= options_.waiting_max) {
    return tell(asked, {.end = encoder_end::overloaded});
  }
  asked->timer = link_.after(half, [this, asked] { give_up_waiting(asked); });
  waiting_.push_back(asked);
  start_waiting();
}

void encoder_client::start_waiting() {
  while (running_ < options_.calls_max && !waiting_.empty()) {
    const call_ptr next = std::move(waiting_.front());
    waiting_.pop_front();
    link_.cancel(next->timer);
    ++running_;
    try_call(next);
  }
  show_load();
}

void encoder_client::give_up_waiting(const call_ptr& waited) {
  waiting_.remove(waited);
  show_load();
  tell(waited, {.end = encoder_end::late});
}

void encoder_client::try_call(const call_ptr& on) {
  const auto ticket = breaker_.begin(link_.steady());
  if (!ticket) return finish(on, rest());
  parts_.figures.note_exchange(on->tries > 0);
  ++on->tries;
  auto request = within_memory<exchange_request>([&] { return request_for(*on); });
  if (!request) return fall_short(on, *ticket, encoder_end::no_memory);
  parts_.exchange.start(std::move(*request), [this, alive = std::weak_ptr{alive_}, on,
                                              ticket = *ticket](const exchange_result& result) {
    if (!alive.expired()) ended(on, ticket, result);
  });
}

exchange_request encoder_client::request_for(const call& of) {
  std::array<std::byte, boundary_bytes> random{};
  parts_.random.fill(random);  // so that no picture holds it
  std::string boundary = "reprise-";
  append_hex(boundary, random);
  const sent_picture& picture = *of.picture;
  exchange_request made;
  made.post = true;
  made.url = options_.url;
  made.content_type = "multipart/form-data; boundary=" + boundary;
  made.body.reserve(picture.bytes().size() + 512);
  made.body.append("--").append(boundary);
  made.body.append("\r\nContent-Disposition: form-data; name=\"file\"; filename=\"");
  made.body.append(name_of(picture.type)).append("\"\r\nContent-Type: ");
  made.body.append(content_type_of(picture.type)).append("\r\n\r\n");
  made.body.append(picture.bytes());
  made.body.append("\r\n--").append(boundary).append("--\r\n");
  made.answer_wanted = true;
  made.answer_bytes_max = answer_bytes_max;
  made.deadline = of.deadline;
  return made;
}

void encoder_client::ended(const call_ptr& on, std::uint64_t ticket,
                           const exchange_result& result) {
  if (result) return take_answer(on, ticket, *result);
  const exchange_failure& why = result.error();
  if (why.reason == gap_reason::overload) {  // of ours: connections, files
    return fall_short(on, ticket, encoder_end::overloaded);
  }
  if (why.reason != gap_reason::timeout) {
    return failed(on, ticket, may_pass(why.reason), why.what);
  }
  note_failed(*on, ticket, why.what);
  finish(on, {.end = encoder_end::late});
}

void encoder_client::take_answer(const call_ptr& on, std::uint64_t ticket,
                                 const exchange_answer& answer) {
  if (is_overload(answer)) {
    breaker_.undecided(ticket);
    return try_again(on, encoder_end::overloaded);
  }
  if (answer.status != good && !is_refusal_of_picture(answer.status)) {
    const std::string why = "the encoder answered " + std::to_string(answer.status);
    return failed(on, ticket, answer.status >= server_fault, why);
  }
  outcome<face_encodings> read = face_encodings{};
  if (answer.status == good) {
    read = within_memory<face_encodings>([&] { return read_encodings(answer.body); });
  }
  if (!read && read.error().code == errc::host_memory) {
    return fall_short(on, ticket, encoder_end::no_memory);
  }
  if (!read) {
    return failed(on, ticket, false, "the encoder's answer is wrong: " + read.error().what);
  }
  note_succeeded(ticket);
  if (answer.status != good) {
    const auto said = within_memory<std::string>(
        [&] { return short_line(words_of(answer.body), detail_bytes_max); });
    return finish(
        on, {.end = encoder_end::picture_invalid,
             .detail =
                 said && !said->empty() ? *said : "it answered " + std::to_string(answer.status)});
  }
  if (read->empty()) return finish(on, {.end = encoder_end::no_face});
  if (read->size() > options_.faces_max) {
    return finish(on, {.end = encoder_end::too_many_faces,
                       .detail = std::to_string(read->size()) + ", at most " +
                                 std::to_string(options_.faces_max)});
  }
  finish(on, {.end = encoder_end::encoded,
              .faces = std::make_shared<const face_encodings>(std::move(*read))});
}

void encoder_client::failed(const call_ptr& on, std::uint64_t ticket, bool may_retry,
                            const std::string& why) {
  note_failed(*on, ticket, why);
  if (!may_retry) return finish(on, {.end = encoder_end::failed});
  try_again(on, encoder_end::failed);
}

void encoder_client::try_again(const call_ptr& on, encoder_end otherwise) {
  const auto longest = first_pause * (1U << std::min(on->tries - 1, pauses_doubled_max));
  // From half of it to all of it, so that those who failed together do not come back together.
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  const std::chrono::milliseconds pause{half + parts_.random.below(half + 1)};
  const bool in_time = link_.steady() + pause <= on->begin_by;
  if (on->tries > options_.retries || !in_time) return finish(on, {.end = otherwise});
  (void)link_.after(pause, [this, on] { try_call(on); });
}

void encoder_client::fall_short(const call_ptr& on, std::uint64_t ticket, encoder_end of) {
  breaker_.undecided(ticket);
  finish(on, {.end = of});
}

void encoder_client::finish(const call_ptr& on, encoder_answer answer) {
  REPRISE_ASSERT(running_ > 0);
  --running_;
  tell(on, std::move(answer));
  // Not here and now: a call that ends at once would make the next one start inside this one.
  link_.post([this] { start_waiting(); });
  show_load();
}

void encoder_client::tell(const call_ptr& on, encoder_answer answer) {
  parts_.figures.note_end(answer.end, link_.steady() - on->begun);
  link_.post([on, answer = std::move(answer)]() mutable { on->told(std::move(answer)); });
}

encoder_answer encoder_client::rest() const {
  const auto left = std::chrono::ceil<std::chrono::seconds>(breaker_.left(link_.steady()));
  return {.end = encoder_end::resting, .retry_after = std::max(left, std::chrono::seconds{1})};
}

// Whether it is the first time since the encoder last did its work.
bool encoder_client::count_failed(const sha256_digest& picture) {
  if (std::find(failed_pictures_.begin(), failed_pictures_.end(), picture) !=
      failed_pictures_.end()) {
    return false;
  }
  if (failed_pictures_.size() == failed_pictures_max) failed_pictures_.pop_front();
  failed_pictures_.push_back(picture);
  return true;
}

// The first failure of a while is told, and when it is not asked any more.
void encoder_client::note_failed(const call& of, std::uint64_t ticket, const std::string& why) {
  using state = circuit_breaker::state;
  const state before = breaker_.now();
  const bool counts = count_failed(of.picture->hash);
  if (counts) {
    breaker_.failed(ticket, link_.steady());
  } else {
    breaker_.undecided(ticket);  // it may be the picture
  }
  if (counts && breaker_.now() == state::open && before != state::open) {
    parts_.log(log_level::warning, "the encoder fails and is not asked for a while",
               {{"failures", std::to_string(breaker_.failures())}, {"why", printable(why)}});
  } else if (before == state::closed &&
             (!failure_told_ || link_.steady() - *failure_told_ >= failure_told_every)) {
    parts_.log(log_level::warning, "the encoder failed", {{"why", printable(why)}});
  } else {
    return;
  }
  failure_told_ = link_.steady();
}

void encoder_client::note_succeeded(std::uint64_t ticket) {
  using state = circuit_breaker::state;
  const state before = breaker_.now();
  breaker_.succeeded(ticket);
  failed_pictures_.clear();
  if (breaker_.now() == state::closed && before == state::half_open) {
    parts_.log(log_level::info, "the encoder answers again", {});
  }
}

void encoder_client::show_load() {
  parts_.figures.set_load({.running = running_,
                           .running_max = options_.calls_max,
                           .waiting = waiting_.size(),
                           .waiting_max = options_.waiting_max,
                           .breaker = breaker_.now()});
}

}  // namespace reprise
