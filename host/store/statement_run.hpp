// What the stores share of working with prepared statements.
//
// Errors   those of sqlite.hpp; malformed_row: io_failed with the file's name
// Threads  as the connection
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/store/sqlite.hpp"

namespace reprise {

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
  // Inside a transaction that another one commits.
  [[nodiscard]] outcome<void> ended() const {
    return failed_ ? outcome<void>{*failed_} : outcome<void>{};
  }

 private:
  std::optional<failure> failed_;
};

}  // namespace reprise
