// The two formats of recordings over any source and sink of bytes: recording.hpp picks among them.
//
// Shapes, Errors: as recording.hpp promises; `name` is how messages call the stream
// Owns     the source or the sink, and one buffer of fixed size
#pragma once

#include <memory>
#include <string>

#include "host/byte_stream.hpp"
#include "host/recording.hpp"

namespace reprise {

[[nodiscard]] std::unique_ptr<recording_reader> make_ndjson_reader(
    std::unique_ptr<byte_source> source, std::string name);

// `start`, the time of the first fingerprint, lies in [0, time_max].
[[nodiscard]] std::unique_ptr<recording_reader> make_raw_reader(std::unique_ptr<byte_source> source,
                                                                std::string name,
                                                                std::int64_t start);

[[nodiscard]] std::unique_ptr<recording_writer> make_ndjson_writer(std::unique_ptr<byte_sink> sink,
                                                                   std::string name);
[[nodiscard]] std::unique_ptr<recording_writer> make_raw_writer(std::unique_ptr<byte_sink> sink,
                                                                std::string name);

}  // namespace reprise
