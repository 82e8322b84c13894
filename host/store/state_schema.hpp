// The tables of state.db, and how its rows are read.
//
// Shapes   doubles are kept as the integers of their bits, so that each comes back as it was;
//          enumerations as their numbers, which never change
// Errors   a row that makes no sense is io_failed with the file's name
// Threads  one at a time for each connection
// Source   storage, docs/design.md
#pragma once

#include <array>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "host/store/sqlite.hpp"
#include "host/store/state_store.hpp"

namespace reprise {

[[nodiscard]] const sqlite::schema& state_schema() noexcept;

// `insert` statements and rows name the settings in this order.
inline constexpr const char* settings_columns =
    "source_url, reporting_url, threshold, similarity, enabled, still, min_lag_seconds, "
    "window_seconds, top_k, report_empty, source_headers, reporting_headers";
[[nodiscard]] outcome<stored_channel> channel_of(const sqlite::connection& db,
                                                 const sqlite::cursor& row);

// Of deliveries joined with sinks.
inline constexpr const char* delivery_columns =
    "d.id, d.channel, d.channel_name, d.time, d.webhook_id, s.url, d.body, d.state, d.attempts, "
    "d.created_ms, d.next_attempt_ms, d.last_error";
[[nodiscard]] outcome<delivery> delivery_of(const sqlite::connection& db,
                                            const sqlite::cursor& row);

[[nodiscard]] failure malformed_row(const sqlite::connection& db);

// Prepares statement after statement until one fails.
[[nodiscard]] outcome<void> prepare_all(
    sqlite::connection& db,
    std::initializer_list<std::pair<sqlite::statement*, std::string>> wanted);

// Statements of one piece of work: they run until one fails, and then no more.
class statement_run {
 public:
  template <typename... Arguments>
  void run(sqlite::statement& of, const Arguments&... bound) {
    if (failed_) return;
    if (const auto ran = of.run(bound...); !ran) failed_ = ran.error();
  }
  // The integers of its first row; nothing where there is none, or where something failed.
  template <std::size_t Count, typename... Arguments>
  std::optional<std::array<std::int64_t, Count>> row(sqlite::statement& of,
                                                     const Arguments&... bound) {
    const auto found = rows<Count>(of, bound...);
    return found.empty() ? std::nullopt : std::optional{found.front()};
  }
  template <std::size_t Count, typename... Arguments>
  std::vector<std::array<std::int64_t, Count>> rows(sqlite::statement& of,
                                                    const Arguments&... bound) {
    std::vector<std::array<std::int64_t, Count>> found;
    if (failed_) return found;
    auto cursor = of.select(bound...);
    for (;;) {
      const auto more = cursor.next();
      if (!more) {
        failed_ = more.error();
        return {};
      }
      if (!*more) return found;
      auto& row = found.emplace_back();
      for (std::size_t i = 0; i < Count; ++i) row[i] = cursor.integer(static_cast<int>(i));
    }
  }
  void fail(failure with) {
    if (!failed_) failed_ = std::move(with);
  }
  [[nodiscard]] bool good() const noexcept { return !failed_; }
  [[nodiscard]] outcome<void> finish(sqlite::transaction& open) {
    return failed_ ? outcome<void>{*failed_} : open.commit();
  }

 private:
  std::optional<failure> failed_;
};

}  // namespace reprise
