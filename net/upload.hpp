// Fingerprints as a request brings them, read strictly and all at once.
//
// Shapes   NDJSON or raw, as recordings are (host/recording.hpp); the whole body is in memory
// Errors   data_malformed: "body:17: expected ..." for NDJSON, the length for raw
// Threads  pure; 32 MiB take some tenths of a second
// Source   formats, docs/design.md
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/failure.hpp"
#include "host/recording.hpp"

namespace reprise {

inline constexpr std::size_t upload_bytes_max = 33'554'432;  // 32 MiB

[[nodiscard]] outcome<std::vector<recorded_second>> read_ndjson_upload(const std::string& body);
// `start`, the time of the first fingerprint, lies in [0, time_max].
[[nodiscard]] outcome<std::vector<recorded_second>> read_raw_upload(const std::string& body,
                                                                    std::int64_t start);

}  // namespace reprise
