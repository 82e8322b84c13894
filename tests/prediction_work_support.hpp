// The workers of predictions over a real queue, in simulated time, with slots that see what a test
// says.
//
// Threads  one
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "host/predictions/prediction_work.hpp"
#include "tests/job_queue_support.hpp"

namespace reprise {

// Sees what a test says of a job's name, after a while.
struct scripted_eyes {
  std::function<prediction_outcome(const taken_job&)> sees = [](const taken_job&) {
    return prediction_outcome{classification{"advert", 0.5}};
  };
  std::function<prediction_outcome()> sees_probe = [] {
    return prediction_outcome{classification{"advert", 1}};
  };
  std::chrono::milliseconds takes{5}, probe_takes{5};
  std::vector<std::string> looks;  // at jobs
  std::vector<steady_time> probes;
  std::size_t busy = 0, most = 0;
};

class scripted_slot final : public prediction_slot {
 public:
  scripted_slot(scheduler& time, scripted_eyes& eyes) : link_{time}, eyes_{eyes} {}
  void predict(const taken_job& of, std::function<void(prediction_outcome)> told) override {
    if (of.name == "probe") return probe(std::move(told));
    eyes_.looks.push_back(of.lease.uuid + " " + std::to_string(of.tries));
    eyes_.most = std::max(eyes_.most, ++eyes_.busy);
    (void)link_.after(eyes_.takes, [this, of, told = std::move(told)] {
      --eyes_.busy;
      told(eyes_.sees(of));
    });
  }

 private:
  void probe(std::function<void(prediction_outcome)> told) {
    eyes_.probes.push_back(link_.steady());
    (void)link_.after(eyes_.probe_takes,
                      [this, told = std::move(told)] { told(eyes_.sees_probe()); });
  }

  core_link link_;
  scripted_eyes& eyes_;
};

// By name, and the value of the label where there is one.
struct told_figures final : metric_writer {
  void counter(std::string_view name, std::string_view, metric_labels labels,
               double value) override {
    std::string whole{name};
    for (const auto& label : labels) whole.append(" ").append(label.second);
    values[whole] = value;
  }
  void gauge(std::string_view name, std::string_view help, metric_labels labels,
             double value) override {
    counter(name, help, labels, value);
  }
  void histogram(std::string_view, std::string_view, metric_labels,
                 const latency_histogram&) override {}
  std::map<std::string, double> values;
};

class prediction_work_fixture : public job_queue_fixture {
 protected:
  prediction_work_fixture() { EXPECT_TRUE(open()); }
  ~prediction_work_fixture() override { work_.reset(); }

  void begin(std::size_t slots) {
    std::vector<std::unique_ptr<prediction_slot>> all;
    for (std::size_t i = 0; i < slots; ++i) {
      all.push_back(std::make_unique<scripted_slot>(time_, eyes_));
    }
    begin(std::move(all));
  }
  void begin(std::vector<std::unique_ptr<prediction_slot>> slots) {
    prediction_work_parts parts{.home = time_, .queue = *queue_, .figures = figures_};
    parts.slots = std::move(slots);
    parts.changed = [this](const job& shown) {
      changes_[shown.uuid].emplace_back(to_string(shown.status));
    };
    parts.log = [this](log_level, std::string_view event, auto) { logged_.emplace_back(event); };
    work_ = std::make_unique<prediction_work>(std::move(parts));
    work_->start();
    time_.run_ready();
  }
  void put_and_wake(const std::string& uuid) {
    ASSERT_TRUE(put(uuid));
    work_->wake();
  }
  bool drain(std::chrono::milliseconds grace) {
    drained_ = false;
    work_->drain(time_.clock().steady() + grace, [this] { drained_ = true; });
    time_.run_ready();
    return drained_;
  }
  double figure(const std::string& name) {
    told_figures told;
    figures_.write_metrics(told, time_.clock());
    EXPECT_TRUE(told.values.contains(name)) << name;
    return told.values[name];
  }
  job_status status_of(const std::string& uuid) { return get(uuid)->status; }

  scripted_eyes eyes_;
  prediction_figures figures_{{}};
  std::map<std::string, std::vector<std::string>> changes_;
  std::vector<std::string> logged_;
  bool drained_ = false;
  std::unique_ptr<prediction_work> work_;
};

}  // namespace reprise
