// The engine of the live service: a matcher with the repeats of each channel beside it. Everything
// that it gives is a copy.
//
// Shapes   a slot is one history with its own settings, named by whoever adds it and never named
//          again after its removal; times of a slot increase
// Errors   add: parameter_out_of_range, host_memory, device_memory, with nothing added. A tick that
//          is not taken says so in its answer. After a device_lost its slot answers nothing else:
//          its repeats are still there, its history is not
// Threads  one at a time: the engine executor
// Owns     the matcher, a repeat_tracker and a bit a second for each slot
// Source   the way of one second, docs/design.md
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "host/live_tick.hpp"
#include "host/match/matcher.hpp"
#include "host/recording.hpp"
#include "host/repeats.hpp"
#include "host/searchable_seconds.hpp"

namespace reprise {

class live_engine {
 public:
  explicit live_engine(std::unique_ptr<matcher> by) : matcher_{std::move(by)} {}

  // `on_host`: whatever devices there are, the CPU searches it.
  [[nodiscard]] std::optional<errc> add(engine_slot slot, const search_settings& settings,
                                        bool on_host = false);
  void remove(engine_slot slot);
  // Seconds join the history and ask nothing; how many can be searched afterwards, or device_lost.
  [[nodiscard]] result<std::int64_t> load(engine_slot slot,
                                          std::span<const recorded_second> seconds);
  // Repeats of the time before the slot's first search, which is about to come: those that it goes
  // on with keep their start. One that began in a still picture that stood since before then, and
  // was not opened yet, begins with that search.
  void resume(engine_slot slot, std::vector<repeat> known);
  // The repeats of `from` go on in `to`. Where they cannot (other settings), they end: those are
  // given, closed.
  [[nodiscard]] std::vector<repeat> move_repeats(engine_slot from, engine_slot to);
  // Several ticks of one slot are stepped one after the other. Fills passage.answers.
  void step(passage& stepped);
  [[nodiscard]] std::vector<repeat> open_repeats(engine_slot slot);

  // As matcher::channel_memory().
  [[nodiscard]] std::span<std::byte> memory(engine_slot slot) const noexcept;

  // As matcher::backend().
  [[nodiscard]] std::string_view backend(engine_slot slot) const noexcept;

  // As matcher::devices().
  [[nodiscard]] std::vector<device_use> devices() const { return matcher_->devices(); }

  [[nodiscard]] std::size_t slots() const noexcept { return slots_.size(); }
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::uint64_t repeats_dropped() const noexcept { return dropped_; }

 private:
  struct place {
    place(channel_id id, const search_settings& by, const rule& rule)
        : channel{id},
          settings{by},
          tracker{std::make_unique<repeat_tracker>(rule, by.window_seconds)},
          searchable{by.window_seconds} {}
    channel_id channel;
    search_settings settings;
    std::unique_ptr<repeat_tracker> tracker;
    searchable_seconds searchable;
    std::optional<std::int64_t> fingerprint_time;
    fingerprint last{};
    std::optional<std::int64_t> stands_since;    // the first second of that picture
    std::optional<std::int64_t> loaded_through;  // until the first search behind it
    std::optional<std::int64_t> still_since;     // as of then
    std::vector<repeat> open;                    // as of the newest tick
    std::vector<repeat> known;                   // resume(), until they have been found again
    std::optional<std::int64_t> begun;           // the first tick after it
  };

  void step_wave(passage& stepped);  // rows_
  void finish(place& of, const stored_tick& tick, const tick_result& result, engine_answer& answer);
  void note(place& of, std::int64_t time, const fingerprint* bits);

  std::unique_ptr<matcher> matcher_;
  std::unordered_map<engine_slot, place> slots_;
  std::uint64_t dropped_ = 0;
  // Of the wave that is being stepped.
  std::vector<tick> ticks_;
  std::vector<tick_result> results_;
  std::vector<std::size_t> rows_;
};

}  // namespace reprise
