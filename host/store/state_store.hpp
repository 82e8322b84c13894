// The durable state beside the history: channels, keys, matches, repeats, and the outbox of
// reports. state.db in the data directory.
//
// Shapes   times in UNIX seconds, moments in milliseconds since 1970; matches are listed by time,
//          repeats by start, deliveries newest first; a page begins behind its cursor
// Errors   storage_full, io_failed, storage_lost: as history_store.hpp; not_found; data_conflict: a
//          name or an id is taken. What failed has changed nothing
// Threads  state_writer: one at a time, on the state executor. state_reader: likewise on the reader
//          executor; both at once
// Owns     one connection each; only the writer writes and checkpoints
// Source   storage and delivery, docs/design.md
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/channel_settings.hpp"
#include "host/clock.hpp"
#include "host/failure.hpp"
#include "host/match/matcher.hpp"
#include "host/repeats.hpp"

namespace reprise {

struct stored_channel {
  channel_number number = 0;
  std::string name;
  channel_settings settings;
  std::int64_t created_at = 0;  // tick
};

using key_hash = std::array<std::byte, 32>;
struct stored_key {
  std::string id;     // shown in lists, no secret
  std::string label;  // what its owner calls it
  key_hash hash{};    // SHA-256 of the key
  std::int64_t created_at = 0;
  std::optional<std::int64_t> revoked_at;
};

enum class delivery_state : std::uint8_t {
  waiting = 0,
  delivered,
  expired,           // older than 24 h
  dropped_overflow,  // its sink had too many
  sink_disabled,     // the sink answered 410
  channel_deleted,
};
inline constexpr std::size_t delivery_states = 6;
[[nodiscard]] std::string_view to_string(delivery_state state) noexcept;

// Of one sink, which is its URL; the oldest of more than these are dropped.
inline constexpr std::uint64_t waiting_reports_max = 100'000;

// A report on its way. Its body is what is posted, byte for byte.
struct delivery {
  std::int64_t id = 0;  // increasing: the order of the reports of a channel
  channel_number channel = 0;
  std::string channel_name;
  std::int64_t time = 0;  // the tick reported
  std::string webhook_id;
  std::string sink_url;
  std::string body;
  delivery_state state = delivery_state::waiting;
  std::uint32_t attempts = 0;
  std::int64_t created_ms = 0;
  std::int64_t next_attempt_ms = 0;
  std::string last_error;
  steady_time received{};  // when its fingerprint came; not stored: epoch where it was loaded
};

struct stored_match {
  std::int64_t time = 0;  // d
  score_value score = 0;
  friend bool operator==(const stored_match&, const stored_match&) = default;
};

// What one tick leaves behind: one element of a commit.
struct tick_record {
  channel_number channel = 0;
  std::int64_t time = 0;
  std::vector<stored_match> best;  // empty: no row in `matches`
  std::vector<repeat> opened;      // now open, that were not before this tick
  std::vector<repeat> closed;      // by this tick
  std::optional<delivery> report;  // id is given by the store
  bool replay = false;             // after a restart: what is there already stays
};

struct outcome_change {
  std::int64_t id = 0;
  delivery_state state = delivery_state::waiting;
  std::uint32_t attempts = 0;
  std::int64_t next_attempt_ms = 0;
  std::string last_error;
};

struct outbox_figures {
  std::uint64_t waiting = 0;
  std::uint64_t fullest = 0;                             // waiting of the sink that has the most
  std::optional<std::int64_t> oldest_ms;                 // when the oldest waiting one was made
  std::array<std::uint64_t, delivery_states> endings{};  // by state, since the file was made
};

struct retention {
  std::int64_t matches_before = 0;        // ticks
  std::int64_t repeats_before = 0;        // ticks, by end
  std::int64_t deliveries_before_ms = 0;  // finished ones
};

class state_writer {
 public:
  virtual ~state_writer() = default;
  [[nodiscard]] virtual outcome<stored_channel> add_channel(const std::string& name,
                                                            const channel_settings& settings,
                                                            std::int64_t now) = 0;
  [[nodiscard]] virtual outcome<void> change_channel(channel_number number,
                                                     const channel_settings& settings) = 0;
  // Its waiting reports end as channel_deleted; its matches and repeats go.
  [[nodiscard]] virtual outcome<void> remove_channel(channel_number number) = 0;
  [[nodiscard]] virtual outcome<void> add_key(const stored_key& added) = 0;
  // Whether there was such a key that was not revoked before.
  [[nodiscard]] virtual outcome<bool> revoke_key(const std::string& id, std::int64_t now) = 0;

