#include "host/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <random>
#include <utility>

namespace reprise {
namespace {

constexpr std::array ending_signals = {SIGINT, SIGTERM, SIGHUP};
constexpr int names_tried_max = 100;

// Blocks the signals that end a process while a file has a name that is not its last.
class signals_held {
 public:
  signals_held() {
    sigset_t held;
    sigemptyset(&held);
    for (const int ending : ending_signals) sigaddset(&held, ending);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  signals_held(const signals_held&) = delete;
  ~signals_held() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// What a signal handler may read: the hidden file's name, empty if there is none.
std::array<char, PATH_MAX> hidden_name;
std::atomic<bool> hidden_present{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void remove_hidden_and_end(int ending) {
  if (hidden_present) ::unlink(hidden_name.data());
  ::raise(ending);  // its default action, which SA_RESETHAND has restored, once we return
}

// An ignored signal stays ignored, and another's handler stays in its place.
void remove_on_signals(const std::string& name) {
  if (name.size() >= hidden_name.size() || hidden_present) return;
  std::memcpy(hidden_name.data(), name.c_str(), name.size() + 1);
  hidden_present = true;
  for (const int ending : ending_signals) {
    struct sigaction action {};
    if (sigaction(ending, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    action.sa_handler = remove_hidden_and_end;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(ending, &action, nullptr);
  }
}

void forget_on_signals(const std::string& name) {
  if (hidden_present && name == hidden_name.data()) hidden_present = false;
}

// Independent of the output's name, which may be as long as a name can be.
std::string unused_name(const std::string& folder) {
  std::random_device random;
  return folder + "/.reprise-" + std::to_string(random()) + std::to_string(random());
}

failure failure_about(const std::string& path, int error) {
  return {errc::io_failed, path + ": " + std::strerror(error)};
}

class replacing_sink final : public byte_sink {
 public:
  // `path` is what messages say, `target` what is replaced.
  replacing_sink(std::string path, std::string target)
      : path_{std::move(path)}, target_{std::move(target)} {
    const std::string parent = std::filesystem::path{target_}.parent_path().string();
    folder_ = parent.empty() ? "." : parent;
  }
  replacing_sink(const replacing_sink&) = delete;
  ~replacing_sink() override {
    if (file_ >= 0) ::close(file_);
    if (!hidden_.empty()) {
      const signals_held held;
      ::unlink(hidden_.c_str());
      forget_on_signals(hidden_);
    }
  }

  [[nodiscard]] outcome<void> open(unfinished_file kind, mode_t mode) {
    if (kind == unfinished_file::nameless && open_nameless(mode)) return {};
    const signals_held held;
    for (int tried = 0; tried < names_tried_max; ++tried) {
      const std::string name = unused_name(folder_);
      file_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
      if (file_ >= 0) {
        hidden_ = name;
        remove_on_signals(name);
        return {};
      }
      if (errno != EEXIST) break;
    }
    return failure_about(path_, errno);
  }

  [[nodiscard]] outcome<void> write(std::span<const char> written) override {
    while (!written.empty()) {
      const ssize_t count = ::write(file_, written.data(), written.size());
      if (count >= 0) {
        written = written.subspan(static_cast<std::size_t>(count));
      } else if (errno != EINTR) {
        return failure_about(path_, errno);
      }
    }
    return {};
  }

  [[nodiscard]] outcome<void> finish() override {
    // A full disk may only be heard of now; a name must not stand for what is not there.
    if (::fsync(file_) != 0 && errno != EINVAL) return failure_about(path_, errno);
    const signals_held held;
    if (hidden_.empty()) {
      if (link_as(target_)) return {};
      if (errno != EEXIST) return failure_about(path_, errno);
      if (!link_hidden()) return failure_about(path_, errno);
    }
    if (::rename(hidden_.c_str(), target_.c_str()) != 0) return failure_about(path_, errno);
    forget_on_signals(hidden_);
    hidden_.clear();
    return {};
  }

 private:
  bool open_nameless(mode_t mode) {
    file_ = ::open(folder_.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    if (file_ < 0) return false;
    // Without it the file could never be given a name.
    if (::access(own_link().c_str(), F_OK) == 0) return true;
    ::close(std::exchange(file_, -1));
    return false;
  }

  [[nodiscard]] std::string own_link() const { return "/proc/self/fd/" + std::to_string(file_); }

  [[nodiscard]] bool link_as(const std::string& name) const {
    return ::linkat(AT_FDCWD, own_link().c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  }

  bool link_hidden() {
    for (int tried = 0; tried < names_tried_max; ++tried) {
      const std::string name = unused_name(folder_);
      if (link_as(name)) {
        hidden_ = name;
        return true;
      }
      if (errno != EEXIST) break;
    }
    return false;
  }

  std::string path_;
  std::string target_;
  std::string folder_;
  std::string hidden_;  // empty: nameless, or in its place
  int file_ = -1;
};

// The regular file that a link leads to; empty where the path is to be written as it is. The names
// of open files (/dev/stdout) are written as they are: they may have been opened to append.
std::string target_of(const std::string& path, const struct stat& found) {
  if (!S_ISLNK(found.st_mode)) return S_ISREG(found.st_mode) ? path : std::string{};
  struct stat led {};
  if (path.starts_with("/dev/") || path.starts_with("/proc/")) return {};
  if (::stat(path.c_str(), &led) != 0 || !S_ISREG(led.st_mode)) return {};
  std::error_code unknown;
  return std::filesystem::canonical(path, unknown).string();
}

}  // namespace

outcome<std::unique_ptr<byte_sink>> create_output_file(const std::string& path,
                                                       unfinished_file kind) {
  if (path == "-") return create_byte_sink(path);
  struct stat found {};
  std::string target = path;
  mode_t mode = 0666;  // less what the user's umask takes away
  if (::lstat(path.c_str(), &found) == 0) {
    target = target_of(path, found);
    if (!target.empty() && ::access(target.c_str(), W_OK) != 0) return failure_about(path, errno);
  } else if (errno != ENOENT) {
    return failure_about(path, errno);
  }
  if (target.empty() || target.ends_with('/')) return create_byte_sink(path);
  if (::stat(target.c_str(), &found) == 0) mode = found.st_mode & 0777;
  auto sink = std::make_unique<replacing_sink>(path, target);
  if (const outcome<void> opened = sink->open(kind, mode); !opened) return opened.error();
  return std::unique_ptr<byte_sink>{std::move(sink)};
}

bool is_output_of(const std::string& output, const std::string& path) {
  struct stat written {
  }, read{};
  const int known =
      output == "-" ? ::fstat(STDOUT_FILENO, &written) : ::stat(output.c_str(), &written);
  return known == 0 && ::stat(path.c_str(), &read) == 0 && written.st_dev == read.st_dev &&
         written.st_ino == read.st_ino;
}

}  // namespace reprise
