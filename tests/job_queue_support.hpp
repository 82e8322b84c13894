// A queue of jobs over jobs.db on a disk that can fail, in simulated time.
//
// Threads  one
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/jobs/stored_job_queue.hpp"
#include "host/simulated_time.hpp"
#include "tests/failing_disk.hpp"

namespace reprise {

// Chance that takes nothing off.
class zero_random final : public random_source {
 public:
  void fill(std::span<std::byte> into) override { std::memset(into.data(), 0, into.size()); }
};

inline job_image image_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span{text});
  return std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
}

inline std::string text_of(const job_image& image) {
  return {reinterpret_cast<const char*>(image->data()), image->size()};
}

class job_queue_fixture : public testing::Test {
 protected:
  template <typename R>
  using asking = std::function<void(job_queue&, done<R>)>;

  // What was asked is answered at once: nothing but the disk is in the way.
  template <typename R>
  outcome<R> ask(const asking<R>& asked) {
    std::optional<outcome<R>> given;
    asked(*queue_, [&](outcome<R> answer) { given = std::move(answer); });
    EXPECT_FALSE(given) << "answered inside the call";
    time_.run_ready();
    EXPECT_TRUE(given) << "never answered";
    return given ? *given : outcome<R>{failure{errc::io_failed, "never answered"}};
  }

  outcome<void> open() {
    file_ = std::make_unique<jobs_file>("/data/jobs.db", disk_.name());
    if (auto opened = file_->open(); !opened) return opened;
    writes_ = std::make_unique<grouped_writes<jobs_file>>(writer_, *file_);
    make_queue();
    const auto started = ask<std::vector<job>>([](auto& on, auto told) { on.start(told); });
    if (!started) return started.error();
    return {};
  }
  void make_queue() {
    queue_ = std::make_unique<stored_job_queue>(
        job_queue_parts{time_, writer_, time_, *file_, *writes_, *random_}, options_);
  }
  void close() {
    queue_.reset();
    writes_.reset();
    file_.reset();
  }
  // As if the process had been killed.
  void restart(survival what = survival::synced) {
    close();
    disk_.restart(what);
    const auto opened = open();
    ASSERT_TRUE(opened) << opened.error().what;
  }

  outcome<void> put(const std::string& uuid, const std::string& owner = "",
                    const std::string& image = "image") {
    return ask<void>([&](auto& on, auto told) {
      on.put({uuid, owner, "name of " + uuid, image_of(image)}, told);
    });
  }
  outcome<std::vector<taken_job>> take(std::size_t count_max) {
    auto taken = ask<jobs_taken>([&](auto& on, auto told) { on.take(count_max, lease_, told); });
    if (!taken) return taken.error();
    return std::move(taken->jobs);
  }
  // The one that is next; it must be there.
  taken_job take_one() {
    const auto taken = take(1);
    EXPECT_TRUE(taken && taken->size() == 1);
    return taken && !taken->empty() ? taken->front() : taken_job{};
  }
  std::vector<std::string> take_names(std::size_t count_max) {
    std::vector<std::string> names;
    for (const taken_job& each : take(count_max).value()) names.push_back(each.lease.uuid);
    return names;
  }
  outcome<void> finish(const job_lease& held, const std::string& label = "advert") {
    return ask<void>([&](auto& on, auto told) { on.finish(held, {label, 0.75}, told); });
  }
  outcome<job_status> fail(const job_lease& held, const std::string& error, bool for_good = false) {
    return ask<job_status>([&](auto& on, auto told) { on.fail(held, {error, for_good}, told); });
  }
  outcome<void> give_back(const job_lease& held) {
    return ask<void>([&](auto& on, auto told) { on.give_back(held, told); });
  }
  outcome<void> postpone(const job_lease& held) {
    return ask<void>([&](auto& on, auto told) { on.postpone(held, told); });
  }
  outcome<void> remove(const std::string& uuid) {
    return ask<void>([&](auto& on, auto told) { on.remove(uuid, told); });
  }
  outcome<jobs_tended> tend() {
    return ask<jobs_tended>([](auto& on, auto told) { on.tend(told); });
  }
  std::optional<job> get(const std::string& uuid) {
    return ask<std::optional<job>>([&](auto& on, auto told) { on.get(uuid, told); }).value();
  }
  outcome<page<job>> list(std::optional<job_status> status, std::uint32_t limit,
                          const std::optional<std::string>& cursor = {}) {
    return ask<page<job>>([&](auto& on, auto told) { on.list(status, limit, cursor, told); });
  }
  job_counts counts() {
    return ask<job_counts>([](auto& on, auto told) { on.count(told); }).value();
  }
  std::int64_t now_ms() const {
    const auto since = time_.clock().wall().time_since_epoch();
    return std::chrono::floor<std::chrono::milliseconds>(since).count();
  }

  std::chrono::milliseconds lease_{30'000};
  job_queue_options options_;
  std::unique_ptr<random_source> random_ = std::make_unique<zero_random>();
  failing_disk disk_{1};
  simulated_scheduler time_{wall_time{std::chrono::seconds{1'700'000'000}}};
  simulated_executor writer_{time_, std::chrono::nanoseconds{0}};
  std::unique_ptr<jobs_file> file_;
  std::unique_ptr<grouped_writes<jobs_file>> writes_;
  std::unique_ptr<stored_job_queue> queue_;
};

}  // namespace reprise
