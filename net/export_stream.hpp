// Fingerprints of one channel as the body of an answer, block by block, so that an export of any
// length takes constant memory.
//
// Shapes   NDJSON or raw, as recordings are (host/recording.hpp)
// Errors   next() throws boost::system::system_error where the history cannot be read, or where a
//          raw export meets a gap that came meanwhile: the answer must then end unfinished
// Threads  the API's executor
// Source   HTTP, docs/design.md
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/channel_settings.hpp"
#include "host/recording.hpp"
#include "net/api_link.hpp"
#include "net/api_types.hpp"

namespace reprise {

inline constexpr std::size_t export_block_seconds = 2'048;  // some 600 KiB of NDJSON

struct export_span {
  channel_number channel = 0;
  std::int64_t from = 0;
  std::int64_t to = 0;  // exclusive
};

using seconds_block = std::vector<recorded_second>;

[[nodiscard]] net::awaitable<outcome<seconds_block>> read_block(const api_link& core,
                                                                live_service& service,
                                                                export_span span);

// Whether a block was the last of its span.
[[nodiscard]] inline bool is_last(const seconds_block& block) noexcept {
  return block.size() < export_block_seconds;
}

// `first` is the block that read_block has given for this span.
[[nodiscard]] std::shared_ptr<body_stream> make_export_stream(const api_link& core,
                                                              live_service& service,
                                                              export_span span,
                                                              recording_format format,
                                                              seconds_block first);

}  // namespace reprise
