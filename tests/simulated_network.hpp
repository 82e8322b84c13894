// What a simulated day asks and posts to: sources that show a broadcast, with the faults of
// simulated_sources.hpp, and one sink that is now and then down, slow, or loses its answer.
//
// Shapes   source i shows channel i of the broadcast, in one of the three forms of a fingerprint;
//          a second without a picture is a 503. The sink is sink_url
// Errors   those of the faults
// Threads  one
// Owns     what was served for which tick, and every report that the sink accepted
//
// Everything is a function of the seed: the same requests get the same answers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/simulated_time.hpp"
#include "net/http_exchange.hpp"
#include "net/simulate/broadcast.hpp"
#include "tests/simulated_sources.hpp"

namespace reprise {

struct accepted_report {
  steady_time at;
  std::string webhook_id;
  std::string body;
};

class simulated_network final : public http_exchange {
 public:
  static constexpr const char* sink_url = "http://sink/reports";

  simulated_network(simulated_scheduler& time, std::uint64_t seed);
  void add(simulated_source added);
  void start(exchange_request request, std::function<void(exchange_result)> done) override;
  // The process that asked has died: nothing under way is answered any more.
  void hang_up();

  // Whether these bits were served for that tick: the one that X-Frame-Time told, and without it
  // the one in which they were asked for.
  [[nodiscard]] bool served(std::uint32_t source, std::int64_t tick, const fingerprint& bits) const;
  [[nodiscard]] const std::vector<accepted_report>& accepted() const { return accepted_; }
  // Times at which the sink did not say 200 to a report.
  [[nodiscard]] std::uint64_t refusals() const noexcept { return refusals_; }

  // Seconds since the beginning at which the sink fails, each of the spans once a sink_period.
  static constexpr double sink_period = 3'000;

 private:
  struct served_second {
    std::int64_t tick = 0;
    std::int64_t content = 0;
  };

  void fetch(exchange_request request, std::function<void(exchange_result)> done);
  [[nodiscard]] exchange_result shown(std::uint32_t source, std::int64_t asked,
                                      const exchange_result& of);
  void post(const exchange_request& request, std::function<void(exchange_result)> done);
  void answer_in(double seconds, exchange_result result, std::function<void(exchange_result)> done);

  simulated_scheduler& time_;
  std::uint64_t seed_;
  simulated_sources sources_;
  simulate::broadcast broadcast_;
  std::vector<std::vector<served_second>> served_;  // by source
  std::vector<accepted_report> accepted_;
  std::int64_t posts_ = 0;
  std::uint64_t refusals_ = 0;
  std::shared_ptr<const bool> asker_ = std::make_shared<const bool>(true);
};

}  // namespace reprise
