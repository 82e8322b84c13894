// The queue of jobs as a plain list: what the rules of job_queue.hpp and stored_job_queue.hpp give,
// written as they read, where chance takes nothing off the waits.
//
// Threads  pure
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/jobs/stored_job_queue.hpp"

namespace reprise {

class job_model {
 public:
  struct entry {
    job shown;
    std::string owner;
    std::uint64_t bytes = 0;
    std::optional<std::int64_t> turn = {};
    std::int64_t due = 0;
    std::int64_t take = 0;
  };

  explicit job_model(const job_queue_options& options) : options_{options} {}

  errc put(const std::string& uuid, const std::string& owner, std::uint64_t bytes,
           std::int64_t now) {
    std::uint64_t count = 0, held = 0;
    for (const entry& each : jobs) {
      if (!each.shown.ended_ms) ++count, held += each.bytes;
    }
    if (count >= options_.bounds.jobs_max || held + bytes > options_.bounds.bytes_max) {
      return errc::overloaded;
    }
    entry made{{.uuid = uuid, .name = "name of " + uuid, .made_ms = now}, owner, bytes};
    made.turn = turn_of(owner);
    jobs.push_back(made);
    return {};
  }

  std::vector<std::string> take(std::size_t count_max, std::int64_t now, std::int64_t until) {
    std::vector<entry*> due;
    for (entry& each : jobs) {
      if (each.shown.status == job_status::queued && !each.turn && each.due <= now) {
        due.push_back(&each);
      }
    }
    std::stable_sort(due.begin(), due.end(), [](auto* a, auto* b) { return a->due < b->due; });
    for (entry* each : due) each->turn = turn_of(each->owner);
    std::vector<std::string> taken;
    while (taken.size() < count_max) {
      entry* next = nullptr;
      for (entry& each : jobs) {
        if (each.turn && (next == nullptr || *each.turn < *next->turn)) next = &each;
      }
      if (next == nullptr) break;
      taken_turns_[next->owner] = *next->turn;
      next->turn.reset();
      next->shown.status = job_status::running;
      next->due = until;
      ++next->take;
      ++next->shown.tries;
      taken.push_back(next->shown.uuid);
    }
    return taken;
  }

  errc extend(const job_lease& lease, std::int64_t until) {
    entry* const at = held(lease);
    if (at != nullptr) at->due = until;
    return at != nullptr ? errc{} : errc::data_conflict;
  }
  errc finish(const job_lease& lease, const classification& result, std::int64_t now) {
    entry* const at = held(lease);
    if (at == nullptr) return errc::data_conflict;
    end(*at, job_status::done, "", now);
    at->shown.result = result;
    return {};
  }
  errc fail(const job_lease& lease, const job_failure& why, std::int64_t now) {
    entry* const at = held(lease);
    if (at == nullptr) return errc::data_conflict;
    if (why.for_good || at->shown.tries >= options_.bounds.tries_max) {
      end(*at, job_status::failed, why.error, now);
      return {};
    }
    at->shown.status = job_status::queued;
    at->shown.error = why.error;
    const std::int64_t wait = stored_job_queue::retry_wait_least.count() << (at->shown.tries - 1);
    at->due = now + std::min<std::int64_t>(wait, stored_job_queue::retry_wait_max.count());
    return {};
  }
  errc give_back(const job_lease& lease) {
    entry* const at = held(lease);
    if (at == nullptr) return errc::data_conflict;
    at->turn = least_turn();
    at->shown.status = job_status::queued;
    --at->shown.tries;
    return {};
  }
  errc postpone(const job_lease& lease) {
    entry* const at = held(lease);
    if (at == nullptr) return errc::data_conflict;
    at->turn = turn_of(at->owner);
    at->shown.status = job_status::queued;
    --at->shown.tries;
    return {};
  }
  errc remove(const std::string& uuid) {
    return std::erase_if(jobs, [&](auto& each) { return each.shown.uuid == uuid; }) == 1
               ? errc{}
               : errc::not_found;
  }
  void end_leases(std::int64_t due_by, const std::string& words, std::int64_t now) {
    std::vector<entry*> over;
    for (entry& each : jobs) {
      if (each.shown.status == job_status::running && each.due <= due_by) over.push_back(&each);
    }
    std::stable_sort(over.begin(), over.end(), [](auto* a, auto* b) { return a->due < b->due; });
    for (entry* each : over) {
      if (each->shown.tries >= options_.bounds.tries_max) {
        end(*each, job_status::failed, words, now);
        continue;
      }
      each->turn = turn_of(each->owner);
      each->shown.status = job_status::queued;
      each->shown.error = words;
    }
  }
  void tend(std::int64_t now) {
    end_leases(now, "timeout: the try did not end in time", now);
    const std::int64_t before =
        now - std::chrono::duration_cast<std::chrono::milliseconds>(options_.keep).count();
    std::erase_if(
        jobs, [&](auto& each) { return each.shown.ended_ms && *each.shown.ended_ms <= before; });
  }

  [[nodiscard]] std::vector<job> newest_first() const {
    std::vector<job> shown;
    for (auto at = jobs.rbegin(); at != jobs.rend(); ++at) shown.push_back(at->shown);
    return shown;
  }
  [[nodiscard]] job_counts counts() const {
    job_counts made;
    for (const entry& each : jobs) {
      ++made.jobs[static_cast<std::size_t>(each.shown.status)];
      if (each.shown.ended_ms) continue;
      made.image_bytes += each.bytes;
      if (!made.oldest_ms) made.oldest_ms = each.shown.made_ms;
    }
    return made;
  }

  std::vector<entry> jobs;  // in the order of their coming

 private:
  // The turns of the jobs that wait, and the last one that was taken where none does.
  [[nodiscard]] std::int64_t least_turn() const {
    std::optional<std::int64_t> least, taken;
    for (const entry& each : jobs) {
      if (each.turn) least = std::min(least.value_or(*each.turn), *each.turn);
    }
    for (const auto& [owner, turn] : taken_turns_) taken = std::max(taken.value_or(turn), turn);
    return least.value_or(taken.value_or(0));
  }
  // Each job of an owner has a later turn than the one before it, whether that waits or was taken.
  [[nodiscard]] std::int64_t turn_of(const std::string& owner) const {
    std::int64_t turn = least_turn();
    if (const auto last = taken_turns_.find(owner); last != taken_turns_.end()) {
      turn = std::max(turn, last->second + 1);
    }
    for (const entry& each : jobs) {
      if (each.turn && each.owner == owner) turn = std::max(turn, *each.turn + 1);
    }
    return turn;
  }
  entry* held(const job_lease& lease) {
    for (entry& each : jobs) {
      const bool is_held = each.shown.uuid == lease.uuid && each.take == lease.take &&
                           each.shown.status == job_status::running;
      if (is_held) return &each;
    }
    return nullptr;
  }
  static void end(entry& at, job_status status, const std::string& error, std::int64_t now) {
    at.shown.status = status;
    at.shown.error = error;
    at.shown.ended_ms = now;
    at.bytes = 0;
  }

  job_queue_options options_;
  std::map<std::string, std::int64_t> taken_turns_;  // by owner, of its last job that was taken
};

}  // namespace reprise
