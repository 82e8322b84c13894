// The rows of the service's benchmark: each starts a service of its own, measures it and says
// whether it answered rightly.
//
// Errors   what the service, the disk or the simulator refuses; a row whose answers are wrong has
//          `wrong` set
// Threads  one row at a time
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/failure.hpp"

namespace reprise::bench {

struct figure {
  std::string name;  // unit last
  double value = 0;
  std::optional<double> bound = {};
  bool bound_is_least = false;
  std::optional<double> ceiling = {};  // what the machine does in the same run without the service
  std::string ceiling_of = {};
};

struct bench_row {
  std::string name;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<figure> figures;
  std::string wrong;  // empty: every answer was checked and right

  [[nodiscard]] const figure* find(std::string_view figure_name) const;
};

struct row_options {
  std::string program;  // the `reprise` to be measured
  std::optional<std::uint32_t> channels;
  std::optional<std::int64_t> seconds;
  bool quick = false;
};

// The simulator's channels, their sources answering at once and in phase; `hanging`: 30 % of them
// never answer. `calm` is the row without those, to compare with.
[[nodiscard]] outcome<bench_row> run_load_row(const row_options& options, bool hanging,
                                              const bench_row* calm);
// A day of adverts for each channel, in batches over one connection, as NDJSON and as raw bytes.
[[nodiscard]] outcome<bench_row> run_push_row(const row_options& options);
// A start with full windows: until the first poll, until it is ready, and what they take in memory.
[[nodiscard]] outcome<bench_row> run_restart_row(const row_options& options);

// A picture that is known, sent over and over to sessions made before, on kept connections.
[[nodiscard]] outcome<bench_row> run_encode_row(const row_options& options);
// Pictures as fast as they are taken and at half the wanted rate, by the library of 10,000 videos;
// and what 10,000 of them that wait take in memory.
[[nodiscard]] outcome<bench_row> run_predict_row(const row_options& options);
// An import of 20,000 videos over HTTP, the same once more, trainings on them and what is learnt.
[[nodiscard]] outcome<bench_row> run_library_row(const row_options& options);

}  // namespace reprise::bench
