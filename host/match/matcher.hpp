// The interface of every engine: fingerprints of a batch of channels in, the best matches out.
//
// Shapes   a fingerprint is rule.bytes() bytes, bit i in byte i/8, most significant bit first; a
//          batch holds any subset of the channels, at most one tick of each; results[i] answers
//          batch[i]
// Errors   add_channel: parameter_out_of_range, host_memory, device_memory. A tick that cannot be
//          taken says so in its own result (time_not_increasing, fingerprint_malformed,
//          channel_unknown) and leaves its channel as it was; the others of the batch are not
//          touched. After device_lost the channel takes no tick any more, and its visitor may have
//          been told a part: it is to be added anew
// Threads  one caller at a time; inside, the channels of a batch may be stepped on all cores, so
//          visitors of different channels may be called at once
// Owns     results[i].best stays valid until the next step() or remove_channel() of that channel
// Agrees   every engine gives the reference's matches exactly: times, scores, order
// Source   the rule, docs/design.md
//
// A tick is taken in two halves that stay apart in every engine: its change vector joins the
// channel's history, and a query (the newest run of change vectors) is asked of a history.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "host/match/error.hpp"
#include "host/match/match.hpp"
#include "host/match/rule.hpp"

namespace reprise {

// Names one channel of one matcher. A removed channel's id is never valid again.
struct channel_id {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  friend bool operator==(const channel_id&, const channel_id&) = default;
};

// Receives all matches of a tick, not only the k best: in order of increasing lag, in pieces. In a
// still tick it can do with the lags that it watches: a frozen picture matches the whole window
// every second, and all of that says but one thing.
class match_visitor {
 public:
  // May be called on any thread, and must not throw.
  virtual void visit(std::span<const match> piece) noexcept = 0;
  // What the tick has told so far is void: all of it comes again.
  virtual void begin_again() noexcept = 0;
  [[nodiscard]] virtual bool wants_all_when_still() const noexcept = 0;
  // Increasing; valid until the tick's answer is given.
  [[nodiscard]] virtual std::span<const std::uint32_t> watched_lags() const noexcept = 0;

 protected:
  ~match_visitor() = default;
};

struct tick {
  channel_id channel;
  std::int64_t time = 0;                   // after the channel's newest; seconds left out are gaps
  std::span<const std::byte> fingerprint;  // empty: this second is a gap
  match_visitor* all_matches = nullptr;    // told of the matches, if set
  bool search = true;                      // false: joins the history, asks nothing (loading)
  std::optional<double> threshold = {};    // finite, >= 0: instead of the channel's, for this query
};

struct tick_result {
  std::optional<errc> error;    // the tick was not taken
  std::span<const match> best;  // at most top_k, by score, ties to the smallest lag
  bool still = false;           // every change vector of the run is zero
};

// Receives the ticks of step_run(), one after the other: between the two calls the tick's visitor
// is told of its matches.
class run_visitor {
 public:
  virtual void begin(const tick& taken) = 0;
  // result.best is valid during the call.
  virtual void finish(const tick& taken, const tick_result& result) = 0;

 protected:
  ~run_visitor() = default;
};

// What an engine has of a device. A lost one still holds the host memory.
struct device_use {
  std::string_view device;     // "cuda:0"; valid as long as the matcher
  std::size_t bytes = 0;       // of the device's memory
  std::size_t bytes_max = 0;   // beyond which it takes no channel
  std::size_t host_bytes = 0;  // beside channel_bytes(): what copies go through
};

class matcher {
 public:
  virtual ~matcher() = default;

  [[nodiscard]] virtual const rule& parameters() const noexcept = 0;
  [[nodiscard]] virtual result<channel_id> add_channel(const search_settings& settings) = 0;
  // In host memory, searched by the CPU, for a channel whose device is not to be trusted.
  [[nodiscard]] virtual result<channel_id> add_host_channel(const search_settings& settings) {
    return add_channel(settings);
  }
  virtual void remove_channel(channel_id removed) = 0;
  virtual void step(std::span<const tick> batch, std::span<tick_result> results) = 0;

  // Ticks of one channel in order, as if each were a batch of its own. An engine may score them
  // together; what it answers is the same.
  virtual void step_run(std::span<const tick> run, run_visitor& answered);
  // How many ticks it is best given at once: more than one only where that makes a difference.
  [[nodiscard]] virtual std::size_t run_ticks_best() const noexcept { return 1; }

  // Bytes of host memory in use for this channel, everything counted; 0 for an unknown one.
  [[nodiscard]] virtual std::size_t channel_bytes(channel_id asked) const noexcept = 0;

  // Host memory that a new channel's first ticks would wait for: mapped_memory::populate() of it,
  // on another thread, spares them that. Empty where there is none, or none left to populate.
  [[nodiscard]] virtual std::span<std::byte> channel_memory(channel_id) const noexcept {
    return {};
  }

  // What searches this channel: "cpu", "cuda:0", "reference". Empty for an unknown one, and where
  // its device is lost. Valid as long as the matcher.
  [[nodiscard]] virtual std::string_view backend(channel_id asked) const noexcept = 0;

  [[nodiscard]] virtual std::vector<device_use> devices() const { return {}; }
};

}  // namespace reprise
