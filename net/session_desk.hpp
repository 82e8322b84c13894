// What the running service has of image sessions: their tables in jobs.db, the encodings that are
// known, and the encoder.
//
// Shapes   keys of sessions are those of secret_key.hpp; here they are their hashes. Changes are
//          durable when they are told to be done
// Errors   not_found: there is no such session; data_conflict: it has as many images as it may, or
//          there are as many sessions as there may be; overloaded; those of the store, which opens
//          its file anew with the next use; stopping
// Threads  awaited on the API's executor; start() and cancel() on any; reconfigure() and
//          write_metrics() on any. The executors' last tasks end before it
// Owns     the encoder's calls, and the cache; its parts outlive it
// Source   image sessions, docs/design.md
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "host/jobs/jobs_file.hpp"
#include "host/store/grouped_writes.hpp"
#include "net/api_link.hpp"
#include "net/picture_encoder.hpp"

namespace reprise {

inline constexpr std::string_view session_key_prefix = "rps_";

struct session_options {
  session_limits limits;
  std::size_t cache_bytes = std::size_t{64} << 20;
  encoder_options encoder;
};

struct session_desk_parts {
  scheduler& outside;
  executor& writer;
  executor& reader;
  net::any_io_executor api;
  jobs_file& file;
  grouped_writes<jobs_file>& writes;
  http_exchange& exchange;
  random_source& random;
  log_teller log = [](log_level, std::string_view, std::initializer_list<log_field>) {};
};

class session_desk {
 public:
  using found_session = session_reading_tables::found_session;

  static constexpr std::chrono::seconds expire_each{10};
  // Of pictures that are being received or encoded.
  static constexpr std::size_t picture_bytes_in_memory_max = std::size_t{256} << 20;

  session_desk(session_desk_parts parts, session_options options);

  void start();  // removes what is too old, from now on
  void cancel();
  void reconfigure(session_options options);
  [[nodiscard]] session_limits limits() const;

  [[nodiscard]] net::awaitable<outcome<std::string>> make();  // its key
  [[nodiscard]] net::awaitable<outcome<found_session>> find(sha256_digest key);
  [[nodiscard]] net::awaitable<outcome<encoder_answer>> encode(picture_ptr picture);
  [[nodiscard]] net::awaitable<outcome<void>> add_image(sha256_digest key, sha256_digest picture,
                                                        encoding_cache::encodings_ptr faces);
  // {"image_encodings":[...]}
  [[nodiscard]] net::awaitable<outcome<std::string>> summary(sha256_digest key);
  [[nodiscard]] net::awaitable<outcome<void>> clear(sha256_digest key);

  [[nodiscard]] const std::shared_ptr<picture_room>& room() const noexcept { return room_; }
  void note_upload(unsigned status, std::chrono::duration<double> took);
  void write_metrics(metric_writer& into) const;

 private:
  using change = grouped_writes<jobs_file>::change;
  struct expired_step {
    std::int64_t removed = 0;
    session_totals left;
  };

  [[nodiscard]] net::awaitable<outcome<void>> write(const change& made) const;
  void note_use(const sha256_digest& key, std::int64_t used);
  [[nodiscard]] std::int64_t now() const;  // on any thread
  void expire();
  void expired(const outcome<expired_step>& step);

  session_desk_parts parts_;
  mutable std::mutex mutex_;
  session_limits limits_;
  session_totals totals_;                   // as of the last look
  std::array<std::uint64_t, 3> uploads_{};  // accepted, refused, failed
  latency_histogram upload_seconds_;
  bool fault_told_ = false;  // the outside scheduler's
  encoder_figures figures_;
  encoding_cache cache_;
  std::shared_ptr<picture_room> room_;
  picture_encoder encoder_;
  api_link to_outside_;
  api_link to_writer_;
  api_link to_reader_;
  core_link link_;
};

}  // namespace reprise
