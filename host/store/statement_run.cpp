#include "host/store/statement_run.hpp"

namespace reprise {

failure malformed_row(const sqlite::connection& db) {
  return db.failed(errc::io_failed, "a row makes no sense");
}

outcome<void> prepare_all(
    sqlite::connection& db,
    std::initializer_list<std::pair<sqlite::statement*, std::string>> wanted) {
  for (const auto& [into, sql] : wanted) {
    auto prepared = db.prepare(sql);
    if (!prepared) return prepared.error();
    *into = std::move(*prepared);
  }
  return {};
}

}  // namespace reprise
