// Where trainings are asked for: it keeps what was learnt, runs one training at a time, and tells
// everyone who asked.
//
// Shapes   a revision numbers the states of the library; what was learnt of one is good for whoever
//          asks for it or an earlier one
// Errors   ask(): overloaded where too many wait; what a training failed with, host_memory where it
//          throws std::bad_alloc. A failure is told to
//          everyone who waits for it, or else to the next who asks; after that it is tried again
// Threads  made, used and destroyed on the core executor, listeners called there; `train` runs on
//          the worker executor
// Owns     what was learnt for the keys_max keys asked for last, and the questions that wait
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "host/core_link.hpp"
#include "host/train_protocol.hpp"

namespace reprise {

struct training_key {
  train::model model = train::model::gbm;
  std::string tvshow;  // empty: of all
  friend bool operator==(const training_key&, const training_key&) = default;
};

struct trained {
  std::int64_t revision = 0;
  std::vector<double> gains;
  friend bool operator==(const trained&, const trained&) = default;
};

class training_desk {
 public:
  static constexpr std::size_t waiting_max = 4;  // trainings, besides the one that runs
  static constexpr std::size_t keys_max = 64;
  static constexpr std::size_t listeners_max = 256;

  // What it learns is of the revision asked for or a later one: else the library was replaced by an
  // older one meanwhile, and the training has failed.
  using training = std::function<outcome<trained>(const training_key&)>;
  using listener = std::function<void(const outcome<trained>&)>;
  struct running {
    std::uint64_t ticket = 0;
  };
  using answer = std::variant<trained, running, failure>;

  training_desk(scheduler& core, executor& worker, training train);

  // What is known already, or `running`: then `told` is called once, unless the ticket is given
  // back before. Never calls `told` itself.
  [[nodiscard]] answer ask(const training_key& key, std::int64_t revision, listener told);
  // Whoever asked waits no more; the training goes on. A ticket that is spent is ignored.
  void forget(std::uint64_t ticket);
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }  // trainings

 private:
  struct question {
    std::uint64_t ticket;
    listener told;
  };
  struct job {
    training_key key;
    std::int64_t revision;  // the latest asked for
    std::vector<question> questions = {};
    bool left = false;  // somebody who asked does not wait any more
  };
  struct kept {
    training_key key;
    std::int64_t revision;
    outcome<trained> what;
  };

  [[nodiscard]] std::optional<answer> known(const training_key& key, std::int64_t revision);
  [[nodiscard]] job* joinable(const training_key& key, std::int64_t revision);
  [[nodiscard]] std::size_t listeners() const;
  void keep(kept made);
  void start_next();
  void finish(outcome<trained> result);

  executor& worker_;
  std::shared_ptr<const training> train_;
  std::list<kept> kept_;  // the key asked for last in front
  std::optional<job> running_;
  std::deque<job> waiting_;
  std::uint64_t ticket_ = 0;
  core_link link_;
};

}  // namespace reprise
