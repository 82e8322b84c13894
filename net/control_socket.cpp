#include "net/control_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "host/printable.hpp"

namespace reprise {
namespace {

using local_stream = net::local::stream_protocol;

constexpr std::string_view socket_name = "control";
constexpr auto client_time_max = std::chrono::seconds{10};

failure io_failure(const std::string& directory, const char* why) {
  return {errc::io_failed, printable(directory) + "/" + std::string{socket_name} + ": " + why};
}

// A socket's path holds 107 bytes; a directory's may be longer, so it goes by its descriptor.
class short_path {
 public:
  explicit short_path(const std::string& directory)
      : opened_{::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)} {}
  ~short_path() {
    if (opened_ != -1) ::close(opened_);
  }
  short_path(const short_path&) = delete;
  short_path& operator=(const short_path&) = delete;
  [[nodiscard]] bool good() const noexcept { return opened_ != -1; }
  [[nodiscard]] std::string path() const {
    return "/proc/self/fd/" + std::to_string(opened_) + "/" + std::string{socket_name};
  }

 private:
  int opened_;
};

struct listener {
  listener(net::io_context& run, std::string in, control_handler by)
      : context{run}, acceptor{run}, directory{std::move(in)}, handle{std::move(by)} {}
  net::io_context& context;
  local_stream::acceptor acceptor;
  std::string directory;
  control_handler handle;
  std::size_t clients = 0;
};

net::awaitable<std::string> answer_of(control_handler handle, std::string request) {
  return net::async_initiate<const net::use_awaitable_t<>, void(std::string)>(
      [handle = std::move(handle), request = std::move(request)](auto completion) mutable {
        auto executor = net::get_associated_executor(completion);
        auto held = std::make_shared<decltype(completion)>(std::move(completion));
        auto work = std::make_shared<net::executor_work_guard<decltype(executor)>>(executor);
        handle(std::move(request), [held, work, executor](std::string answer) {
          net::post(executor, [held, answer = std::move(answer)]() mutable {
            std::move (*held)(std::move(answer));
          });
          work->reset();
        });
      },
      net::use_awaitable);
}

net::awaitable<void> serve_client(std::shared_ptr<listener> by, local_stream::socket client) {
  net::steady_timer deadline{client.get_executor(), client_time_max};
  deadline.async_wait([&client](error_code failed) {
    error_code ignored;
    if (!failed) client.close(ignored);
  });
  std::string line;
  const auto [failed, read] = co_await net::async_read_until(
      client, net::dynamic_buffer(line, control_line_bytes_max), '\n', as_result);
  if (!failed) {
    line.resize(read - 1);
    std::string answer = co_await answer_of(by->handle, std::move(line));
    answer += '\n';
    co_await net::async_write(client, net::buffer(answer), as_result);
  }
  deadline.cancel();
  co_await net::post(net::use_awaitable);  // the timer's handler has let go of the socket
}

net::awaitable<void> accept_clients(std::shared_ptr<listener> by) {
  while (by->acceptor.is_open()) {
    auto [failed, client] = co_await by->acceptor.async_accept(as_result);
    if (failed) {
      if (!by->acceptor.is_open()) co_return;
      net::steady_timer pause{by->context, std::chrono::milliseconds{100}};
      co_await pause.async_wait(as_result);
      continue;
    }
    if (by->clients == control_clients_max) continue;  // closed unanswered
    ++by->clients;
    net::co_spawn(by->context, serve_client(by, std::move(client)),
                  [by](std::exception_ptr) { --by->clients; });
  }
}

class asio_control_server final : public control_server {
 public:
  explicit asio_control_server(std::shared_ptr<listener> made) : listener_{std::move(made)} {}
  ~asio_control_server() override {
    error_code ignored;
    listener_->acceptor.close(ignored);
    ::unlink((listener_->directory + "/" + std::string{socket_name}).c_str());
  }

 private:
  std::shared_ptr<listener> listener_;
};

bool write_all(int to, std::string_view written) {
  while (!written.empty()) {
    const ::ssize_t done = ::send(to, written.data(), written.size(), MSG_NOSIGNAL);
    if (done <= 0) return false;
    written.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

std::optional<std::string> read_line(int from) {
  std::string line;
  char piece[4096];
  while (line.size() <= control_line_bytes_max) {
    const ::ssize_t read = ::recv(from, piece, sizeof piece, 0);
    if (read <= 0) return {};
    line.append(piece, static_cast<std::size_t>(read));
    if (line.ends_with('\n')) {
      line.pop_back();
      return line;
    }
  }
  return {};
}

}  // namespace

outcome<std::unique_ptr<control_server>> make_control_server(net::io_context& context,
                                                             const std::string& directory,
                                                             control_handler handle) {
  auto made = std::make_shared<listener>(context, directory, std::move(handle));
  const short_path way{directory};
  if (!way.good()) return io_failure(directory, std::strerror(errno));
  ::unlink(way.path().c_str());  // of a process that died; the directory is ours alone
  error_code failed;
  made->acceptor.open(local_stream{}, failed);
  const ::mode_t before = ::umask(0177);
  if (!failed) made->acceptor.bind(local_stream::endpoint{way.path()}, failed);
  ::umask(before);
  if (!failed) made->acceptor.listen(static_cast<int>(control_clients_max), failed);
  if (failed) return io_failure(directory, failed.message().c_str());
  net::co_spawn(context, accept_clients(made), [](std::exception_ptr) {});
  return std::unique_ptr<control_server>{std::make_unique<asio_control_server>(std::move(made))};
}

outcome<std::string> ask_control(const std::string& directory, const std::string& request) {
  const short_path way{directory};
  if (!way.good()) return failure{errc::not_found, printable(directory) + ": no service"};
  const int opened = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (opened == -1) return io_failure(directory, std::strerror(errno));
  const ::timeval patience{client_time_max.count(), 0};
  ::setsockopt(opened, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(opened, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = way.path();
  std::memcpy(address.sun_path, path.data(), path.size());
  outcome<std::string> answered = failure{errc::not_found, printable(directory) + ": no service"};
  if (::connect(opened, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0) {
    answered = io_failure(directory, "the service does not answer");
    if (write_all(opened, request + "\n")) {
      if (auto line = read_line(opened)) answered = std::move(*line);
    }
  }
  ::close(opened);
  return answered;
}

}  // namespace reprise
