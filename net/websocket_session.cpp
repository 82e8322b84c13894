#include "net/websocket_session.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>

#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "host/match/assert.hpp"
#include "net/http_session.hpp"

namespace reprise {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using steady = std::chrono::steady_clock;

constexpr std::size_t piece_bytes_max = 16 << 10;     // of what is written, each with its deadline
constexpr std::size_t message_step_bytes = 64 << 10;  // the message's time grows with each

class beast_session final : public websocket_session,
                            public std::enable_shared_from_this<beast_session> {
 public:
  beast_session(net::ip::tcp::socket connected, std::shared_ptr<http_shared> shared);

  net::awaitable<bool> accept(api_request request) override;
  net::awaitable<outcome<std::optional<std::string>>> read() override;
  net::awaitable<bool> write(std::string text) override;
  net::awaitable<void> close(close_code code, std::string_view reason) override;
  void drain(close_code code, std::string_view reason) override;
  net::awaitable<void> finish(close_code code) override;
  void abort() override;

 private:
  // Closes the socket when the deadline comes before the guard's end.
  class deadline_guard;
  // While it lives, a client that is silent for half of the idle time gets a ping, and is cut after
  // the other half.
  class silence_guard;
  struct cutter {
    net::steady_timer timer;
    std::uint64_t armed = 0;  // counts deadlines: an old one that fires is told by its number
  };

  net::awaitable<outcome<std::optional<std::string>>> refuse(close_code code,
                                                             std::string_view reason);
  [[nodiscard]] outcome<std::optional<std::string>> ended(error_code why) const;
  void await_sign(std::uint64_t watch);
  void ping();

  std::shared_ptr<http_shared> shared_;
  body_share share_;
  websocket::stream<net::ip::tcp::socket, false> stream_;  // without compression
  cutter read_cutter_;
  cutter write_cutter_;
  net::steady_timer closed_;  // waited for by those who come to close second
  steady::time_point heard_;  // when the client was, or reading began
  bool asked_ = false;        // by a ping, since then
  bool pinging_ = false;      // that ping is being written
  bool open_ = false;
  std::optional<std::pair<close_code, std::string_view>> ending_;  // asked for before it was open
  bool closing_ = false;
  bool is_closed_ = false;
};

class beast_session::deadline_guard {
 public:
  deadline_guard(std::shared_ptr<beast_session> of, cutter& by, steady::time_point deadline)
      : cutter_{by} {
    by.timer.expires_at(deadline);
    by.timer.async_wait([held = std::move(of), &by, number = ++by.armed](error_code error) {
      if (!error && by.armed == number) held->abort();
    });
  }
  ~deadline_guard() {
    ++cutter_.armed;
    cutter_.timer.cancel();
  }
  deadline_guard(const deadline_guard&) = delete;
  deadline_guard& operator=(const deadline_guard&) = delete;

 private:
  cutter& cutter_;
};

class beast_session::silence_guard {
 public:
  explicit silence_guard(beast_session& of) : of_{of} {
    of_.heard_ = steady::now();
    of_.asked_ = false;
    of_.await_sign(++of_.read_cutter_.armed);
  }
  ~silence_guard() {
    ++of_.read_cutter_.armed;
    of_.read_cutter_.timer.cancel();
  }
  silence_guard(const silence_guard&) = delete;
  silence_guard& operator=(const silence_guard&) = delete;

