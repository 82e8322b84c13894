// A film's bytes for ffmpeg's libraries: one open file, and no way to any other.
//
// Errors   open(): io, in the system's words; memory
// Threads  one at a time
// Owns     the file and the buffer; outlives the format context that reads from it
//
// The libraries get no name but the ending of this one, by which they guess some formats: they take
// a name with % or * in it for that of many files.
#pragma once

extern "C" {
#include <libavformat/avio.h>
}

#include <memory>
#include <string>
#include <variant>

#include "host/media_protocol.hpp"

namespace reprise {

class film_source {
 public:
  [[nodiscard]] static std::variant<std::unique_ptr<film_source>, media::failed> open(
      const std::string& path);
  film_source(const film_source&) = delete;
  ~film_source();

  [[nodiscard]] AVIOContext* get() const noexcept { return context_; }
  // "film" and the ending of the file's name.
  [[nodiscard]] const std::string& probe_name() const noexcept { return probe_name_; }

 private:
  film_source(int file, std::string probe_name) : file_{file}, probe_name_{std::move(probe_name)} {}
  static int read(void* self, std::uint8_t* into, int bytes);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);

  int file_;
  std::string probe_name_;
  AVIOContext* context_ = nullptr;
};

}  // namespace reprise
