// Streams of bytes: where recordings come from and where output goes, behind two small interfaces.
//
// Shapes   read() and write() move whole spans of bytes, in order; there is no seeking
// Errors   io_failed with the stream's name and the system's words; output_closed where whoever
//          reads our output has gone (the process must ignore SIGPIPE), and where a read was
//          cancelled
// Threads  one at a time
// Owns     the descriptor that it opened; standard input and output stay open
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "host/cancel_signal.hpp"
#include "host/failure.hpp"

namespace reprise {

class byte_source {
 public:
  virtual ~byte_source() = default;
  // At least one byte and at most into.size(); 0 at the end. `into` is not empty.
  [[nodiscard]] virtual outcome<std::size_t> read(std::span<char> into) = 0;
};

class byte_sink {
 public:
  virtual ~byte_sink() = default;
  // All of the bytes, or a failure.
  [[nodiscard]] virtual outcome<void> write(std::span<const char> written) = 0;
  // Closes what was opened; nothing is written afterwards.
  [[nodiscard]] virtual outcome<void> finish() = 0;
  // Whether it is known, without a write, that whoever reads our output has gone.
  [[nodiscard]] virtual bool abandoned() const noexcept { return false; }
};

// `path` "-" is standard input. A directory is io_failed. A pipe by name without a writer is
// waited for by the first read. `cancel`, if any, ends a read, at once where it waits.
[[nodiscard]] outcome<std::unique_ptr<byte_source>> open_byte_source(
    const std::string& path, const cancel_signal* cancel = nullptr);

// Of a text that outlives it.
[[nodiscard]] std::unique_ptr<byte_source> make_text_source(std::string_view text);

// How many bytes there are at `path`, where that is a regular file.
[[nodiscard]] std::optional<std::uint64_t> bytes_of_file(const std::string& path);

// `path` "-" is standard output; any other file is made, or emptied.
[[nodiscard]] outcome<std::unique_ptr<byte_sink>> create_byte_sink(const std::string& path);

// Standard error.
[[nodiscard]] std::unique_ptr<byte_sink> make_message_sink();

// How messages name a path, printably: "standard input" for the source "-", "standard output" for
// the sink.
[[nodiscard]] std::string source_name(const std::string& path);
[[nodiscard]] std::string sink_name(const std::string& path);

}  // namespace reprise
