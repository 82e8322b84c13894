#include "host/media/film_source.hpp"

extern "C" {
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace reprise {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;

bool is_plain(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
         (letter >= 'A' && letter <= 'Z');
}

std::string probe_name_of(const std::string& path) {
  const std::string_view name = std::string_view{path}.substr(path.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return "film";
  const std::string_view ending = name.substr(dot + 1);
  if (!std::all_of(ending.begin(), ending.end(), is_plain)) return "film";
  return "film." + std::string{ending};
}

}  // namespace

std::variant<std::unique_ptr<film_source>, media::failed> film_source::open(
    const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return media::failed{media::reason::io, std::strerror(errno)};
  std::unique_ptr<film_source> made{new film_source{file, probe_name_of(path)}};
  auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_bytes));
  if (buffer != nullptr) {
    made->context_ = avio_alloc_context(buffer, static_cast<int>(buffer_bytes), 0, made.get(),
                                        &film_source::read, nullptr, &film_source::seek);
    if (made->context_ == nullptr) av_free(buffer);
  }
  if (made->context_ == nullptr) return media::failed{media::reason::memory, "out of memory"};
  return made;
}

film_source::~film_source() {
  if (context_ != nullptr) av_freep(&context_->buffer);
  avio_context_free(&context_);
  ::close(file_);
}

int film_source::read(void* self, std::uint8_t* into, int bytes) {
  const int file = static_cast<film_source*>(self)->file_;
  for (;;) {
    const ssize_t count = ::read(file, into, static_cast<std::size_t>(bytes));
    if (count > 0) return static_cast<int>(count);
    if (count == 0) return AVERROR_EOF;
    if (errno != EINTR) return AVERROR(errno);
  }
}

std::int64_t film_source::seek(void* self, std::int64_t offset, int whence) {
  const int file = static_cast<film_source*>(self)->file_;
  if ((whence & AVSEEK_SIZE) != 0) {
    struct stat about {};
    return ::fstat(file, &about) == 0 ? about.st_size : AVERROR(errno);
  }
  const off_t reached = ::lseek(file, offset, whence & ~AVSEEK_FORCE);
  return reached < 0 ? AVERROR(errno) : reached;
}

}  // namespace reprise
