// The live service, whole: what joins its parts. Each public function is described in
// live_service.hpp.
//
// Threads  the core executor
// Owns     the parts; they and the stores go with it. The other executors have run, or will never
//          run, what they were given when it is destroyed
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/audit.hpp"
#include "host/history_loader.hpp"
#include "host/intake.hpp"
#include "host/live_core.hpp"
#include "host/live_service.hpp"
#include "host/pipeline.hpp"

namespace reprise {

class joined_service final : public live_service {
 public:
  joined_service(service_parts parts, const service_options& options);

  // live_service.cpp
  void start(std::function<void(outcome<void>)> started) override;
  [[nodiscard]] channel_book& book() noexcept override { return core_.book; }
  [[nodiscard]] service_phase phase() const override;
  void take(const arrival& arrived) override;
  void record(const outage& added) override { pipeline_.record(added); }
  void reconfigure(const service_options& options) override;
  void begin_drain() override { is_leaving_ = true; }
  void drain(std::function<void()> drained) override;
  void write_metrics(metric_writer& into) const override;

  // live_channels.cpp
  void put_channel(std::string name, channel_settings settings, done<put_answer> done) override;
  void remove_channel(std::string name, done<void> done) override;

  // live_push.cpp
  void push(std::string name, std::vector<recorded_second> seconds,
            done<push_answer> done) override;
  void take_now(arrival arrived, tick_overrides overrides, done<tick_answer> done) override;
  [[nodiscard]] std::optional<tick_answer> answer_of(channel_number channel,
                                                     std::int64_t time) const override;

  // live_reads.cpp
  void read_gaps(channel_number channel, done<gap_counts> done) override;
  void read_history(channel_number channel, std::int64_t from, std::int64_t to,
                    std::size_t count_max, done<std::vector<recorded_second>> done) override;
  void read_matches(channel_number channel, page_request asked,
                    done<page<match_row>> done) override;
  void read_repeats(channel_number channel, page_request asked, done<page<repeat>> done) override;
  void read_deliveries(std::optional<delivery_state> state, page_request asked,
                       done<page<delivery>> done) override;
  void read_waiting(std::int64_t after, std::size_t count_max,
                    done<std::vector<delivery>> done) override;
  void read_waiting_of(std::string sink_url, channel_number channel, std::size_t count_max,
                       done<std::vector<delivery>> done) override;
  void read_outbox(done<outbox_figures> done) override;
  void read_delivery(std::int64_t id, done<std::optional<delivery>> done) override;
  void change_deliveries(std::vector<outcome_change> changed, done<void> done) override;
  [[nodiscard]] const std::vector<stored_key>& keys() const noexcept override { return keys_; }
  void add_key(stored_key added, done<void> done) override;
  void revoke_key(std::string id, done<bool> done) override;

 private:
  static constexpr std::size_t pushes_max = 16;  // being stored at once, and waiting for their turn
  static constexpr std::size_t keys_max = 1'000;  // revoked ones too

  static constexpr std::uint64_t extend_open_seconds = 30;  // well within what is searched again

  struct push_work;
  struct engine_figures {
    std::size_t slots = 0;
    std::size_t bytes = 0;
    std::uint64_t repeats_dropped = 0;
    std::size_t memory_used = 0;
    std::size_t memory_limit = 0;
    std::vector<device_use> devices;
  };

  // Answers a request that changes nothing, not inside the call.
  template <typename T>
  void refuse(done<T> asker, failure why) {
    core_.link.post([asker = std::move(asker), why = std::move(why)] { asker(why); });
  }
  template <typename T>
  bool is_refused_by_phase(const done<T>& asker) {
    if (has_started_ && !core_.draining) return false;
    refuse(asker, core_.draining ? failure{errc::stopping, "the service is stopping"}
                                 : failure{errc::loading, "the service is starting"});
    return true;
  }
  template <typename T, typename Work>
  void read(Work work, done<T> asker) {
    core_.link.ask(core_.parts.reader, std::move(work), std::move(asker));
  }

  void begin(std::vector<stored_channel> channels);
  void record_downtime(std::int64_t end);
  void tell_recovery();
  void distrust(channel_number channel);
  channel_lane& add_lane(const stored_channel& channel);
  void every_second();
  void maintain();
  void recount_gaps();

  // live_placement.cpp
  struct engine_look;
  void look_at_engine(std::optional<std::uint64_t> share);
  void take_look(engine_look looked);
  void write_engine_metrics(metric_writer& into) const;

  void finish_drain(std::function<void()> drained);
  [[nodiscard]] bool has_drain_failed();

  void add_channel(const std::string& name, channel_settings settings, done<put_answer> done);
  void change_channel(channel_lane& lane, channel_settings settings, done<put_answer> done);
  void erase_channel(channel_number number);

  [[nodiscard]] std::optional<failure> check_push(const channel_lane& lane,
                                                  const std::vector<recorded_second>& seconds);
  void insert(const std::shared_ptr<push_work>& work);
  void settle_waiting(push_work& work, channel_lane& lane);
  void step_pushed(const std::shared_ptr<push_work>& work);
  void end_push(const std::shared_ptr<push_work>& work);

  live_core core_;
  pipeline pipeline_;
  intake intake_;
  history_loader loader_;
  audit audit_;
  std::vector<stored_key> keys_;
  bool has_started_ = false;
  bool is_leaving_ = false;  // begin_drain()
  std::optional<steady_time> drain_fault_since_;
  std::uint64_t seconds_run_ = 0;
  std::uint64_t ticks_unknown_ = 0;
  // Being stored at once, and waiting for their turn.
  std::size_t pushes_ = 0;
  std::size_t adding_ = 0;  // channels that are not in the book yet
  std::size_t keys_coming_ = 0;
  std::optional<steady_time> maintained_;
  bool maintains_again_ = false;  // soon, as the disks were not idle
  std::uint64_t history_bytes_ = 0;
  std::uint64_t history_syncs_failed_ = 0;
  engine_figures figures_;
  channel_number recounted_ = 0;  // the channel whose gaps were counted last
};

}  // namespace reprise
