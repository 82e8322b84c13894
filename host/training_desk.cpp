#include "host/training_desk.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "host/within_memory.hpp"

namespace reprise {

training_desk::training_desk(scheduler& core, executor& worker, training train)
    : worker_{worker}, train_{std::make_shared<const training>(std::move(train))}, link_{core} {}

training_desk::answer training_desk::ask(const training_key& key, std::int64_t revision,
                                         listener told) {
  if (auto answered = known(key, revision)) return std::move(*answered);
  if (listeners() == listeners_max) {
    return failure{errc::overloaded, "too many wait for trainings"};
  }
  job* joined = joinable(key, revision);
  if (joined == nullptr) {
    if (waiting_.size() == waiting_max) {
      return failure{errc::overloaded, "too many trainings wait"};
    }
    joined = &waiting_.emplace_back(job{key, revision});
  }
  joined->revision = std::max(joined->revision, revision);
  joined->questions.push_back({++ticket_, std::move(told)});
  start_next();
  return running{ticket_};
}

std::optional<training_desk::answer> training_desk::known(const training_key& key,
                                                          std::int64_t revision) {
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [&](const kept& each) { return each.key == key; });
  if (found == kept_.end()) return std::nullopt;
  kept_.splice(kept_.begin(), kept_, found);
  if (found->revision < revision) return std::nullopt;
  if (found->what) return answer{*found->what};
  answer told{found->what.error()};
  kept_.erase(found);
  return told;
}

// The training that runs has seen the library as it was: who asks for a later one waits for the
// next.
training_desk::job* training_desk::joinable(const training_key& key, std::int64_t revision) {
  if (running_ && running_->key == key && running_->revision >= revision) return &*running_;
  for (job& each : waiting_) {
    if (each.key == key) return &each;
  }
  return nullptr;
}

std::size_t training_desk::listeners() const {
  std::size_t count = running_ ? running_->questions.size() : 0;
  for (const job& each : waiting_) count += each.questions.size();
  return count;
}

void training_desk::forget(std::uint64_t ticket) {
  const auto leave = [ticket](job& asked) {
    if (std::erase_if(asked.questions,
                      [&](const question& each) { return each.ticket == ticket; }) != 0) {
      asked.left = true;
    }
  };
  if (running_) leave(*running_);
  for (job& each : waiting_) leave(each);
}

void training_desk::start_next() {
  if (running_ || waiting_.empty()) return;
  running_ = std::move(waiting_.front());
  waiting_.pop_front();
  link_.ask(
      worker_,
      [train = train_, key = running_->key] {
        return within_memory<trained>([&] { return (*train)(key); });
      },
      [this](outcome<trained> result) { finish(std::move(result)); });
}

void training_desk::keep(kept made) {
  std::erase_if(kept_, [&](const kept& each) { return each.key == made.key; });
  kept_.push_front(std::move(made));
  if (kept_.size() > keys_max) kept_.pop_back();
}

void training_desk::finish(outcome<trained> result) {
  job done = std::move(*running_);
  running_.reset();
  if (result && result->revision < done.revision) {
    result = failure{errc::io_failed, "the library is older than the one that was asked for"};
  }
  if (result) {
    keep({done.key, result->revision, result});
    // It may have seen what those who wait for the next one asked for.
    const auto served = std::find_if(waiting_.begin(), waiting_.end(), [&](const job& each) {
      return each.key == done.key && each.revision <= result->revision;
    });
    if (served != waiting_.end()) {
      std::move(served->questions.begin(), served->questions.end(),
                std::back_inserter(done.questions));
      waiting_.erase(served);
    }
  } else if (done.left) {
    keep({done.key, done.revision, result});
  }
  start_next();
  for (const question& each : done.questions) each.told(result);
}

}  // namespace reprise
