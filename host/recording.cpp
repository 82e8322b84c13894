#include "host/recording.hpp"

#include "host/byte_stream.hpp"
#include "host/match/rule.hpp"
#include "host/recording_formats.hpp"

namespace reprise {

bool is_raw_recording(std::string_view path, bool has_start) noexcept {
  return path.ends_with(".bin") || (has_start && !path.ends_with(".ndjson"));
}

outcome<std::unique_ptr<recording_reader>> open_recording(const std::string& path,
                                                          std::optional<std::int64_t> start,
                                                          const cancel_signal* cancel) {
  const bool raw = is_raw_recording(path, start.has_value());
  if (raw && !start) {
    return failure{errc::usage,
                   source_name(path) + ": a raw recording needs the time of its first second"};
  }
  if (start && (*start < 0 || *start > time_max)) {
    return failure{errc::usage, "the time of the first second must be 0 to 9007199254740991, not " +
                                    std::to_string(*start)};
  }
  auto source = open_byte_source(path, cancel);
  if (!source) return source.error();
  const std::string name = source_name(path);
  if (raw) return make_raw_reader(std::move(*source), name, *start);
  return make_ndjson_reader(std::move(*source), name);
}

outcome<std::unique_ptr<recording_writer>> create_recording(const std::string& path,
                                                            recording_format format) {
  auto sink = create_byte_sink(path);
  if (!sink) return sink.error();
  const std::string name = sink_name(path);
  if (format == recording_format::raw) return make_raw_writer(std::move(*sink), name);
  return make_ndjson_writer(std::move(*sink), name);
}

}  // namespace reprise
