// The helpers of an encoder service: each with a thread of its own, which asks it for the faces of
// one picture after the other.
//
// Errors   make: those of vision_process::start(). take_place: overloaded where waiting_max
//          pictures are there already. encode: those of vision.hpp
// Threads  made, asked and destroyed by the API's executor or while it does not run; the helpers
//          end with the thread that made them
// Owns     the threads, the helpers, and the pictures that wait
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "host/cancel_signal.hpp"
#include "host/metrics.hpp"
#include "host/vision_process.hpp"
#include "host/worker_thread.hpp"
#include "net/api_link.hpp"

namespace reprise {

class encoder_workers {
 public:
  static constexpr std::size_t waiting_max = 32;  // pictures, those being looked at among them

  // A picture's place, from before it is read: given back when it has been looked at.
  class place {
   public:
    explicit place(std::atomic<std::size_t>& taken) noexcept : taken_{taken} { ++taken_; }
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    ~place() { --taken_; }

   private:
    std::atomic<std::size_t>& taken_;
  };

  [[nodiscard]] static outcome<std::unique_ptr<encoder_workers>> make(std::size_t count,
                                                                      net::any_io_executor api);
  explicit encoder_workers(std::unique_ptr<cancel_signal> cancelled);
  ~encoder_workers();

  [[nodiscard]] outcome<std::shared_ptr<place>> take_place();
  [[nodiscard]] net::awaitable<outcome<std::vector<face_encoding>>> encode(
      std::shared_ptr<place> of, std::string picture);
  void write_metrics(metric_writer& into) const;

 private:
  struct worker;

  std::unique_ptr<cancel_signal> cancelled_;
  std::atomic<std::size_t> places_{0};
  std::uint64_t encoded_ = 0;
  std::uint64_t without_face_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t overloaded_ = 0;
  latency_histogram times_;
  std::vector<std::unique_ptr<worker>> workers_;
};

}  // namespace reprise
