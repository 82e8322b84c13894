#include "host/byte_stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "host/printable.hpp"

namespace reprise {
namespace {

failure system_failure(const std::string& name, int error) {
  if (error == EPIPE) return {errc::output_closed, name + ": closed by its reader"};
  return {errc::io_failed, name + ": " + std::generic_category().message(error)};
}

class descriptor {
 public:
  descriptor(int opened, bool owned) noexcept : opened_{opened}, owned_{owned} {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (owned_) ::close(opened_);
  }
  [[nodiscard]] int get() const noexcept { return opened_; }
  // The error of close(2), which may be the first to hear of a full disk; 0 where it succeeded.
  [[nodiscard]] int close() noexcept {
    if (!std::exchange(owned_, false)) return 0;
    return ::close(opened_) == 0 || errno == EINTR ? 0 : errno;
  }

 private:
  int opened_;
  bool owned_;
};

class descriptor_source final : public byte_source {
 public:
  descriptor_source(int opened, bool owned, std::string name, bool may_wait,
                    const cancel_signal* cancel)
      : file_{opened, owned}, name_{std::move(name)}, may_wait_{may_wait}, cancel_{cancel} {}

  [[nodiscard]] outcome<std::size_t> read(std::span<char> into) override {
    for (;;) {
      if (const int error = wait(); error != 0) return system_failure(name_, error);
      if (cancel_ != nullptr && cancel_->cancelled()) {
        return failure{errc::output_closed, name_ + ": the rest is not wanted"};
      }
      const ssize_t count = ::read(file_.get(), into.data(), into.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) return system_failure(name_, errno);
    }
  }

 private:
  // Until there is something to read, the end too, or the reads are cancelled. A regular file
  // never waits.
  int wait() const noexcept {
    if (!may_wait_) return 0;
    pollfd polled[] = {{file_.get(), POLLIN, 0},
                       {cancel_ == nullptr ? -1 : cancel_->descriptor(), POLLIN, 0}};
    while (::poll(polled, std::size(polled), -1) < 0) {
      if (errno != EINTR) return errno;
    }
    return 0;
  }

  descriptor file_;
  std::string name_;
  bool may_wait_;
  const cancel_signal* cancel_;
};

class text_source final : public byte_source {
 public:
  explicit text_source(std::string_view text) : left_{text} {}
  [[nodiscard]] outcome<std::size_t> read(std::span<char> into) override {
    const std::size_t count = std::min(into.size(), left_.size());
    std::memcpy(into.data(), left_.data(), count);
    left_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view left_;
};

class descriptor_sink final : public byte_sink {
 public:
  descriptor_sink(int opened, bool owned, std::string name)
      : file_{opened, owned}, name_{std::move(name)} {}

  [[nodiscard]] outcome<void> write(std::span<const char> written) override {
    while (!written.empty()) {
      const ssize_t count = ::write(file_.get(), written.data(), written.size());
      if (count >= 0) {
        written = written.subspan(static_cast<std::size_t>(count));
      } else if (errno != EINTR) {
        return system_failure(name_, errno);
      }
    }
    return {};
  }
  [[nodiscard]] outcome<void> finish() override {
    const int error = file_.close();
    if (error != 0) return system_failure(name_, error);
    return {};
  }
  [[nodiscard]] bool abandoned() const noexcept override {
    pollfd polled{file_.get(), 0, 0};  // a pipe without readers, a terminal that has hung up
    return ::poll(&polled, 1, 0) == 1 && (polled.revents & (POLLERR | POLLHUP)) != 0;
  }

 private:
  descriptor file_;
  std::string name_;
};

// Does not wait for the writer of a named pipe; its reads do.
int open_for_reading(const std::string& path) noexcept {
  const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (opened >= 0) ::fcntl(opened, F_SETFL, ::fcntl(opened, F_GETFL) & ~O_NONBLOCK);
  return opened;
}

}  // namespace

outcome<std::unique_ptr<byte_source>> open_byte_source(const std::string& path,
                                                       const cancel_signal* cancel) {
  const std::string name = source_name(path);
  const bool standard = path == "-";
  const int opened = standard ? STDIN_FILENO : open_for_reading(path);
  if (opened < 0) return system_failure(name, errno);
  struct stat about = {};
  int error = 0;
  if (::fstat(opened, &about) != 0) {
    error = errno;
  } else if (S_ISDIR(about.st_mode)) {
    error = EISDIR;
  }
  std::unique_ptr<byte_source> source =
      std::make_unique<descriptor_source>(opened, !standard, name, !S_ISREG(about.st_mode), cancel);
  if (error != 0) return system_failure(name, error);
  return source;
}

std::unique_ptr<byte_source> make_text_source(std::string_view text) {
  return std::make_unique<text_source>(text);
}

std::optional<std::uint64_t> bytes_of_file(const std::string& path) {
  struct stat about = {};
  if (path == "-" || ::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return {};
  return static_cast<std::uint64_t>(about.st_size);
}

outcome<std::unique_ptr<byte_sink>> create_byte_sink(const std::string& path) {
  const bool standard = path == "-";
  const std::string name = sink_name(path);
  constexpr mode_t mode = 0666;  // less what the user's umask takes away
  const int opened = standard
                         ? STDOUT_FILENO
                         : ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (opened < 0) return system_failure(name, errno);
  return std::unique_ptr<byte_sink>{std::make_unique<descriptor_sink>(opened, !standard, name)};
}

std::unique_ptr<byte_sink> make_message_sink() {
  return std::make_unique<descriptor_sink>(STDERR_FILENO, false, "standard error");
}

std::string source_name(const std::string& path) {
  return path == "-" ? "standard input" : printable(path);
}

std::string sink_name(const std::string& path) {
  return path == "-" ? "standard output" : printable(path);
}

}  // namespace reprise
