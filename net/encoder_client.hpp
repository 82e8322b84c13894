// Asks the encoder, an HTTP service of the operator's, what it makes of a picture.
//
// Shapes   a call is POST of a form with the file, `file`; an answer is 200 with a list of
//          encodings, one a face. At most calls_max calls are under way, and waiting_max wait for
//          them; the deadline counts from when it was asked for to the last byte, tries and waits
//          between them included. No try begins in its second half, where a healthy encoder might
//          be late by our load alone. Tried again, with a growing pause that is drawn at random, is
//          what could not connect, was answered 5xx, or is too much for the encoder now. The
//          breaker counts pictures: one that crashes its encoder fails alone, however often it is
//          sent
// Errors   those of encoder_end; `detail` is what the encoder said of the picture, one line. That
//          memory or connections are refused to us is no fault of the encoder's
// Threads  all on one scheduler; `told` is called there, once, never inside encode()
// Owns     the calls, until it goes: then nobody is told any more. Its parts outlive it
// Source   image sessions, docs/design.md
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "host/core_link.hpp"
#include "host/log.hpp"
#include "host/random_source.hpp"
#include "host/sessions/face_encodings.hpp"
#include "net/circuit_breaker.hpp"
#include "net/encoder_figures.hpp"
#include "net/http_exchange.hpp"
#include "net/sent_picture.hpp"

namespace reprise {

struct encoder_options {
  std::string url = "http://127.0.0.1:8090/v1/selfie";
  std::chrono::milliseconds deadline{5'000};
  std::uint32_t retries = 2;
  std::size_t calls_max = 4;
  std::size_t waiting_max = 256;
  std::uint32_t breaker_failures = 5;
  std::chrono::milliseconds breaker_pause{5'000};
  std::size_t faces_max = 6;
};

struct encoder_answer {
  encoder_end end = encoder_end::failed;
  std::shared_ptr<const face_encodings> faces = {};  // there where it is encoded
  std::string detail = {};                           // of picture_invalid and too_many_faces
  std::chrono::seconds retry_after{0};               // of resting
};

struct encoder_parts {
  scheduler& outside;
  http_exchange& exchange;
  random_source& random;
  encoder_figures& figures;
  log_teller log = [](log_level, std::string_view, std::initializer_list<log_field>) {};
};

class encoder_client {
 public:
  using listener = std::function<void(encoder_answer)>;
  // Of an answer: six faces of 4,096 numbers take a sixth of it.
  static constexpr std::size_t answer_bytes_max = std::size_t{4} << 20;
  // Of an encoder that now and then fails the log tells so often at most.
  static constexpr std::chrono::minutes failure_told_every{1};
  // That are known to have failed: more than breaker_failures may be.
  static constexpr std::size_t failed_pictures_max = 1'024;

  encoder_client(encoder_parts parts, encoder_options options);

  void encode(picture_ptr picture, listener told);
  void reconfigure(encoder_options options);

 private:
  struct call {
    picture_ptr picture;
    listener told;
    steady_time begun{};
    steady_time begin_by{};  // each of its tries
    steady_time deadline{};
    timer_id timer{};  // while it waits
    std::uint32_t tries = 0;
  };
  using call_ptr = std::shared_ptr<call>;

  void start_waiting();
  void give_up_waiting(const call_ptr& waited);
  void try_call(const call_ptr& on);
  void ended(const call_ptr& on, std::uint64_t ticket, const exchange_result& result);
  void take_answer(const call_ptr& on, std::uint64_t ticket, const exchange_answer& answer);
  void failed(const call_ptr& on, std::uint64_t ticket, bool may_retry, const std::string& why);
  void try_again(const call_ptr& on, encoder_end otherwise);
  void fall_short(const call_ptr& on, std::uint64_t ticket, encoder_end of);
  void finish(const call_ptr& on, encoder_answer answer);
  void tell(const call_ptr& on, encoder_answer answer);
  [[nodiscard]] encoder_answer rest() const;
  [[nodiscard]] exchange_request request_for(const call& of);
  void note_failed(const call& of, std::uint64_t ticket, const std::string& why);
  [[nodiscard]] bool count_failed(const sha256_digest& picture);
  void note_succeeded(std::uint64_t ticket);
  void show_load();

  encoder_parts parts_;
  encoder_options options_;
  circuit_breaker breaker_;
  std::list<call_ptr> waiting_;
  std::size_t running_ = 0;
  std::deque<sha256_digest> failed_pictures_;  // since the encoder last did its work
  std::optional<steady_time> failure_told_;    // when
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();
  core_link link_;
};

}  // namespace reprise
