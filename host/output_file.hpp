// Output that appears under its name when it is complete, and never before.
//
// Errors   io_failed, of the path as it was given; those of byte_stream.hpp
// Threads  one at a time
// Owns     the unfinished file. It has no name where the file system allows that, so nothing is
//          left of it however the process ends. Elsewhere it has a hidden name of its own, removed
//          by the destructor and by SIGINT, SIGTERM and SIGHUP (of one such file at a time), and
//          left behind by SIGKILL alone
//
// "-" is standard output. What exists and is no regular file (a device, a FIFO) is written as it
// is. A link to a regular file stays a link: the file that it leads to is replaced.
#pragma once

#include <memory>
#include <string>

#include "host/byte_stream.hpp"

namespace reprise {

enum class unfinished_file { nameless, hidden };  // hidden: also where it could be nameless

// finish() moves it to its place; the last one to do so wins.
[[nodiscard]] outcome<std::unique_ptr<byte_sink>> create_output_file(
    const std::string& path, unfinished_file kind = unfinished_file::nameless);

// Whether both paths lead to one file; `output` "-" is standard output.
[[nodiscard]] bool is_output_of(const std::string& output, const std::string& path);

}  // namespace reprise
