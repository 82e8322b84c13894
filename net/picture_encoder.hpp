// What a picture's faces are encoded as: known already, being found out for another one, or asked
// of the encoder.
//
// Shapes   the same bytes at once cost one call: all who ask are told the same. What was encoded is
//          in the cache before anybody is told
// Errors   those of the encoder are its answer; io_failed and the like, where the database cannot
//          be read; host_memory, where what it holds finds none; stopping, from cancel() on
// Threads  all on the outside scheduler; the cache is anybody's
// Owns     those who wait; the file and the cache outlive it
// Source   image sessions, docs/design.md
#pragma once

#include <map>
#include <vector>

#include "host/core_link.hpp"
#include "host/jobs/jobs_file.hpp"
#include "host/live_service.hpp"
#include "host/sessions/encoding_cache.hpp"
#include "net/encoder_client.hpp"

namespace reprise {

class picture_encoder {
 public:
  picture_encoder(encoder_parts parts, encoder_options options, executor& reader, jobs_file& file,
                  encoding_cache& cache);

  void encode(const picture_ptr& picture, done<encoder_answer> told);
  void reconfigure(encoder_options options) { client_.reconfigure(std::move(options)); }
  // Whoever waits is told, and so is whoever comes.
  void cancel();

 private:
  using stored = outcome<std::optional<face_encodings>>;

  void looked_up(const picture_ptr& picture, stored found);
  void finish(const picture_ptr& picture, const outcome<encoder_answer>& answer);

  encoder_figures& figures_;
  executor& reader_;
  jobs_file& file_;
  encoding_cache& cache_;
  encoder_client client_;
  std::map<sha256_digest, std::vector<done<encoder_answer>>> under_way_;
  bool cancelled_ = false;
  core_link link_;
};

}  // namespace reprise
