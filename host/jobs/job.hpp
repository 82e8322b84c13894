// A job as its queue keeps it: a picture to be looked at, and what became of it.
//
// Shapes   times in milliseconds since 1970; uuid as host/uuid.hpp writes it; score from 0 to 1
// Threads  pure
// Source   the library around the matcher, docs/design.md
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/vision.hpp"

namespace reprise {

// queued: it waits for its first try, or for another one.
enum class job_status : std::uint8_t { queued = 0, running, done, failed };
inline constexpr std::size_t job_statuses = 4;

inline constexpr std::array<std::string_view, job_statuses> job_status_names = {"queued", "running",
                                                                                "done", "failed"};
[[nodiscard]] constexpr std::string_view to_string(job_status status) noexcept {
  return job_status_names[static_cast<std::size_t>(status)];
}

// Held by whoever works on it, and by the queue's changes on their way to the disk.
using job_image = std::shared_ptr<const std::vector<std::byte>>;

struct new_job {
  std::string uuid;
  std::string owner;  // whose turn it takes; empty: nobody's in particular
  std::string name;
  job_image image;
};

struct job {
  std::string uuid;
  std::string name;
  job_status status = job_status::queued;
  std::uint32_t tries = 0;  // begun
  std::int64_t made_ms = 0;
  std::optional<std::int64_t> ended_ms = {};
  std::optional<classification> result = {};  // of a job that is done
  std::string error = {};                     // why the job failed, or its last try
  friend bool operator==(const job&, const job&) = default;
};

// Which try of which job: what it leads to counts for as long as no later one was begun.
struct job_lease {
  std::string uuid;
  std::int64_t take = 0;
};

struct taken_job {
  job_lease lease;
  std::string name;
  std::uint32_t tries = 0;  // with this one
  std::int64_t made_ms = 0;
  job_image image;
};

struct job_counts {
  std::array<std::uint64_t, job_statuses> jobs{};  // by job_status
  std::uint64_t image_bytes = 0;
  std::optional<std::int64_t> oldest_ms = {};  // when the oldest that has not ended was made
  friend bool operator==(const job_counts&, const job_counts&) = default;
};

}  // namespace reprise