 private:
  beast_session& of_;
};

beast_session::beast_session(net::ip::tcp::socket connected, std::shared_ptr<http_shared> shared)
    : shared_{std::move(shared)},
      share_{shared_->bodies_bytes, shared_->limits.bodies_bytes_max},
      stream_{std::move(connected)},
      read_cutter_{net::steady_timer{stream_.get_executor()}},
      write_cutter_{net::steady_timer{stream_.get_executor()}},
      closed_{stream_.get_executor(), steady::time_point::max()} {
  const http_limits& limits = shared_->limits;
  // Beast's own idle time would run on while nobody reads: while a message is being stored.
  stream_.set_option(websocket::stream_base::timeout{limits.web_socket_close_time_max,
                                                     websocket::stream_base::none(), false});
  stream_.control_callback([this](websocket::frame_type, beast::string_view) {
    heard_ = steady::now();
    asked_ = false;
  });
  stream_.read_message_max(limits.web_socket_message_bytes_max);
  stream_.auto_fragment(false);  // write() does
  stream_.text(true);
}

net::awaitable<bool> beast_session::accept(api_request request) {
  beast::http::request<beast::http::empty_body> asked{beast::http::verb::get, request.path, 11};
  constexpr std::array<std::string_view, 5> read = {"Host", "Upgrade", "Connection",
                                                    "Sec-WebSocket-Version", "Sec-WebSocket-Key"};
  for (const std::string_view name : read) {
    if (const std::string* value = request.header(name)) {
      asked.set(beast::string_view{name.data(), name.size()}, *value);
    }
  }
  // What refuse_upgrade() found in one of several fields is said once here.
  asked.set(beast::http::field::upgrade, "websocket");
  asked.set(beast::http::field::connection, "Upgrade");
  const auto add_fields = [id = std::move(request.request_id)](websocket::response_type& answer) {
    answer.set("X-Request-Id", id);
    answer.set(beast::http::field::server, "reprise");  // else Beast names itself
  };
  stream_.set_option(websocket::stream_base::decorator{add_fields});
  const auto [error] = co_await stream_.async_accept(asked, as_result);
  open_ = !error;
  if (open_ && ending_) drain(ending_->first, ending_->second);
  co_return open_;
}

net::awaitable<outcome<std::optional<std::string>>> beast_session::read() {
  const http_limits& limits = shared_->limits;
  share_.drop();
  beast::flat_buffer message;
  std::optional<silence_guard> silence{std::in_place, *this};
  std::optional<deadline_guard> deadline;
  const auto time_of = [&](std::size_t bytes) {
    const auto steps = static_cast<std::int64_t>(bytes / message_step_bytes);
    return limits.body_time_max + limits.body_time_per_64_kib * steps;
  };
  std::optional<steady::time_point> begun;  // until then there is the idle time alone, then none
  do {
    const auto [error, count] =
        co_await stream_.async_read_some(message, message_step_bytes, as_result);
    silence.reset();
    if (error) co_return ended(error);
    if (!stream_.got_text()) {
      co_return co_await refuse(close_code::unsupported_data, "only text is taken");
    }
    if (!share_.try_hold(message.capacity())) {
      co_return co_await refuse(close_code::try_again_later, "too many messages at once");
    }
    if (!begun) begun = steady::now();
    deadline.reset();
    if (!stream_.is_message_done()) {
      deadline.emplace(shared_from_this(), read_cutter_, *begun + time_of(message.size()));
    }
  } while (!stream_.is_message_done());
  const auto bytes = message.cdata();
  co_return std::optional<std::string>{std::in_place, static_cast<const char*>(bytes.data()),
                                       bytes.size()};
}

void beast_session::await_sign(std::uint64_t watch) {
  const auto idle = shared_->limits.web_socket_idle_time_max;
  const auto now = steady::now();
  if (now >= heard_ + idle) return abort();
  if (now >= heard_ + idle / 2 && !std::exchange(asked_, true)) ping();
  read_cutter_.timer.expires_at(heard_ + (asked_ ? idle : idle / 2));
  read_cutter_.timer.async_wait([self = shared_from_this(), watch](error_code error) {
    if (!error && self->read_cutter_.armed == watch) self->await_sign(watch);
  });
}

void beast_session::ping() {
  if (closing_ || std::exchange(pinging_, true)) return;
  stream_.async_ping({}, [self = shared_from_this()](error_code) { self->pinging_ = false; });
}

net::awaitable<bool> beast_session::write(std::string text) {
  std::string_view left = text;
  for (bool last = false; !last;) {
    const std::string_view piece = left.substr(0, piece_bytes_max);
    left.remove_prefix(piece.size());
    last = left.empty();
    const deadline_guard guard{shared_from_this(), write_cutter_,
                               steady::now() + shared_->limits.write_stall_max};
    const auto [error, count] =
        co_await stream_.async_write_some(last, net::buffer(piece), as_result);
    if (error) co_return false;
  }
  co_return true;
}

net::awaitable<void> beast_session::close(close_code code, std::string_view reason) {
  REPRISE_ASSERT(reason.size() <= close_reason_bytes_max);
  if (std::exchange(closing_, true)) {
    if (!is_closed_) co_await closed_.async_wait(as_result);
    co_return;
  }
  const websocket::close_reason said{static_cast<websocket::close_code>(code),
                                     beast::string_view{reason.data(), reason.size()}};
  co_await stream_.async_close(said, as_result);
  is_closed_ = true;
  closed_.cancel();
}

void beast_session::drain(close_code code, std::string_view reason) {
  if (!open_) {
    ending_ = {code, reason};
    return;
  }
  if (closing_) return;
  struct closing {
    static net::awaitable<void> run(std::shared_ptr<beast_session> self, close_code code,
                                    std::string_view reason) {
      co_await self->close(code, reason);
    }
  };
  net::co_spawn(stream_.get_executor(), closing::run(shared_from_this(), code, reason),
                [self = shared_from_this()](std::exception_ptr thrown) {
                  if (thrown) self->abort();  // no memory for it
                });
}

net::awaitable<void> beast_session::finish(close_code code) {
  co_await close(code, {});
  abort();
}

void beast_session::abort() {
  error_code ignored;
  stream_.next_layer().close(ignored);
}

net::awaitable<outcome<std::optional<std::string>>> beast_session::refuse(close_code code,
                                                                          std::string_view reason) {
  co_await close(code, reason);
  co_return failure{errc::data_malformed, std::string{reason}};
}

outcome<std::optional<std::string>> beast_session::ended(error_code why) const {
  if (why == websocket::error::closed || closing_) return std::optional<std::string>{};
  return failure{errc::io_failed, "the client has gone: " + why.message()};
}

}  // namespace

std::shared_ptr<websocket_session> make_websocket_session(net::ip::tcp::socket connected,
                                                          std::shared_ptr<http_shared> shared) {
  return std::make_shared<beast_session>(std::move(connected), std::move(shared));
}

}  // namespace reprise