  // One transaction. `ids` gets the delivery id of each record that has a report that is new, 0 of
  // the others (a report with the same webhook_id was there). Records of channels that are not, or
  // no longer, there are left out. What a failed commit has left behind after all is new.
  [[nodiscard]] virtual outcome<void> commit(std::span<const tick_record> batch,
                                             std::vector<std::int64_t>& ids) = 0;
  // A waiting report may end or go on waiting; an ended one may wait again unless it was delivered
  // or its channel was removed; one that was dropped on its way may turn out to be delivered. Other
  // changes, and those of reports that are gone, do nothing.
  [[nodiscard]] virtual outcome<void> change(std::span<const outcome_change> changed) = 0;
  // Repeats that were open when the process ended are closed where they were last seen.
  [[nodiscard]] virtual outcome<void> extend_open(channel_number channel,
                                                  std::span<const repeat> open) = 0;
  // One slice of a few milliseconds; whether there is more.
  [[nodiscard]] virtual outcome<bool> maintain(const retention& keep) = 0;
};

template <typename T>
struct page {
  std::vector<T> items;
  std::optional<std::string> next;  // cursor of the next page
};
struct page_request {
  std::optional<std::int64_t> from;  // inclusive
  std::optional<std::int64_t> to;    // exclusive
  std::uint32_t limit = 100;
  std::optional<std::string> cursor;
};
struct match_row {
  std::int64_t time = 0;
  std::vector<stored_match> best;
};

class state_reader {
 public:
  virtual ~state_reader() = default;
  [[nodiscard]] virtual outcome<std::vector<stored_channel>> channels() = 0;
  [[nodiscard]] virtual outcome<std::vector<stored_key>> keys() = 0;
  // A cursor that is none of ours is errc::usage.
  [[nodiscard]] virtual outcome<page<match_row>> matches(channel_number channel,
                                                         const page_request& asked) = 0;
  // Closed and open ones that touch [from, to), by start.
  [[nodiscard]] virtual outcome<page<repeat>> repeats(channel_number channel,
                                                      const page_request& asked) = 0;
  // `from` and `to` are of the tick reported.
  [[nodiscard]] virtual outcome<page<delivery>> deliveries(std::optional<delivery_state> state,
                                                           const page_request& asked) = 0;
  [[nodiscard]] virtual outcome<std::optional<delivery>> delivery_of(std::int64_t id) = 0;
  // Waiting ones in the order of their ids, behind `after`.
  [[nodiscard]] virtual outcome<std::vector<delivery>> waiting(std::int64_t after,
                                                               std::size_t count_max) = 0;
  // The oldest waiting ones of one channel to one sink.
  [[nodiscard]] virtual outcome<std::vector<delivery>> waiting_of(const std::string& sink_url,
                                                                  channel_number channel,
                                                                  std::size_t count_max) = 0;
  [[nodiscard]] virtual outcome<outbox_figures> outbox() = 0;
};

struct state_files {
  std::unique_ptr<state_writer> writer;
  std::unique_ptr<state_reader> reader;
};

[[nodiscard]] outcome<state_files> open_state(const std::string& directory,
                                              const std::string& vfs = {});

}  // namespace reprise
