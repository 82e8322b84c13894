#include "host/library/staging_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "host/printable.hpp"

namespace reprise {
namespace {

failure system_failure(const std::string& directory, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return {full ? errc::storage_full : errc::io_failed,
          printable(directory) + ": a temporary file: " + std::generic_category().message(error)};
}

class unnamed_file final : public staging_file {
 public:
  unnamed_file(int opened, std::string directory)
      : opened_{opened}, directory_{std::move(directory)} {}
  unnamed_file(const unnamed_file&) = delete;
  unnamed_file& operator=(const unnamed_file&) = delete;
  ~unnamed_file() override { ::close(opened_); }

  outcome<void> append(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(opened_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return system_failure(directory_, errno);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }

  outcome<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    std::size_t held = 0;
    while (held < into.size()) {
      const ssize_t count = ::pread(opened_, into.data() + held, into.size() - held,
                                    static_cast<off_t>(offset + held));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return system_failure(directory_, errno);
      if (count == 0) break;
      held += static_cast<std::size_t>(count);
    }
    return held;
  }

 private:
  int opened_;
  std::string directory_;
};

// Some file systems know no unnamed files: there the name goes as soon as the file is there.
int open_and_unlink(const std::string& directory) {
  std::string path = directory + "/staging-XXXXXX";
  const int opened = ::mkostemp(path.data(), O_CLOEXEC);
  if (opened >= 0) ::unlink(path.c_str());
  return opened;
}

}  // namespace

outcome<std::unique_ptr<staging_file>> make_staging_file(const std::string& directory) {
  int opened = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (opened < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) opened = open_and_unlink(directory);
  if (opened < 0) return system_failure(directory, errno);
  return std::make_unique<unnamed_file>(opened, directory);
}

}  // namespace reprise
