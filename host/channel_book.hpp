// The channels of this service and what is known of each, as the core executor sees them.
//
// Shapes   a channel is found by name or by number; walks go in the order of the names
// Errors   none
// Threads  the core executor alone
// Owns     the entries: one stays where it is until it is erased
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "host/channel_settings.hpp"
#include "host/gap_reason.hpp"

namespace reprise {

// How its source does, as the poller sees it.
enum class source_health {
  none,     // not polled: no source, or disabled
  pending,  // not asked yet
  live,
  slow,  // the last answer came too late
  down,  // several answers in a row failed
};

// Where no engine has room for its history.
inline constexpr std::string_view engine_unplaced = "unplaced";

struct channel_entry {
  channel_number number = 0;
  std::string name;
  channel_settings settings;
  std::int64_t created_at = 0;

  // Written by the poller.
  source_health health = source_health::none;
  bool circuit_open = false;
  std::string last_error;  // one line, no secrets; empty after a success

  // Written by the pipeline.
  std::optional<std::int64_t> newest_tick;      // newest that was taken, gaps too
  std::optional<std::int64_t> last_time;        // newest fingerprint that was taken
  std::optional<std::int64_t> durable_through;  // newest tick that is on disk, with all before it
  std::int64_t searchable_seconds = 0;          // change vectors in the window now
  gap_counts gaps{};                            // in the window
  std::optional<std::int64_t> still_since;      // the picture stands still since this tick
  bool loaded = false;                          // its history is in the engine
  std::string engine;     // what searches it: cpu, cuda:0, unplaced; empty while it is being loaded
  bool degraded = false;  // some of its window was damaged on disk
};

class channel_book {
 public:
  // Told of every change, after it was made (for `erased`: before).
  struct observer {
    virtual void channel_added(channel_entry& entry) = 0;
    virtual void channel_changed(channel_entry& entry) = 0;
    virtual void channel_erased(channel_entry& entry) = 0;

   protected:
    ~observer() = default;
  };

  void observe(observer& added) { observers_.push_back(&added); }
  channel_entry& add(channel_number number, std::string name, channel_settings settings,
                     std::int64_t created_at);
  void change(channel_entry& entry, channel_settings settings);
  void erase(channel_entry& entry);

  [[nodiscard]] channel_entry* find(std::string_view name) noexcept;
  [[nodiscard]] channel_entry* find(channel_number number) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return by_name_.size(); }
  void each(const std::function<void(channel_entry&)>& visit);
  // The first `count` entries whose names come behind `after`.
  [[nodiscard]] std::vector<channel_entry*> list(std::string_view after, std::size_t count);

 private:
  std::map<std::string, std::unique_ptr<channel_entry>, std::less<>> by_name_;
  std::unordered_map<channel_number, channel_entry*> by_number_;
  std::vector<observer*> observers_;
};

// The word of the API: pending, live, slow, down, still, disabled.
[[nodiscard]] std::string_view state_of(const channel_entry& entry) noexcept;

}  // namespace reprise
